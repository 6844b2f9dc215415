/**
 * Sub: C[o] = A[o] − B[o], broadcast.
 *
 * Floats: IEEE 754, rounded to nearest even. Integers: modulo 2ⁿ, so no difference is an error.
 */
import { op } from "../tensor/meaning.js";
import { arithmetic, numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const sub = binary({
  op: "Sub",
  types: numbers,
  requirements: ["E_SUB_FLOAT_FUNC_0010", "E_SUB_INT_FUNC_0010"],
  value: (a, b, type) => op(arithmetic("sub", type), a, b),
});
