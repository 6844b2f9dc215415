/** Tile: Y[o] = X[o[d] mod extent of X along d, for every axis d]. No arithmetic on elements. */
import { mod } from "../loop/index-expr.js";
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const repeats = listOf(node, "repeats");
  if (repeats.length !== shape.length) shapeMismatch(node, "repeats must have one number per axis");
  return { type, shape: shape.map((extent, axis) => extent * (repeats[axis] ?? 1)) };
}

export const tile = defineOperator({
  op: "Tile",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const { shape } = inputOf(node, 0);
    const repeats = listOf(node, "repeats");
    return pointwise(outputType(node), (point) =>
      at(0, ...point.map((o, axis) => (repeats[axis] === 1 ? o : mod(o, shape[axis] ?? 1)))));
  },
});
