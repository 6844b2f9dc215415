/**
 * SpaceToDepth with block size b:
 *
 *     Y[n, i, y, x] = X[n, i mod C, y·b + ⌊q/b⌋, x·b + q mod b],  q = ⌊i/C⌋
 *
 * No arithmetic on elements.
 */
import { floordiv, mod, plus, times, zero } from "../loop/index-expr.js";
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const block = numberOf(node, "blocksize");
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  if (shape.length !== 4 || height % block !== 0 || width % block !== 0) shapeMismatch(node, `the input must have rank 4 and spatial extents divisible by ${block}`);
  return { type, shape: [batch, channels * block ** 2, height / block, width / block] };
}

export const spaceToDepth = defineOperator({
  op: "SpaceToDepth",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const block = numberOf(node, "blocksize");
    const channels = inputOf(node, 0).shape[1] ?? 1;
    return pointwise(outputType(node), ([n = zero, i = zero, y = zero, x = zero]) => {
      const row = plus(times(y, block), floordiv(i, channels * block));
      const column = plus(times(x, block), mod(floordiv(i, channels), block));
      return at(0, n, mod(i, channels), row, column);
    });
  },
});
