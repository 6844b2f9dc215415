/** Log: Y[o] = ln X[o], the project's own log (ir/scalar/functions states its error). NaN below 0, −infinity at ±0. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const log = unary({
  op: "Log",
  types: floatsWith("log"),
  value: (x, type) => op(`log.${type}`, x),
});
