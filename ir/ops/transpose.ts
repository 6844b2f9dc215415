/** Transpose: Y[o] = X[i] with i[perm[d]] = o[d] for every axis d of Y. No arithmetic. */
import { zero } from "../loop/index-expr.js";
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const perm = listOf(node, "perm");
  if (perm.toSorted((a, b) => a - b).join() !== shape.map((_, axis) => axis).join()) {
    shapeMismatch(node, `perm ${perm.join(", ")} is no permutation of the axes`);
  }
  return { type, shape: perm.map((axis) => shape[axis] ?? 1) };
}

export const transpose = defineOperator({
  op: "Transpose",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const perm = listOf(node, "perm");
    return pointwise(outputType(node), (point) => at(0, ...perm.map((_, axis) => point[perm.indexOf(axis)] ?? zero)));
  },
});
