/** Ceil: Y[o] = ⌈X[o]⌉. Exact; infinities, NaN and the sign of zero stay. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const ceil = unary({
  op: "Ceil",
  types: floatsWith("ceil"),
  value: (x, type) => op(`ceil.${type}`, x),
});
