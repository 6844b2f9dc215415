/**
 * Windows seen from what they write: ConvTranspose and Col2Im add, at output position o,
 * what the windows i reach there with their taps k, along each axis o + p = i·s + k·d.
 *
 * Along an axis with dilation 1 the steps are j = 0 … ⌈K/s⌉ − 1 with i = ⌊(o + p)/s⌋ − j and
 * k = ((o + p) mod s) + j·s; along one with stride 1 they are k = 0 … K − 1 with
 * i = o + p − k·d. With both, the steps are the k, and those count where s divides
 * o + p − k·d.
 */
import { type Condition, type IndexExpr, atLeast, below, floordiv, minus, mod, plus, shift, times, zero } from "../../loop/index-expr.js";
import type { ElementType } from "../../scalar/types.js";
import { type TensorExpr, acc, constant } from "../../tensor/meaning.js";
import { choose, equal, every, position } from "./terms.js";

/** Sizes along one spatial axis. */
export interface TransposedAxis {
  /** Number of windows. */
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
}

/** The steps along one axis: their number, and window i and tap k at step `j` of output position `o`. */
export interface Meeting {
  readonly extent: number;
  readonly i: IndexExpr;
  readonly k: IndexExpr;
  readonly where: readonly Condition[];
  /** What else must hold for the step to count. */
  readonly counts: readonly TensorExpr[];
}

export function meetingOf(axis: TransposedAxis, o: IndexExpr, j: IndexExpr): Meeting {
  const { input, kernel, stride, dilation, padBegin } = axis;
  const place = shift(o, padBegin);
  if (stride > 1 && dilation > 1) return dilatedMeeting(axis, minus(place, times(j, dilation)), j);
  const extent = Math.ceil(kernel / stride);
  const i = stride === 1 ? minus(place, times(j, dilation)) : minus(floordiv(place, stride), j);
  const k = stride === 1 ? j : plus(mod(place, stride), times(j, stride));
  const reaches = kernel % stride === 0 ? [] : [below(k, kernel)];
  return { extent, i, k, where: [atLeast(i, zero), below(i, input), ...reaches], counts: [] };
}

function dilatedMeeting({ input, kernel, stride }: TransposedAxis, start: IndexExpr, k: IndexExpr): Meeting {
  return {
    extent: kernel, k, i: floordiv(start, stride),
    where: [atLeast(start, zero), below(start, input * stride)],
    counts: [equal("i64", position(mod(start, stride)), constant("i64", 0n))],
  };
}

/** The fold step `value` where all of `meetings` count, the accumulator elsewhere. */
export function counted(type: ElementType, meetings: readonly Meeting[], value: TensorExpr): TensorExpr {
  const [first, ...others] = meetings.flatMap(({ counts }) => counts);
  return first === undefined ? value : choose(type, every(first, ...others), value, acc);
}
