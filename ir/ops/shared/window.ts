/**
 * Sliding windows: which input position a tap of the window reads, which taps lie in
 * the input, how many positions the window has. Conv and the pools share it.
 *
 * Along one spatial axis with stride s, dilation d, kernel extent K and padding p, q
 * the tap k of output position o reads input position  o·s + k·d − p, and
 *     outputs = ⌊(H + p + q − (d·(K − 1) + 1)) / s⌋ + 1.
 * With ceil_mode the quotient is rounded up, less a last window that would start
 * beyond the input and its leading padding.
 */
import { type Condition, type IndexExpr, atLeast, below, plus, shift, times, variable, zero } from "../../loop/index-expr.js";
import type { Axis } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { listOf, shapeMismatch } from "./define.js";

/** The window along one spatial axis. */
export interface WindowAxis {
  /** Extent of the input. */
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/** The window of a node over the spatial extents `input`, from its normal form. */
export function windowOf(node: OperatorNode, input: readonly number[], ceilMode = false): readonly WindowAxis[] {
  const kernels = listOf(node, "kernel_shape");
  const [strides, dilations, pads] = [listOf(node, "strides"), listOf(node, "dilations"), listOf(node, "pads")];
  const rank = input.length;
  if (kernels.length !== rank || strides.length !== rank || dilations.length !== rank || pads.length !== 2 * rank) {
    shapeMismatch(node, `kernel_shape, strides, dilations and pads do not all describe ${rank} spatial axes`);
  }
  return input.map((extent, axis) => {
    const padBegin = pads[axis] ?? 0;
    const padEnd = pads[rank + axis] ?? 0;
    const partial = { input: extent, kernel: kernels[axis] ?? 1, stride: strides[axis] ?? 1, dilation: dilations[axis] ?? 1, padBegin, padEnd };
    return { ...partial, output: outputExtent(node, partial, ceilMode) };
  });
}

function outputExtent(node: OperatorNode, axis: Omit<WindowAxis, "output">, ceilMode: boolean): number {
  const { input, kernel, stride, dilation, padBegin, padEnd } = axis;
  if (kernel < 1 || stride < 1 || dilation < 1) shapeMismatch(node, "kernel extents, strides and dilations must be at least 1");
  const room = input + padBegin + padEnd - (dilation * (kernel - 1) + 1);
  if (room < 0) shapeMismatch(node, `a window of ${kernel} taps does not fit ${input} positions with padding ${padBegin}+${padEnd}`);
  if (!ceilMode) return Math.floor(room / stride) + 1;
  const rounded = Math.ceil(room / stride) + 1;
  return (rounded - 1) * stride >= input + padBegin ? rounded - 1 : rounded;
}

/** One fold variable per spatial axis of the window: k0, k1, …; `prefix` keeps several folds apart. */
export function tapAxes(window: readonly WindowAxis[], prefix = "k"): readonly Axis[] {
  return window.map(({ kernel }, axis) => ({ name: `${prefix}${axis}`, extent: kernel }));
}

/** The input position that tap (k0, k1, …) of output position `point` reads. */
export function tapIndex(window: readonly WindowAxis[], point: readonly IndexExpr[], prefix = "k"): readonly IndexExpr[] {
  return window.map(({ stride, dilation, padBegin }, axis) =>
    shift(plus(times(point[axis] ?? zero, stride), times(variable(`${prefix}${axis}`), dilation)), -padBegin));
}

/** The conditions that the tap lies in the input; those that hold for every tap are left out. */
export function tapInside(window: readonly WindowAxis[], point: readonly IndexExpr[], prefix = "k"): readonly Condition[] {
  const index = tapIndex(window, point, prefix);
  return window.flatMap((axis, d) => {
    const at = index[d] ?? zero;
    const last = (axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation - axis.padBegin;
    return [...(axis.padBegin > 0 ? [atLeast(at, zero)] : []), ...(last >= axis.input ? [below(at, axis.input)] : [])];
  });
}
