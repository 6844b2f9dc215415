/** Sqrt: Y[o] = √X[o], correctly rounded. NaN below −0; √−0 is −0. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const sqrt = unary({
  op: "Sqrt",
  types: floatsWith("sqrt"),
  value: (x, type) => op(`sqrt.${type}`, x),
});
