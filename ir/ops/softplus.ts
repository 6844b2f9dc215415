/** Softplus: Y[o] = ln(1 + e^X[o]), the project's own softplus (ir/scalar/functions states its error). */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const softplus = unary({
  op: "Softplus",
  types: floatsWith("softplus"),
  value: (x, type) => op(`softplus.${type}`, x),
});
