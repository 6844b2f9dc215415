/**
 * LogSoftmax over `axes` (as Softmax):
 *
 *     M[o]    = max over r… of X[o, r…]                 (fold from −infinity)
 *     S[o]    = +0 + Σ_r… exp(X[o, r…] − M[o])          (fold from +0)
 *     Y[o, r] = (X[o, r] − M[o]) − ln S[o]
 *
 * Every operation rounds to nearest even, exp and ln are the project's own.
 */
import { type Meaning, at, op, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { exponentialSums, keptOf } from "./shared/exponentials.js";

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const { type } = input;
  const kept = keptOf(node);
  const stages = exponentialSums(node);
  const y = stage("y", input, (point) => {
    const shifted = op(`sub.${type}`, at(0, ...point), stageAt("largest", ...kept(point)));
    return op(`sub.${type}`, shifted, op(`log.${type}`, stageAt("sum", ...kept(point))));
  });
  return { stages: [...stages, y], outputs: ["y"] };
}

export const logSoftmax = defineOperator({
  op: "LogSoftmax",
  types: floatsWith("exp", "log", "max"),
  inputs: [1, 1],
  shape: (node) => [inputOf(node, 0)],
  meaning,
});
