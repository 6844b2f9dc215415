/** BitwiseXor: C[o] = A[o] xor B[o], bit by bit on two's complement, broadcast. */
import { integerTypes } from "../scalar/ops.js";
import { op } from "../tensor/meaning.js";
import { binary } from "./shared/elementwise.js";

export const bitwiseXor = binary({
  op: "BitwiseXor",
  types: integerTypes,
  value: (a, b, type) => op(`bxor.${type}`, a, b),
});
