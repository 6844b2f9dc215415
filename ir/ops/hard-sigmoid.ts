/** HardSigmoid: Y[o] = max(0, min(1, α·X[o] + β)). Product and sum round once each. */
import { numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";
import { hardSigmoidOf } from "./shared/hard-sigmoid.js";

export const hardSigmoid = unary({
  op: "HardSigmoid",
  types: floatsWith("max", "min"),
  value: (x, type, node) => hardSigmoidOf(x, type, numberOf(node, "alpha"), numberOf(node, "beta")),
});
