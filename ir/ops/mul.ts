/**
 * Mul: C[o] = A[o] · B[o], broadcast.
 *
 * Floats: IEEE 754, rounded to nearest even. Integers: modulo 2ⁿ, so no product is an error.
 */
import { op } from "../tensor/meaning.js";
import { arithmetic, numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const mul = binary({
  op: "Mul",
  types: numbers,
  requirements: ["E_MUL_FLOAT_FUNC_0010", "E_MUL_INT_FUNC_0010"],
  value: (a, b, type) => op(arithmetic("mul", type), a, b),
});
