/** ThresholdedRelu: Y[o] = X[o] > α ? X[o] : 0. Exact; NaN gives 0. */
import { activate, activation } from "./shared/activations.js";
import { numberOf } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const thresholdedRelu = unary({
  op: "ThresholdedRelu",
  types: floats,
  value: (x, type, node) => activate(x, type, activation("ThresholdedRelu", numberOf(node, "alpha"))),
});
