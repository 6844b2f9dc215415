/** Cosh: Y[o] = cosh X[o], the project's own cosh (docs/elementary.md states its error). Infinite where the result exceeds the largest float. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const cosh = unary({ op: "Cosh", types: floatsWith("cosh"), value: (x, type) => op(`cosh.${type}`, x) });
