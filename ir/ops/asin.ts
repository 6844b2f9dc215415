/** Asin: Y[o] = asin X[o], the project's own asin (docs/elementary.md states its error). NaN outside [−1, 1]. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const asin = unary({ op: "Asin", types: floatsWith("asin"), value: (x, type) => op(`asin.${type}`, x) });
