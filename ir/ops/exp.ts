/** Exp: Y[o] = e^X[o], the project's own exp (ir/scalar/functions states its error). */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const exp = unary({
  op: "Exp",
  types: floatsWith("exp"),
  value: (x, type) => op(`exp.${type}`, x),
});
