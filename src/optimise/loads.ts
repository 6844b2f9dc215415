/**
 * What a register tile loads: how many different elements the steps that are written out read.
 * An element that two lanes or two taps read is loaded once; a row of b pixels under a window of
 * K taps, one apart, reads b + K - 1 of them.
 */
import type { FoldNest, Axis, Read } from "./nests.js";

/** Iterations that are written out, by the pattern of their axis; others have one. */
export type Sizes = ReadonlyMap<string, number>;

/** What a load of two registers takes of the time of two loads: on a Cortex-M4 three cycles of four (its Technical Reference Manual, table 7-1). */
const pairCost = 0.75;

/** Loads of a tile by its products: of weights along `paired`, an even number of iterations of a lane, two at once, which cost less. */
export function loadsPerProduct({ reads, weights }: FoldNest, sizes: Sizes, paired?: Axis): number {
  const products = [...sizes.values()].reduce((all, size) => all * size, 1);
  const costOf = (read: Read): number => (paired !== undefined && weights.includes(read) && dependsOn(read, paired) ? pairCost : 1);
  return reads.reduce((sum, read) => sum + elementsOf(read, sizes) * costOf(read), 0) / products;
}

/**
 * Registers that a tile needs besides its accumulators with this lane innermost: all that this lane reads for iterations
 * of others, and what later taps read again; of what else is read, what one load brings.
 */
export function registersBeside({ reads, weights, lanes, fold }: FoldNest, sizes: Sizes, innermost: Axis, paired?: Axis): number {
  const within = (axes: readonly Axis[]): Sizes => new Map([...sizes].filter(([pattern]) => axes.some((axis) => axis.pattern === pattern)));
  const taps = pointsOf(within(fold));
  return reads.reduce((sum, read) => {
    if (elementsOf(read, sizes) < elementsOf(read, within(lanes)) * taps.length) return sum + mostAlive(read, pointsOf(within(lanes.filter((lane) => dependsOn(read, lane)))), taps);
    const repeated = lanes.some((lane) => (sizes.get(lane.pattern) ?? 1) > 1 && !dependsOn(read, lane));
    if (repeated && dependsOn(read, innermost)) return sum + elementsOf(read, within([innermost]));
    return sum + (paired !== undefined && weights.includes(read) && dependsOn(read, paired) ? 2 : 1);
  }, 0);
}

/** Whether taps read again at least half of what they read of anything: a window that moves by less than its width. */
export function sharesTaps({ reads }: FoldNest, sizes: Sizes): boolean {
  return reads.some((read) => {
    const own = new Map([...sizes].filter(([pattern]) => read.some((dimension) => dimension.has(pattern))));
    return elementsOf(read, own) <= [...own.values()].reduce((all, size) => all * size, 1) / 2;
  });
}

type Point = ReadonlyMap<string, number>;

/** All points of a box, the last axis fastest. */
function pointsOf(sizes: Sizes): readonly Point[] {
  return [...sizes].reduce<readonly Point[]>((all, [pattern, size]) => all.flatMap((point) => Array.from({ length: size }, (_, k) => new Map([...point, [pattern, k]]))), [new Map()]);
}

/** Of the elements that the lanes read in turn, tap after tap, the most that are there and still read at one time. */
function mostAlive(read: Read, lanes: readonly Point[], taps: readonly Point[]): number {
  const order = taps.flatMap((tap) => lanes.map((lane) => elementAt(read, lane, tap)));
  const last = new Map(order.map((element, time) => [element, time]));
  const alive = new Set<string>();
  let most = 0;
  order.forEach((element, time) => {
    most = Math.max(most, alive.add(element).size);
    if (last.get(element) === time) alive.delete(element);
  });
  return most;
}

function elementAt(read: Read, lane: Point, tap: Point): string {
  return read.map((dimension) => [...dimension].reduce((sum, [pattern, coefficient]) => sum + coefficient * (lane.get(pattern) ?? tap.get(pattern) ?? 0), 0)).join();
}

function dependsOn(read: Read, { pattern }: Axis): boolean {
  return read.some((dimension) => dimension.has(pattern));
}

/** Elements that depend on a lane and are in use at once where it is the innermost. */
export function liveWith({ reads, fold }: FoldNest, lane: Axis, sizes: Sizes): number {
  const taps = new Set(fold.map(({ pattern }) => pattern));
  const own = new Map([...sizes].filter(([pattern]) => pattern === lane.pattern || taps.has(pattern)));
  return reads.filter((read) => dependsOn(read, lane)).reduce((sum, read) => sum + elementsOf(read, own), 0);
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
