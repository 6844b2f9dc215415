/**
 * Compress in bounded form: the slices of X along `axis` at the positions where `condition`
 * holds, in order; `count` says how many there are, the slices after them are 0. A condition
 * that is shorter than the axis is false beyond its end. Where ONNX flattens X, a Reshape
 * stands before this node. No arithmetic. See shared/bounded for the steps.
 */
import { zero } from "../loop/index-expr.js";
import { invalid } from "../prelude.js";
import { type Meaning, at, stage } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { countStage, countType, placed, selectionStages } from "./shared/bounded.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

/** Type of the slices, as many as the condition has elements. */
function outputType(node: OperatorNode): TensorType {
  const [x, condition] = [inputOf(node, 0), inputOf(node, 1)];
  const axis = numberOf(node, "axis");
  const [candidates = 0, ...others] = condition.shape;
  if (condition.type !== "bool") invalid("type-mismatch", `Compress takes a condition of ${condition.type}`, node.name, "give a condition of bool");
  if (condition.shape.length !== 1 || others.length > 0) shapeMismatch(node, "the condition must have one axis");
  if (candidates > (x.shape[axis] ?? 0)) shapeMismatch(node, `the condition is longer than axis ${axis}`);
  return { type: x.type, shape: x.shape.with(axis, candidates) };
}

function meaning(node: OperatorNode): Meaning {
  const output = outputType(node);
  const axis = numberOf(node, "axis");
  const n = output.shape[axis] ?? 1;
  const y = stage("y", output, (point) => placed(output.type, n, point[axis] ?? zero, (t) => at(0, ...point.with(axis, t)), "t"), "y");
  return { stages: [...selectionStages(n, (t) => at(1, t)), y, countStage(n)], outputs: ["y", "count"] };
}

export const compress = defineOperator({
  op: "Compress", types: anyType, inputs: [2, 2], outputs: 2, mixed: true,
  bounded: (node) => ({ axes: [numberOf(node, "axis")], count: 1 }), shape: (node) => [outputType(node), countType], meaning,
});
