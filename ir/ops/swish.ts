/** Swish: Y[o] = X[o] · sigmoid(α·X[o]). A factor α that is exactly 1 is no operation; each other operation rounds once. */
import { constant, op } from "../tensor/meaning.js";
import { numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const swish = unary({
  op: "Swish",
  types: floatsWith("sigmoid"),
  value: (x, type, node) => {
    const alpha = numberOf(node, "alpha");
    const scaled = alpha === 1 ? x : op(`mul.${type}`, constant(type, alpha), x);
    return op(`mul.${type}`, x, op(`sigmoid.${type}`, scaled));
  },
});
