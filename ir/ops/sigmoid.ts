/** Sigmoid: Y[o] = 1 / (1 + e^−X[o]), the project's own sigmoid (ir/scalar/functions states its error). */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const sigmoid = unary({
  op: "Sigmoid",
  types: floatsWith("sigmoid"),
  value: (x, type) => op(`sigmoid.${type}`, x),
});
