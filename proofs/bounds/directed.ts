/**
 * Sums and products of f64 rounded away on purpose. An operation of IEEE f64 is off by
 * at most 2^-53 of its result and 2^-1075; taking 2^-51 of the magnitudes involved and
 * 2^-1000 covers a product, a sum and the rounding of this correction itself.
 */
import { approximate, around } from "./fixed.js";
import { type Value, errorOf } from "./value.js";

export const slack: number = 2 ** -51;
export const tiny: number = 2 ** -1000;

const ranges = new WeakMap<Value, readonly [low: number, high: number]>();

/** Where the float and the exact value of `cell` lie. Values are immutable, so each is converted once. */
export function doubleRange(cell: Value): readonly [low: number, high: number] {
  const known = ranges.get(cell);
  if (known !== undefined) return known;
  const error = errorOf(cell);
  const range = [doubleBelow(cell.low - error), -doubleBelow(-(cell.high + error))] as const;
  ranges.set(cell, range);
  return range;
}

/** A double at most n, n itself where it is one. */
export function doubleBelow(n: bigint): number {
  const near = approximate(n);
  const [below, above] = around(near);
  return below === n && above === n ? near : near - Math.abs(near) * slack - tiny;
}

/** A double at least a·b + sum, for numbers that are not negative. */
export function addedUp(sum: number, a: number, b: number): number {
  const product = a * b;
  const total = sum + product;
  return total + (product + total) * slack + tiny;
}
