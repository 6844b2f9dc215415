/**
 * Tanh: Y[o] = tanh(X[o]).
 *
 * The project's own tanh (ir/scalar/functions): same bits on every target, its
 * largest error in ulp is stated there. NaN gives NaN, ±infinity gives ±1, ±0 stays.
 */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const tanh = unary({
  op: "Tanh",
  types: floatsWith("tanh"),
  value: (x, type) => op(`tanh.${type}`, x),
});
