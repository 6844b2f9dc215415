/** Sinh: Y[o] = sinh X[o], the project's own sinh (docs/elementary.md states its error). Infinite where the result exceeds the largest float. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const sinh = unary({ op: "Sinh", types: floatsWith("sinh"), value: (x, type) => op(`sinh.${type}`, x) });
