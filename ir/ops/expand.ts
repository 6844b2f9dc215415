/** Expand: Y[o] = X broadcast to `shape` (the shape of the result, not of ONNX's second input). No arithmetic. */
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, listOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  return { type, shape: broadcastShape(node, [shape, listOf(node, "shape")]) };
}

export const expand = defineOperator({
  op: "Expand",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => pointwise(outputType(node), (point) => at(0, ...broadcastIndex(inputOf(node, 0).shape, point))),
});
