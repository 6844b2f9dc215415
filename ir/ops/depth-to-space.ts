/**
 * DepthToSpace with block size b:
 *
 *     Y[n, c, y, x] = X[n, i, ⌊y/b⌋, ⌊x/b⌋],  r = y mod b, s = x mod b
 *     DCR: i = (r·b + s)·C′ + c        CRD: i = c·b² + r·b + s        C′ = C/b²
 *
 * No arithmetic on elements.
 */
import { floordiv, mod, plus, times, zero } from "../loop/index-expr.js";
import { at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch, textOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const block = numberOf(node, "blocksize");
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  if (shape.length !== 4 || channels % block ** 2 !== 0) shapeMismatch(node, `the input must have rank 4 and a multiple of ${block}² channels`);
  return { type, shape: [batch, channels / block ** 2, height * block, width * block] };
}

export const depthToSpace = defineOperator({
  op: "DepthToSpace",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const block = numberOf(node, "blocksize");
    const output = outputType(node);
    return pointwise(output, ([n = zero, c = zero, y = zero, x = zero]) => {
      const inBlock = plus(times(mod(y, block), block), mod(x, block));
      const channel = textOf(node, "mode") === "CRD"
        ? plus(times(c, block ** 2), inBlock)
        : plus(times(inBlock, output.shape[1] ?? 1), c);
      return at(0, n, channel, floordiv(y, block), floordiv(x, block));
    });
  },
});
