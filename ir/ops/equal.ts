/** Equal: C[o] = A[o] = B[o], broadcast; false where an operand is NaN, −0 equals +0. */
import { op } from "../tensor/meaning.js";
import { computed } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const equal = binary({
  op: "Equal",
  types: computed,
  result: () => "bool",
  value: (a, b, type) => op(`eq.${type}`, a, b),
});
