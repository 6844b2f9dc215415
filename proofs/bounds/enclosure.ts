/** Numbers that are known to lie in an interval, and the floats next to them. */
import { approximate, around, larger, magnitude, smaller, timesDown, timesUp } from "./fixed.js";

export interface Interval {
  readonly low: bigint;
  readonly high: bigint;
}

/** The interval around a double, of no width where it is on the grid, as every f32 is. */
export function intervalOf(x: number): Interval {
  const [low, high] = around(x);
  return { low, high };
}

export function plusInterval(a: Interval, b: Interval): Interval {
  return { low: a.low + b.low, high: a.high + b.high };
}

export function minusInterval(a: Interval, b: Interval): Interval {
  return { low: a.low - b.high, high: a.high - b.low };
}

export function timesInterval(a: Interval, b: Interval): Interval {
  const ends = [[a.low, b.low], [a.low, b.high], [a.high, b.low], [a.high, b.high]] as const;
  return { low: ends.map(([x, y]) => timesDown(x, y)).reduce(smaller), high: ends.map(([x, y]) => timesUp(x, y)).reduce(larger) };
}

/** An f32 next to the interval. How near it is, is checked afterwards. */
export function nearest({ low, high }: Interval): number {
  return Math.fround(approximate((low + high) / 2n));
}

/** How far a point of the interval can be from x. */
export function distance({ low, high }: Interval, x: number): bigint {
  const [below, above] = around(x);
  return larger(magnitude(above - low), magnitude(high - below));
}

/** 0.51 of the distance between x and the next f32 further from 0, and at least of the least f32. */
export function nearlyHalfUlp(x: number): bigint {
  const exponent = x === 0 ? -149 : Math.max(-149, Math.floor(Math.log2(Math.abs(x))) - 23); // one too small just below a power of two: stricter
  return (around(2 ** exponent)[1] * 51n) / 100n;
}
