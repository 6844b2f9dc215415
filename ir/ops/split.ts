/**
 * Split: Y_k[…, o, …] = X[…, start_k + o, …] along `axis`, start_k being the sum of the
 * extents `split` before k. No arithmetic.
 */
import { shift, zero } from "../loop/index-expr.js";
import { type Meaning, at, stage } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { any, defineOperator, inputOf, listOf, numberOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputTypes(node: OperatorNode): readonly TensorType[] {
  const { type, shape } = inputOf(node, 0);
  return listOf(node, "split").map((extent) => ({ type, shape: shape.with(numberOf(node, "axis"), extent) }));
}

function meaning(node: OperatorNode): Meaning {
  const axis = numberOf(node, "axis");
  let start = 0;
  const stages = outputTypes(node).map((type, k) => {
    const from = start;
    start += type.shape[axis] ?? 0;
    return stage(`y${k}`, type, (point) => at(0, ...point.with(axis, shift(point[axis] ?? zero, from))), `p${k}_`);
  });
  return { stages, outputs: stages.map(({ name }) => name) };
}

export const split = defineOperator({
  op: "Split", types: anyType, inputs: [1, 1], outputs: any, shape: outputTypes, meaning,
});
