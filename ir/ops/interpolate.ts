/**
 * Interpolate: interpolation along `axis`, what Resize is along each of its axes:
 *
 *     Y[…, o, …] = W[o, 0]·X[…, i₀(o), …] + W[o, 1]·X[…, i₁(o), …] + …
 *
 * The K indices of each o are literals of the normal form (`indices`, [extent, K]
 * row-major), the weights W an input [extent, K]. The sum is from the left: the first
 * product, then multiply-adds that round as the build's contract says. With one index and
 * no weights Y is X[…, i₀(o), …] itself.
 *
 * Indices that follow few lines ⌊(a·o + b)/c⌋ are read so, by runs of o. Others are looked
 * up in the table of input 2 (the same numbers), see shared/terms.
 */
import { type IndexExpr, literal, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, at, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, numberOf, optionalInput } from "./shared/define.js";
import { computed } from "./shared/element-types.js";
import { type IndexRun, indexRuns } from "./shared/index-runs.js";
import { byRun } from "./shared/regions.js";
import { lookup } from "./shared/terms.js";

/** More runs than these are a lookup. */
const mostRuns = 24;

/** The indices by tap: one list over o for each. */
function tapsOf(node: OperatorNode): readonly (readonly number[])[] {
  const [indices, taps] = [listOf(node, "indices"), numberOf(node, "taps")];
  return Array.from({ length: taps }, (_, tap) => indices.filter((_index, k) => k % taps === tap));
}

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  return { type, shape: shape.with(numberOf(node, "axis"), listOf(node, "indices").length / numberOf(node, "taps")) };
}

function weighted(node: OperatorNode, o: IndexExpr, values: readonly TensorExpr[]): TensorExpr {
  const { type } = inputOf(node, 0);
  const [first = at(0), ...others] = values;
  if (optionalInput(node, 1) === undefined) return first;
  const weight = (tap: number): TensorExpr => at(1, o, literal(tap));
  return others.reduce((sum, x, k) => op(`muladd.${type}`, sum, weight(k + 1), x), op(`mul.${type}`, weight(0), first));
}

function byLines(node: OperatorNode, point: readonly IndexExpr[], runs: readonly IndexRun[]): TensorExpr {
  const axis = numberOf(node, "axis");
  const o = point[axis] ?? zero;
  return byRun(o, runs.map(({ end, index }) => ({ end, value: weighted(node, o, index(o).map((i) => at(0, ...point.with(axis, i)))) })));
}

function byLookup(node: OperatorNode, point: readonly IndexExpr[], taps: number): TensorExpr {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const o = point[axis] ?? zero;
  const values = Array.from({ length: taps }, (_, tap) =>
    lookup(type, [{ extent: shape[axis] ?? 1, position: at(2, o, literal(tap)) }], ([k = zero]) => at(0, ...point.with(axis, k)), `k${tap}_`));
  return weighted(node, o, values);
}

function meaning(node: OperatorNode): Meaning {
  const taps = tapsOf(node);
  const runs = indexRuns(taps);
  return pointwise(outputType(node), (point) => (runs.length <= mostRuns ? byLines(node, point, runs) : byLookup(node, point, taps.length)));
}

/** Not an operator of ONNX: import makes it of Resize and Upsample. */
export const interpolate = defineOperator({
  op: "Interpolate", types: computed, inputs: [1, 3], mixed: true, shape: (node) => [outputType(node)], meaning,
});
