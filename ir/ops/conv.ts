/**
 * Conv: 1-D to 3-D cross-correlation with groups, strides, dilations and padding.
 *
 *     Y[n, m, o…] = B[m] + Σ_{c, k…} X[n, g·(C/G) + c, o·s + k·d − p …] · W[m, c, k…]
 *     with the group g = ⌊m / (M/G)⌋
 *
 * The sum is a fold from B[m] (from +0 without B) over (c, k…) in lexicographic order.
 * Taps in the padding are skipped, not multiplied by 0. Each step rounds as the
 * build's contract says.
 */
import { zero } from "../loop/index-expr.js";
import { type Meaning, acc, at, constant, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { geometryOf, tapsAt } from "./shared/convolution.js";
import { defineOperator, inputOf, optionalInput } from "./shared/define.js";
import { floats } from "./shared/element-types.js";

const slots = { x: 0, w: 1, bias: 2 } as const;

function outputType(node: OperatorNode): TensorType {
  return { type: inputOf(node, slots.x).type, shape: geometryOf(node, slots).shape };
}

function meaning(node: OperatorNode): Meaning {
  const [output, geometry] = [outputType(node), geometryOf(node, slots)];
  return pointwise(output, (point) => {
    const { over, where, x, w } = tapsAt(node, geometry, point);
    const start = optionalInput(node, slots.bias) === undefined ? constant(output.type, 0) : at(slots.bias, point[1] ?? zero);
    return fold(over, where, start, op(`muladd.${output.type}`, acc, at(slots.x, ...x), at(slots.w, ...w)));
  });
}

export const conv = defineOperator({
  op: "Conv",
  types: floats,
  inputs: [2, 3],
  shape: (node) => [outputType(node)],
  meaning,
});
