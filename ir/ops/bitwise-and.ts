/** BitwiseAnd: C[o] = A[o] and B[o], bit by bit on two's complement, broadcast. */
import { integerTypes } from "../scalar/ops.js";
import { op } from "../tensor/meaning.js";
import { binary } from "./shared/elementwise.js";

export const bitwiseAnd = binary({
  op: "BitwiseAnd",
  types: integerTypes,
  value: (a, b, type) => op(`band.${type}`, a, b),
});
