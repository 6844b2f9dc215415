/** Acos: Y[o] = acos X[o], the project's own acos (docs/elementary.md states its error). NaN outside [−1, 1]. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const acos = unary({ op: "Acos", types: floatsWith("acos"), value: (x, type) => op(`acos.${type}`, x) });
