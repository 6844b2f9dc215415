/**
 * Concat: Y[…, o, …] = X_k[…, o − start_k, …] for start_k ≤ o < start_{k+1} along `axis`,
 * start_k being the sum of the extents before X_k. No arithmetic.
 */
import { type IndexExpr, shift, zero } from "../loop/index-expr.js";
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { any, defineOperator, inputOf, numberOf, presentInputs, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { type Run, byRun } from "./shared/regions.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const parts = presentInputs(node).map((part) => part.shape);
  if (parts.some((part) => part.toSpliced(axis, 1).join() !== shape.toSpliced(axis, 1).join())) {
    shapeMismatch(node, `the inputs differ in more than axis ${axis}`);
  }
  return { type, shape: shape.with(axis, parts.reduce((sum, part) => sum + (part[axis] ?? 0), 0)) };
}

function runsAlong(node: OperatorNode, axis: number, point: readonly IndexExpr[]): readonly Run[] {
  let start = 0;
  return node.inputs.flatMap((part, slot) => {
    const extent = part?.shape[axis] ?? 0;
    const value = at(slot, ...point.with(axis, shift(point[axis] ?? zero, -start)));
    start += extent;
    return extent === 0 ? [] : [{ end: start, value }];
  });
}

export const concat = defineOperator({
  op: "Concat",
  types: anyType,
  inputs: [1, any],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const axis = numberOf(node, "axis");
    const output = outputType(node);
    if (output.shape[axis] === 0) return pointwise(output, (point) => at(0, ...point));
    return pointwise(output, (point) => byRun(point[axis] ?? zero, runsAlong(node, axis, point)));
  },
});
