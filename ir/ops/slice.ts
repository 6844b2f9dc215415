/**
 * Slice: Y[o] = X[starts[d] + o[d]·steps[d] for every axis d]. No arithmetic.
 *
 * Normalisation gives one start, step and extent per axis of X, clamped as ONNX says.
 */
import { shift, times } from "../loop/index-expr.js";
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputType(node: OperatorNode): TensorType {
  return { type: inputOf(node, 0).type, shape: listOf(node, "extents") };
}

export const slice = defineOperator({
  op: "Slice",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const [starts, steps] = [listOf(node, "starts"), listOf(node, "steps")];
    return pointwise(outputType(node), (point) => at(0, ...point.map((o, axis) => shift(times(o, steps[axis] ?? 1), starts[axis] ?? 0))));
  },
});
