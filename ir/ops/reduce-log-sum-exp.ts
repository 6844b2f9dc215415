/**
 * ReduceLogSumExp over `axes`:
 *
 *     M[o] = max over r… of X[o, r…], 0 where that is infinite or NaN      (fold from −infinity)
 *     S[o] = +0 + Σ_r… exp(X[o, r…] − M[o])                               (fold from +0)
 *     Y[o] = ln(S[o]) + M[o]
 *
 * Subtracting the maximum keeps exp from overflowing. exp and ln are the project's own;
 * each operation rounds to nearest even.
 */
import type { IndexExpr } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { foldAxes, mergeAxes } from "./shared/reduce.js";
import { choose, less } from "./shared/terms.js";

function outputType(node: OperatorNode): TensorType {
  const [axes, keep] = [listOf(node, "axes"), numberOf(node, "keepdims") !== 0];
  return { type: inputOf(node, 0).type, shape: inputOf(node, 0).shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent])) };
}

function meaning(node: OperatorNode): Meaning {
  const { type: t, shape } = inputOf(node, 0);
  const [output, axes] = [outputType(node), listOf(node, "axes")];
  const x = (point: readonly IndexExpr[], prefix: string): TensorExpr => {
    const kept = numberOf(node, "keepdims") === 0 ? point : point.filter((_, axis) => !axes.includes(axis));
    return at(0, ...mergeAxes(shape.length, axes, kept, prefix));
  };
  const stages = [
    stage("largest", output, (point) => fold(foldAxes(shape, axes), [], constant(t, -Infinity), op(`max.${t}`, acc, x(point, "r"))), "m"),
    stage("base", output, (point) => {
      const largest = stageAt("largest", ...point);
      return choose(t, less(t, op(`abs.${t}`, largest), constant(t, Infinity)), largest, constant(t, 0));
    }, "b"),
    stage("sum", output, (point) => {
      const power = op(`exp.${t}`, op(`sub.${t}`, x(point, "q"), stageAt("base", ...point)));
      return fold(foldAxes(shape, axes, "q"), [], constant(t, 0), op(`add.${t}`, acc, power));
    }, "s"),
    stage("y", output, (point) => op(`add.${t}`, op(`log.${t}`, stageAt("sum", ...point)), stageAt("base", ...point))),
  ];
  return { stages, outputs: ["y"] };
}

export const reduceLogSumExp = defineOperator({
  op: "ReduceLogSumExp", types: floatsWith("exp", "log"), inputs: [1, 1], shape: (node) => [outputType(node)], meaning,
});
