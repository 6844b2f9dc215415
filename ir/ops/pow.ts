/**
 * Pow: C[o] = A[o]^B[o], broadcast; the project's own pow (ir/scalar/functions states its
 * error and its special values, which are those of C99). Normalisation writes some
 * constant exponents with operators that round once.
 */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const pow = binary({
  op: "Pow",
  types: floatsWith("pow"),
  value: (a, b, type) => op(`pow.${type}`, a, b),
});
