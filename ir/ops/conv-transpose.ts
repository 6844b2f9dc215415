/**
 * ConvTranspose: the transpose of a Conv, 1-D to 3-D, with groups, strides and padding.
 *
 *     Y[n, m, o…] = B[m] + Σ_{c, j…} X[n, g·(C/G) + c, i…] · W[g·(C/G) + c, m mod (M/G), k…]
 *     with the group g = ⌊m / (M/G)⌋ and, along each axis, o + p = i·s + k·d
 *
 * Which (i, k) meet, and in which steps j, is in shared/transposed-window. The sum is a
 * fold from B[m] (from +0 without B) over (c, j…) in lexicographic order; steps whose i or k
 * does not exist are skipped. Each step rounds as the build's contract says.
 */
import { floordiv, mod, plus, times, variable, zero } from "../loop/index-expr.js";
import { type Axis, type Meaning, acc, at, constant, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { type TransposedAxis, counted, meetingOf } from "./shared/transposed-window.js";

/** The windows along one spatial axis, and how far they reach. */
interface SpatialAxis extends TransposedAxis {
  readonly output: number;
}

interface Geometry {
  readonly output: TensorType;
  readonly axes: readonly SpatialAxis[];
  /** Input channels of one group. */
  readonly channels: number;
  /** Output channels of one group. */
  readonly filters: number;
}

function geometryOf(node: OperatorNode): Geometry {
  const { type, shape: [batch = 1, inputs = 1, ...spatial] } = inputOf(node, 0);
  const { shape: [rows = 1, filters = 1, ...kernel] } = inputOf(node, 1);
  const group = numberOf(node, "group");
  if (spatial.length < 1 || spatial.length > 3) shapeMismatch(node, "X must have 1 to 3 spatial axes");
  if (kernel.join() !== listOf(node, "kernel_shape").join()) shapeMismatch(node, `kernel_shape is not ${kernel.join(", ")} as W has it`);
  if (rows !== inputs || inputs % group !== 0) shapeMismatch(node, `W must have ${inputs} rows, a multiple of ${group} groups`);
  const bias = optionalInput(node, 2)?.shape;
  if (bias !== undefined && bias.join() !== `${filters * group}`) shapeMismatch(node, `B must have ${filters * group} elements`);
  const axes = spatial.map((extent, axis) => axisOf(node, extent, axis));
  return { output: { type, shape: [batch, filters * group, ...axes.map(({ output }) => output)] }, axes, channels: inputs / group, filters };
}

function axisOf(node: OperatorNode, input: number, axis: number): SpatialAxis {
  const [kernel = 1, stride = 1, dilation = 1] = ["kernel_shape", "strides", "dilations"].map((name) => listOf(node, name)[axis]);
  const pads = listOf(node, "pads");
  const [padBegin = 0, padEnd = 0] = [pads[axis], pads[pads.length / 2 + axis]];
  const output = stride * (input - 1) + (listOf(node, "output_padding")[axis] ?? 0) + (kernel - 1) * dilation + 1 - padBegin - padEnd;
  return { input, output, kernel, stride, dilation, padBegin };
}

function meaning(node: OperatorNode): Meaning {
  const { output, axes, channels, filters } = geometryOf(node);
  const c = variable("c");
  const grouped = numberOf(node, "group") > 1;
  return pointwise(output, ([n = zero, m = zero, ...point]) => {
    const met = axes.map((axis, d) => meetingOf(axis, point[d] ?? zero, variable(`j${d}`)));
    const over: readonly Axis[] = [{ name: "c", extent: channels }, ...met.map(({ extent }, d) => ({ name: `j${d}`, extent }))];
    const channel = grouped ? plus(times(floordiv(m, filters), channels), c) : c;
    const filter = grouped ? mod(m, filters) : m;
    const start = optionalInput(node, 2) === undefined ? constant(output.type, 0) : at(2, m);
    const product = op(`muladd.${output.type}`, acc, at(0, n, channel, ...met.map(({ i }) => i)), at(1, channel, filter, ...met.map(({ k }) => k)));
    return fold(over, met.flatMap(({ where }) => where), start, counted(output.type, met, product));
  });
}

export const convTranspose = defineOperator({
  op: "ConvTranspose",
  types: floats,
  inputs: [2, 3],
  shape: (node) => [geometryOf(node).output],
  meaning,
});
