/** ArgMax: the position of the greatest element along `axis` (see shared/extremum-index). */
import { lowest } from "./shared/element-types.js";
import { extremumIndex } from "./shared/extremum-index.js";

export const argMax = extremumIndex("ArgMax", lowest, "max");
