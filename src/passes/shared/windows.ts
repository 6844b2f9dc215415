/**
 * What one iteration of a tile loop reads of a tensor: along one dimension the elements
 * from stride · t + low, as many as the window has, whatever the other loops do.
 */
import { affineIn, mentions } from "../../../ir/loop/affine.js";
import { type IndexExpr, minus, shift, times, variable } from "../../../ir/loop/index-expr.js";
import { type ExtentOf, rangeOf } from "../../../ir/loop/interval.js";

export interface Window {
  readonly dimension: number;
  readonly stride: number;
  readonly low: number;
  readonly size: number;
}

/** An access as seen inside the tile loop, with the extents of the loops around it. */
export interface TileAccess {
  readonly index: readonly IndexExpr[];
  readonly extentOf: ExtentOf;
}

/** The window of the accesses, if exactly one dimension follows the loop, with one stride for all. */
export function windowOf(accesses: readonly TileAccess[], tile: string): Window | undefined {
  const [first] = accesses;
  if (first === undefined) return undefined;
  const dimension = first.index.findIndex((e) => mentions(e, tile));
  const stride = affineIn(first.index[dimension] ?? shift(variable(tile), 0), tile)?.factor ?? 0;
  if (dimension < 0 || stride <= 0) return undefined;
  let [low, high] = [Infinity, -Infinity];
  for (const { index, extentOf } of accesses) {
    const inside = index.map((e, d) => (d === dimension ? minus(e, times(variable(tile), stride)) : e));
    if (inside.some((e) => mentions(e, tile))) return undefined;
    const range = rangeOf(inside[dimension] ?? variable(tile), extentOf);
    [low, high] = [Math.min(low, range.low), Math.max(high, range.high)];
  }
  return Number.isSafeInteger(low) && Number.isSafeInteger(high) ? { dimension, stride, low, size: high - low + 1 } : undefined;
}

/** The first element of the window in iteration `tile`. */
export function baseOf({ stride, low }: Window, tile: string): IndexExpr {
  return shift(times(variable(tile), stride), low);
}
