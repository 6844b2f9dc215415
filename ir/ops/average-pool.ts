/**
 * AveragePool:
 *
 *     S[n, c, o…] = +0 + Σ_k… X[n, c, o·s + k·d − p …]     (fold over k…, taps in the padding skipped)
 *     Y[n, c, o…] = S[n, c, o…] / count(o…)
 *
 * count is the number of taps in the input, or, with count_include_pad, in the input
 * and its declared padding (positions that only ceil_mode adds never count). It is a
 * product of one factor per axis that depends on the position along that axis alone,
 * so Y is a selection by position among divisions by constants, all exact. Sum and
 * quotient round to nearest even. A window without any counted tap gives 0/0, NaN.
 */
import { type IndexExpr, zero } from "../loop/index-expr.js";
import type { ElementType } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { poolOf } from "./shared/pool.js";
import { byRun } from "./shared/regions.js";
import { type WindowAxis, tapAxes, tapIndex, tapInside } from "./shared/window.js";

function outputType(node: OperatorNode): TensorType {
  return { type: inputOf(node, 0).type, shape: poolOf(node).shape };
}

/** The number of counted taps at output position `position` along one axis. */
function countAt(axis: WindowAxis, position: number, includePad: boolean): number {
  const [low, high] = includePad ? [-axis.padBegin, axis.input + axis.padEnd] : [0, axis.input];
  let count = 0;
  for (let tap = 0; tap < axis.kernel; tap++) {
    const at = position * axis.stride + tap * axis.dilation - axis.padBegin;
    if (at >= low && at < high) count++;
  }
  return count;
}

/** Runs of positions with equal count along one axis. */
function countRuns(axis: WindowAxis, includePad: boolean): readonly { readonly end: number; readonly count: number }[] {
  const runs: { end: number; count: number }[] = [];
  for (let position = 0; position < axis.output; position++) {
    const count = countAt(axis, position, includePad);
    const last = runs.at(-1);
    if (last?.count === count) last.end = position + 1;
    else runs.push({ end: position + 1, count });
  }
  return runs;
}

/** sum / (factor · the counts along the axes still to come). */
function average(sum: TensorExpr, axes: readonly (readonly [WindowAxis, IndexExpr])[], factor: number, rule: Rule): TensorExpr {
  const [first, ...others] = axes;
  if (first === undefined) return op(`div.${rule.type}`, sum, constant(rule.type, factor));
  const [axis, position] = first;
  return byRun(position, countRuns(axis, rule.includePad).map(({ end, count }) =>
    ({ end, value: average(sum, others, factor * count, rule) })));
}

interface Rule {
  readonly type: ElementType;
  readonly includePad: boolean;
}

function meaning(node: OperatorNode): Meaning {
  const { window } = poolOf(node);
  const output = outputType(node);
  const rule = { type: output.type, includePad: numberOf(node, "count_include_pad") !== 0 };
  const sum = stage("sum", output, ([n = zero, c = zero, ...spatial]) => fold(
    tapAxes(window), tapInside(window, spatial), constant(rule.type, 0),
    op(`add.${rule.type}`, acc, at(0, n, c, ...tapIndex(window, spatial))),
  ), "s");
  const y = stage("y", output, (point) => {
    const axes = window.map((axis, d) => [axis, point[d + 2] ?? zero] as const);
    return average(stageAt("sum", ...point), axes, 1, rule);
  });
  return { stages: [sum, y], outputs: ["y"] };
}

export const averagePool = defineOperator({
  op: "AveragePool",
  types: floats,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning,
});
