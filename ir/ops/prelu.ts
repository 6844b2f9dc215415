/**
 * PRelu: Y[o] = X[o] < 0 ? slope[o]·X[o] : X[o], slope broadcast to X.
 *
 * The product rounds to nearest even. NaN stays NaN, −0 stays −0.
 */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const prelu = binary({
  op: "PRelu",
  types: floatsWith("leakyrelu"),
  value: (x, slope, type) => op(`leakyrelu.${type}`, x, slope),
});
