/**
 * What a register tile loads: how many different elements the steps that are written out read.
 * An element that two lanes or two taps read is loaded once; a row of b pixels under a window of
 * K taps, one apart, reads b + K - 1 of them.
 */
import type { FoldNest, Axis, Read } from "./nests.js";

/** Iterations that are written out, by the pattern of their axis; others have one. */
export type Sizes = ReadonlyMap<string, number>;

/** Loads of a tile by its products. */
export function loadsPerProduct({ reads }: FoldNest, sizes: Sizes): number {
  const products = [...sizes.values()].reduce((all, size) => all * size, 1);
  return reads.reduce((sum, read) => sum + elementsOf(read, sizes), 0) / products;
}

/** Elements that depend on a lane and are in use at once where it is the innermost. */
export function liveWith({ reads, fold }: FoldNest, lane: Axis, sizes: Sizes): number {
  const taps = new Set(fold.map(({ pattern }) => pattern));
  const own = new Map([...sizes].filter(([pattern]) => pattern === lane.pattern || taps.has(pattern)));
  return reads.filter((read) => read.some((dimension) => dimension.has(lane.pattern))).reduce((sum, read) => sum + elementsOf(read, own), 0);
}

/** The box around what is read, or the number of its readers if that is less. */
function elementsOf(read: Read, sizes: Sizes): number {
  return read.reduce((all, dimension) => all * distinct(dimension, sizes), 1);
}

function distinct(dimension: ReadonlyMap<string, number>, sizes: Sizes): number {
  let readers = 1;
  let span = 1;
  for (const [pattern, coefficient] of dimension) {
    const size = sizes.get(pattern) ?? 1;
    readers *= size;
    span += Math.abs(coefficient) * (size - 1);
  }
  return Math.min(readers, span);
}
