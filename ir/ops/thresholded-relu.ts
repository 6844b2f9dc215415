/** ThresholdedRelu: Y[o] = X[o] > α ? X[o] : 0. Exact; NaN gives 0. */
import { constant, op } from "../tensor/meaning.js";
import { numberOf } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const thresholdedRelu = unary({
  op: "ThresholdedRelu",
  types: floats,
  value: (x, type, node) => op(`select.${type}`, op(`lt.${type}`, constant(type, numberOf(node, "alpha")), x), x, constant(type, 0)),
});
