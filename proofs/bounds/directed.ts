/**
 * Sums and products of f64 rounded away on purpose. An operation of IEEE f64 is off by
 * at most 2^-53 of its result and 2^-1075; taking 2^-51 of the magnitudes involved and
 * 2^-1000 covers a product, a sum and the rounding of this correction itself.
 */
import { approximate, around } from "./fixed.js";
import { type Value, errorOf } from "./value.js";

export const slack: number = 2 ** -51;
export const tiny: number = 2 ** -1000;

/** Low and high ends, in turn, of where the floats and exact values of `cells` lie. */
export function doubleRanges(cells: readonly Value[]): Float64Array {
  const ends = new Float64Array(2 * cells.length);
  cells.forEach((cell, k) => {
    const error = errorOf(cell);
    ends[2 * k] = doubleBelow(cell.low - error);
    ends[2 * k + 1] = -doubleBelow(-(cell.high + error));
  });
  return ends;
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
