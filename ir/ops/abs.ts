/** Abs: Y[o] = |X[o]|. Exact; out of domain: the least signed integer. */
import { op } from "../tensor/meaning.js";
import { signed } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const abs = unary({
  op: "Abs",
  types: signed,
  requirements: ["E_ABS_FLOAT_FUNC_010", "E_ABS_INT_FUNC_010"],
  value: (x, type) => op(`abs.${type}`, x),
});
