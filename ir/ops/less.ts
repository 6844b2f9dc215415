/** Less: C[o] = A[o] < B[o], broadcast; false where an operand is NaN. */
import { op } from "../tensor/meaning.js";
import { numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const less = binary({
  op: "Less",
  types: numbers,
  result: () => "bool",
  value: (a, b, type) => op(`lt.${type}`, a, b),
});
