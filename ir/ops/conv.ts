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
import { floordiv, plus, times, variable, zero } from "../loop/index-expr.js";
import { type Axis, type Meaning, acc, at, constant, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { type WindowAxis, tapAxes, tapIndex, tapInside, windowOf } from "./shared/window.js";

interface Geometry {
  readonly output: TensorType;
  readonly window: readonly WindowAxis[];
  /** Input channels of one group. */
  readonly channels: number;
  /** Output channels of one group. */
  readonly filters: number;
}

function geometryOf(node: OperatorNode): Geometry {
  const { type, shape: [batch = 1, inputs = 1, ...spatial] } = inputOf(node, 0);
  const { shape: [outputs = 1, channels = 1, ...kernel] } = inputOf(node, 1);
  const group = numberOf(node, "group");
  if (spatial.length < 1 || spatial.length > 3) shapeMismatch(node, "X must have 1 to 3 spatial axes");
  if (kernel.join() !== listOf(node, "kernel_shape").join()) shapeMismatch(node, `kernel_shape is not ${kernel.join(", ")} as W has it`);
  if (channels * group !== inputs || outputs % group !== 0) {
    shapeMismatch(node, `${group} groups of ${channels} channels do not make ${inputs} inputs and ${outputs} outputs`);
  }
  const bias = optionalInput(node, 2)?.shape;
  if (bias !== undefined && bias.join() !== `${outputs}`) shapeMismatch(node, `B must have ${outputs} elements`);
  const window = windowOf(node, spatial);
  const output = { type, shape: [batch, outputs, ...window.map((axis) => axis.output)] };
  return { output, window, channels, filters: outputs / group };
}

function meaning(node: OperatorNode): Meaning {
  const { output, window, channels, filters } = geometryOf(node);
  const c = variable("c");
  const over: readonly Axis[] = [{ name: "c", extent: channels }, ...tapAxes(window)];
  const taps = tapAxes(window).map(({ name }) => variable(name));
  return pointwise(output, ([n = zero, m = zero, ...spatial]) => {
    const start = optionalInput(node, 2) === undefined ? constant(output.type, 0) : at(2, m);
    const firstChannel = numberOf(node, "group") === 1 ? zero : times(floordiv(m, filters), channels);
    const x = at(0, n, plus(firstChannel, c), ...tapIndex(window, spatial));
    return fold(over, tapInside(window, spatial), start, op(`muladd.${output.type}`, acc, x, at(1, m, c, ...taps)));
  });
}

export const conv = defineOperator({
  op: "Conv",
  types: floats,
  inputs: [2, 3],
  requirements: ["E_CONV_FLOAT_FUNC_0010"],
  shape: (node) => [geometryOf(node).output],
  meaning,
});
