/** Neg: Y[o] = −X[o]. Exact, −(+0) is −0; out of domain: the least signed integer. */
import { op } from "../tensor/meaning.js";
import { signed } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const neg = unary({
  op: "Neg",
  types: signed,
  value: (x, type) => op(`neg.${type}`, x),
});
