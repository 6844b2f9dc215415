/** BitwiseOr: C[o] = A[o] or B[o], bit by bit on two's complement, broadcast. */
import { integerTypes } from "../scalar/ops.js";
import { op } from "../tensor/meaning.js";
import { binary } from "./shared/elementwise.js";

export const bitwiseOr = binary({
  op: "BitwiseOr",
  types: integerTypes,
  value: (a, b, type) => op(`bor.${type}`, a, b),
});
