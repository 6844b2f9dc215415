/** Asinh: Y[o] = asinh X[o], the project's own asinh (docs/elementary.md states its error). ±infinity and ±0 stay. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const asinh = unary({ op: "Asinh", types: floatsWith("asinh"), value: (x, type) => op(`asinh.${type}`, x) });
