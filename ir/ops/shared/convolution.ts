/** The geometry of a convolution: sizes of its groups, its window and its output, with every shape checked. */
import { type IndexExpr, floordiv, plus, times, variable, zero } from "../../loop/index-expr.js";
import type { Condition } from "../../loop/index-expr.js";
import { type Axis } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { inputOf, listOf, numberOf, optionalInput, shapeMismatch } from "./define.js";
import { type WindowAxis, tapAxes, tapIndex, tapInside, windowOf } from "./window.js";

/** Where the operands of a node stand. */
export interface Slots {
  readonly x: number;
  readonly w: number;
  readonly bias: number;
}

export interface Geometry {
  /** Extents of the output: batch, output channels, spatial axes. */
  readonly shape: readonly number[];
  readonly window: readonly WindowAxis[];
  /** Input channels of one group. */
  readonly channels: number;
  /** Output channels of one group. */
  readonly filters: number;
}

/** Whether W has the channels of X, or at least those: what X lacks is 0 then (ir/ops/padded.ts). */
export type Channels = "equal" | "at least";

/** Of the operands in `slots`; refuses shapes that do not fit each other. */
export function geometryOf(node: OperatorNode, slots: Slots, given: Channels = "equal"): Geometry {
  const { shape: [batch = 1, inputs = 1, ...spatial] } = inputOf(node, slots.x);
  const { shape: [outputs = 1, channels = 1, ...kernel] } = inputOf(node, slots.w);
  const group = numberOf(node, "group");
  if (spatial.length < 1 || spatial.length > 3) shapeMismatch(node, "X must have 1 to 3 spatial axes");
  if (kernel.join() !== listOf(node, "kernel_shape").join()) shapeMismatch(node, `kernel_shape is not ${kernel.join(", ")} as W has it`);
  const fit = channels * group === inputs || (given === "at least" && group === 1 && channels > inputs);
  if (!fit || outputs % group !== 0) {
    shapeMismatch(node, `${group} groups of ${channels} channels do not make ${inputs} inputs and ${outputs} outputs`);
  }
  const bias = optionalInput(node, slots.bias)?.shape;
  if (bias !== undefined && bias.join() !== `${outputs}`) shapeMismatch(node, `B must have ${outputs} elements`);
  const window = windowOf(node, spatial);
  return { shape: [batch, outputs, ...window.map((axis) => axis.output)], window, channels, filters: outputs / group };
}

/** The sum at one output element: the tuple it runs over, the taps that count, and the elements of X and W that meet. */
export interface Taps {
  readonly over: readonly Axis[];
  readonly where: readonly Condition[];
  readonly x: readonly IndexExpr[];
  readonly w: readonly IndexExpr[];
}

/** (c, k…) in lexicographic order, without the taps in the padding. */
export function tapsAt(node: OperatorNode, { window, channels, filters }: Geometry, point: readonly IndexExpr[]): Taps {
  const [n = zero, m = zero, ...spatial] = point;
  const c = variable("c");
  const taps = tapAxes(window);
  const firstChannel = numberOf(node, "group") === 1 ? zero : times(floordiv(m, filters), channels);
  return {
    over: [{ name: "c", extent: channels }, ...taps],
    where: tapInside(window, spatial),
    x: [n, plus(firstChannel, c), ...tapIndex(window, spatial)],
    w: [m, c, ...taps.map(({ name }) => variable(name))],
  };
}
