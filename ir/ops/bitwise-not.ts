/** BitwiseNot: Y[o] has every bit of X[o] the other way: −1 − X[o], modulo 2ⁿ. */
import { integerTypes } from "../scalar/ops.js";
import { constant, op } from "../tensor/meaning.js";
import { unary } from "./shared/elementwise.js";

export const bitwiseNot = unary({
  op: "BitwiseNot",
  types: integerTypes,
  value: (x, type) => op(`bxor.${type}`, x, constant(type, type === "i64" || type === "u64" ? -1n : -1)),
});
