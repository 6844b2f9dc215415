/** GreaterOrEqual: C[o] = A[o] ≥ B[o], broadcast; false where an operand is NaN. */
import { op } from "../tensor/meaning.js";
import { numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const greaterOrEqual = binary({
  op: "GreaterOrEqual",
  types: numbers,
  result: () => "bool",
  value: (a, b, type) => op(`le.${type}`, b, a),
});
