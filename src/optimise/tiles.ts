/**
 * Register tiles of one nest: which loops of the sum are taps, what a tile has written out, and
 * for sums of floats, which shapes fit the registers and what each costs for a product.
 */
import { divisorsOf } from "../passes/shared/divisors.js";
import { type Sizes, loadsPerProduct, registersBeside, sharesTaps } from "./loads.js";
import { type Axis, type FoldNest, longestTap } from "./nests.js";

/** Which short loops of the sum are written out. */
export type Taps = "none" | "last" | "all";

interface Written {
  readonly tile: readonly number[];
  readonly taps: Taps;
}

/** Accumulators that leave room for operands, by what a step does; of a float unit with 32 registers, a core with 13 or 31. */
export const mostAccumulators = { sum: 24, integer: 8, other: 4 } as const;
export const usualAccumulators = { sum: 20, integer: 4 } as const;
/** Registers of the float units of these cores, and those of Arm's cores that hold numbers. */
export const registers = { sum: 32, integer: 13, other: 13 } as const;
/** Of products that wait to be added, where that is another instruction. */
const waitingProducts = 2;
/** Instructions around one entry of a body: counter, addresses, branch. */
const bodyEntry = 4;
/** Shapes tried for one nest. */
export const mostShapes = 7;

/**
 * Of sums of floats: those that fit the registers, cheapest for a product first. What counts is loads and, for
 * each time the body is entered, its counter and addresses; of equal ones that with more of the first lane.
 */
export function sumShapesOf(nest: FoldNest): readonly (readonly number[])[] {
  const [first, second] = nest.lanes.map(({ extent }) => divisorsOf(extent, registers.sum));
  if (first === undefined) return [];
  const shapes = first.flatMap((a) => (second === undefined ? [[a]] : second.map((b) => [a, b]))).filter((tile) => product(tile) <= (second === undefined ? usualAccumulators.sum : mostAccumulators.sum));
  const cost = (tile: readonly number[]): number => {
    const sizes = sizesOf(nest, { tile, taps: "last" });
    const steps = mayWriteSteps(nest) && product(tile) <= usualAccumulators.sum ? 2 : 1;
    return loadsPerProduct(nest, sizes, pairedLane(nest, tile)) + bodyEntry / (steps * product([...sizes.values()]));
  };
  const found: (readonly number[])[] = [];
  for (const [tile] of shapes.map((tile) => [tile, cost(tile)] as const).toSorted(([[a = 1], x], [[b = 1], y]) => x - y || b - a)) {
    if (found.length < mostShapes && fitsRegisters(nest, tile)) found.push(tile);
  }
  return found;
}

function fitsRegisters(nest: FoldNest, tile: readonly number[]): boolean {
  const [first, second = first] = nest.lanes;
  const innermost = streamsWeights(nest, tile) ? second : first;
  return innermost === undefined || product(tile) + besideTile(nest, tile, innermost) + (nest.fused ? 0 : waitingProducts) <= registers.sum;
}

function besideTile(nest: FoldNest, tile: readonly number[], innermost: Axis): number {
  return registersBeside(nest, sizesOf(nest, { tile, taps: "last" }), innermost, pairedLane(nest, tile));
}

/** Whether the second lane innermost takes fewer registers: all it reads stays there, while weights come one by one. */
export function streamsWeights(nest: FoldNest, tile: readonly number[]): boolean {
  const [first, second] = nest.lanes;
  return first !== undefined && second !== undefined && tapsOf(nest).length === 0 && (tile[1] ?? 1) > 1 && besideTile(nest, tile, second) < besideTile(nest, tile, first);
}

/** The lane along which weights are read two at a time (backends/c/pair.ts), by a loop of its own. */
export function pairedLane({ step, lanes, weights }: FoldNest, [size = 1]: readonly number[]): Axis | undefined {
  const [lane] = lanes;
  const inWeights = lane !== undefined && weights.some((read) => read.some((dimension) => dimension.has(lane.pattern)));
  return step === "sum" && size % 2 === 0 && inWeights ? lane : undefined;
}

/** Whether rows of taps follow each other in one body: not of floats under a stride, where gcc moves too many loads forward. */
export function mayFollow(nest: FoldNest, choice: Written): boolean {
  return nest.step !== "sum" || choice.taps !== "all" || tapsOf(nest).length < 2 || sharesTaps(nest, sizesOf(nest, { tile: choice.tile, taps: "last" }));
}

/** Of pointwise convolutions and of vectors by matrices; rows of a matrix lie too far apart for one address. */
export function mayWriteSteps(nest: FoldNest): boolean {
  return nest.step === "sum" && tapsOf(nest).length === 0 && (nest.fold.length > 1 || nest.lanes.length < 2);
}

/** Iterations that are written out, by axis. */
export function sizesOf(nest: FoldNest, { tile, taps }: Written): Sizes {
  return new Map([...nest.lanes.map(({ pattern }, k) => [pattern, tile[k] ?? 1] as const), ...writtenTaps(nest, taps).map(({ pattern, extent }) => [pattern, extent] as const)]);
}

/** The short loops of the sum, outermost first; of a window, whose steps read again what others read, not that over channels. */
export function tapsOf({ fold, step }: FoldNest): readonly Axis[] {
  return (step === "sum" && fold.length > 1 ? fold.slice(1) : fold).filter(({ extent }) => extent > 1 && extent <= longestTap);
}

/** Those that are written out. */
export function writtenTaps(nest: FoldNest, taps: Taps): readonly Axis[] {
  return taps === "none" ? [] : taps === "last" ? tapsOf(nest).slice(-1) : tapsOf(nest);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

