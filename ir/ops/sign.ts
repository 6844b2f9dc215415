/** Sign: Y[o] = 1 above 0, −1 below 0, X[o] itself otherwise (so zeros and NaN stay). Exact. */
import { op } from "../tensor/meaning.js";
import { elementOf, signed } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const sign = unary({
  op: "Sign",
  types: signed,
  value: (x, type) => {
    const zero = elementOf(type, 0);
    const negative = op(`select.${type}`, op(`lt.${type}`, x, zero), elementOf(type, -1), x);
    return op(`select.${type}`, op(`lt.${type}`, zero, x), elementOf(type, 1), negative);
  },
});
