/**
 * Div: C[o] = A[o] / B[o], broadcast.
 *
 * Floats: IEEE 754, rounded to nearest even; x/0 is an infinity or NaN, not an error.
 * Integers: the quotient truncates toward zero. ONNX leaves a divisor 0 open, where the
 * result is 0 here, and the least integer divided by −1, which is itself (modulo 2ⁿ).
 */
import { isFloat } from "../scalar/types.js";
import { op } from "../tensor/meaning.js";
import { numbers } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const div = binary({
  op: "Div",
  types: numbers,
  requirements: ["E_DIV_FLOAT_FUNC_0010", "E_DIV_INT_FUNC_0010"],
  value: (a, b, type) => op(isFloat(type) ? `div.${type}` : `divw.${type}`, a, b),
});
