/** Floor: Y[o] = ⌊X[o]⌋. Exact; infinities, NaN and the sign of zero stay. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const floor = unary({
  op: "Floor",
  types: floatsWith("floor"),
  value: (x, type) => op(`floor.${type}`, x),
});
