/** ArgMin: the position of the least element along `axis` (see shared/extremum-index). */
import { highest } from "./shared/element-types.js";
import { extremumIndex } from "./shared/extremum-index.js";

export const argMin = extremumIndex("ArgMin", highest, "min");
