/** IsInf: Y[o] = X[o] is +∞ (with detect_positive) or −∞ (with detect_negative). */
import { type TensorExpr, constant, op } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { numberOf } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";
import { equal } from "./shared/terms.js";

function wanted(node: OperatorNode, sign: "positive" | "negative"): boolean {
  return numberOf(node, `detect_${sign}`) !== 0;
}

export const isInf = unary({
  op: "IsInf",
  types: floats,
  result: () => "bool",
  value: (x, type, node) => {
    const infinities = [...(wanted(node, "positive") ? [Infinity] : []), ...(wanted(node, "negative") ? [-Infinity] : [])];
    return infinities.reduce<TensorExpr>((found, infinity) => op("or.bool", found, equal(type, x, constant(type, infinity))), constant("bool", 0));
  },
});
