/**
 * Gather: Y[a…, i…, b…] = X[a…, indices[i…], b…] along `axis`. No arithmetic on elements.
 *
 * Constant indices are literals of the normal form (`indices`, not negative, row-major,
 * and `indexShape`), so Y is a selection among affine reads, one for each maximal run of
 * indices in arithmetic progression. Others are an input: negative ones count from the
 * end, one that does not exist, which ONNX calls an error, gives 0. See shared/terms.
 */
import { type IndexExpr, literal, plus, shift, times, zero } from "../loop/index-expr.js";
import { type Meaning, at, pointwise, stage, stageAt } from "../tensor/meaning.js";
import { type TensorType, stridesOf } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { indicesOf, positionStage } from "./shared/positions.js";
import { byRun } from "./shared/regions.js";
import { lookup } from "./shared/terms.js";

/** Whether the indices are an input. */
function computed(node: OperatorNode): boolean {
  return node.inputs.length > 1;
}

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  if (computed(node)) return { type, shape: shape.toSpliced(axis, 1, ...indicesOf(node, 1).shape) };
  const extent = shape[axis] ?? 0;
  if (listOf(node, "indices").some((index) => index < 0 || index >= extent)) shapeMismatch(node, `an index lies outside of axis ${axis}`);
  return { type, shape: shape.toSpliced(axis, 1, ...listOf(node, "indexShape")) };
}

/** Positions start … end − 1 hold first, first + step, … */
interface Progression {
  readonly start: number;
  readonly first: number;
  step: number;
  end: number;
}

function progressions(indices: readonly number[]): readonly Progression[] {
  const runs: Progression[] = [];
  indices.forEach((index, position) => {
    const run = runs.at(-1);
    const length = run === undefined ? 0 : position - run.start;
    if (run !== undefined && length === 1) run.step = index - run.first;
    if (run !== undefined && (length === 1 || run.first + length * run.step === index)) run.end = position + 1;
    else runs.push({ start: position, first: index, step: 0, end: position + 1 });
  });
  return runs;
}

function computedGather(node: OperatorNode): Meaning {
  const { type, shape } = inputOf(node, 0);
  const [axis, extents] = [numberOf(node, "axis"), indicesOf(node, 1).shape];
  const extent = shape[axis] ?? 1;
  const y = stage("y", outputType(node), (point) => {
    const wanted = { extent, position: stageAt("position", ...point.slice(axis, axis + extents.length)) };
    return lookup(type, [wanted], ([k = zero]) => at(0, ...point.toSpliced(axis, extents.length, k)));
  });
  return { stages: [positionStage(node, 1, [extent]), y], outputs: ["y"] };
}

function meaning(node: OperatorNode): Meaning {
  if (computed(node)) return computedGather(node);
  const axis = numberOf(node, "axis");
  const indexShape = listOf(node, "indexShape");
  const strides = stridesOf(indexShape);
  return pointwise(outputType(node), (point) => {
    const position = indexShape.reduce<IndexExpr>((sum, _, k) => plus(sum, times(point[axis + k] ?? zero, strides[k] ?? 1)), zero);
    const runs = progressions(listOf(node, "indices")).map(({ start, first, step, end }) => {
      const source = step === 0 ? literal(first) : shift(times(position, step), first - start * step);
      return { end, value: at(0, ...point.toSpliced(axis, indexShape.length, source)) };
    });
    return byRun(position, runs);
  });
}

export const gather = defineOperator({
  op: "Gather", types: anyType, inputs: [1, 2], mixed: true, shape: (node) => [outputType(node)], meaning,
});
