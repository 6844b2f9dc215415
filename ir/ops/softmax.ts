/**
 * Softmax over `axes` (one axis since opset 13; before, all axes from `axis` on):
 *
 *     M[o]    = max over r… of X[o, r…]                 (fold from −infinity)
 *     E[o, r] = exp(X[o, r] − M[o])
 *     S[o]    = +0 + Σ_r… E[o, r…]                      (fold from +0)
 *     Y[o, r] = E[o, r] / S[o]
 *
 * Every operation rounds to nearest even, exp is the project's own. Subtracting the
 * maximum keeps exp from overflowing; an input of +infinity or NaN gives NaN.
 */
import { type Meaning, op, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { exponentialSums, keptOf } from "./shared/exponentials.js";

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const kept = keptOf(node);
  const y = stage("y", input, (point) => op(`div.${input.type}`, stageAt("power", ...point), stageAt("sum", ...kept(point))));
  return { stages: [...exponentialSums(node), y], outputs: ["y"] };
}

export const softmax = defineOperator({
  op: "Softmax",
  types: floatsWith("exp", "max"),
  inputs: [1, 1],
  shape: (node) => [inputOf(node, 0)],
  meaning,
});
