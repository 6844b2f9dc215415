/**
 * Col2Im: the blocks X[n, (c, k…), (i…)] of an image added where they were taken from:
 *
 *     Y[n, c, o…] = +0 + Σ_{j…} X[n, (c, k…), (i…)]       with o + p = i·s + k·d along each axis
 *
 * (c, k…) and (i…) are row-major positions. Which (i, k) meet, and in which steps j, is in
 * shared/transposed-window; the sum is a fold in lexicographic order of the steps, each
 * rounding to nearest even; integers are modulo 2ⁿ.
 */
import { type IndexExpr, plus, times, variable, zero } from "../loop/index-expr.js";
import { type Meaning, acc, at, fold, op, pointwise } from "../tensor/meaning.js";
import { type TensorType, elementCount, stridesOf } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { arithmetic, elementOf, numbers } from "./shared/element-types.js";
import { type TransposedAxis, counted, meetingOf } from "./shared/transposed-window.js";

function axesOf(node: OperatorNode): readonly TransposedAxis[] {
  const [image, pads] = [listOf(node, "image_shape"), listOf(node, "pads")];
  return image.map((extent, d) => {
    const [kernel = 1, stride = 1, dilation = 1] = ["block_shape", "strides", "dilations"].map((name) => listOf(node, name)[d]);
    const [padBegin = 0, padEnd = 0] = [pads[d], pads[image.length + d]];
    const input = Math.floor((extent + padBegin + padEnd - dilation * (kernel - 1) - 1) / stride) + 1;
    return { input, kernel, stride, dilation, padBegin };
  });
}

function outputType(node: OperatorNode): TensorType {
  const { type, shape: [batch = 1, columns = 1, blocks = 1] } = inputOf(node, 0);
  const [axes, size] = [axesOf(node), elementCount(listOf(node, "block_shape"))];
  if (elementCount(axes.map(({ input }) => input)) !== blocks || columns % size !== 0) shapeMismatch(node, "the blocks do not make the image");
  return { type, shape: [batch, columns / size, ...listOf(node, "image_shape")] };
}

/** The row-major position of `index` in `shape`. */
function rowMajor(index: readonly IndexExpr[], shape: readonly number[]): IndexExpr {
  const strides = stridesOf(shape);
  return index.reduce((sum, i, d) => plus(sum, times(i, strides[d] ?? 1)), zero);
}

function meaning(node: OperatorNode): Meaning {
  const [output, axes] = [outputType(node), axesOf(node)];
  const block = listOf(node, "block_shape");
  return pointwise(output, ([n = zero, c = zero, ...point]) => {
    const met = axes.map((axis, d) => meetingOf(axis, point[d] ?? zero, variable(`j${d}`)));
    const over = met.map(({ extent }, d) => ({ name: `j${d}`, extent }));
    const column = plus(times(c, elementCount(block)), rowMajor(met.map(({ k }) => k), block));
    const x = at(0, n, column, rowMajor(met.map(({ i }) => i), axes.map(({ input }) => input)));
    return fold(over, met.flatMap(({ where }) => where), elementOf(output.type, 0), counted(output.type, met, op(arithmetic("add", output.type), acc, x)));
  });
}

export const col2Im = defineOperator({
  op: "Col2Im", types: numbers, inputs: [1, 1], shape: (node) => [outputType(node)], meaning,
});
