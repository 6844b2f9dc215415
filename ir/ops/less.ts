/** Less: C[o] = A[o] < B[o], broadcast; false where an operand is NaN. */
import { op } from "../tensor/meaning.js";
import { numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const less = binary({
  op: "Less",
  requirements: ["E_ABS_FLOAT_LESS_010", "E_LESS_INT_FUNC_010"], // the first is misspelt in its source
  types: numbers,
  result: () => "bool",
  value: (a, b, type) => op(`lt.${type}`, a, b),
});
