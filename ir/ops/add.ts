/**
 * Add: C[o] = A[o] + B[o], broadcast.
 *
 * Floats: IEEE 754, rounded to nearest even. Integers: modulo 2ⁿ, so no sum is an error.
 */
import { op } from "../tensor/meaning.js";
import { arithmetic, numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const add = binary({
  op: "Add",
  types: numbers,
  requirements: ["E_ADD_FLOAT_FUNC_0010", "E_ADD_INT_FUNC_0010"],
  value: (a, b, type) => op(arithmetic("add", type), a, b),
});
