/**
 * What can be chosen for one nest of a small core: the shape of its register tile, how much
 * of the sum is written out, and which lane is innermost. Candidates are few and come from
 * one consideration: a step of a tile of a × b accumulators loads a + b operands for a·b
 * products, and accumulators and operands have to stay in registers together.
 */
import type { ScheduleStep } from "../schedule.js";
import { defaultSchedule } from "../schedule.js";
import type { PassOptions } from "../pass.js";
import { divisorsOf, largestDivisor } from "../passes/shared/divisors.js";
import type { Axis, FoldNest } from "./nests.js";

export interface Choice {
  /** Iterations of a tile along each lane of the nest. */
  readonly tile: readonly number[];
  /** Steps of the longest loop of the sum that are written out. */
  readonly foldTile: number;
  /** Which short loops of the sum are written out. */
  readonly taps: "none" | "last" | "all";
  /** The second lane innermost, not the first. */
  readonly swapped: boolean;
}

/** Accumulators that leave room for operands, by what a step does; of a float unit with 32 registers, a core with 13 or 31. */
const mostAccumulators = { sum: 24, integer: 8, other: 4 } as const;
const usualAccumulators = { sum: 20, integer: 4, other: 1 } as const;
/** Shapes tried for one nest. */
const mostShapes = 7;
/** Loops of the sum up to this extent are taps; longer ones are cut. */
const longestTap = 8;
/** Steps written out for one store, at most: beyond, code grows and registers do not suffice. */
const mostSteps = 640;

/** The untried choice: the best shape by the consideration above, taps written out. */
export function usualChoice(nest: FoldNest): Choice {
  const [tile = nest.lanes.map(() => 1)] = shapesOf(nest, usualAccumulators[nest.step]);
  const choice: Choice = { tile, foldTile: 1, taps: nest.step === "other" ? "none" : "all", swapped: false };
  const [longer] = foldTiles(nest).filter((foldTile) => nest.step !== "other" && foldTile > 1 && foldTile <= 4 && tapsOf(nest).length === 0).toReversed();
  return longer === undefined || !fits(nest, { ...choice, foldTile: longer }) ? choice : { ...choice, foldTile: longer };
}

/** Other shapes, all else as it is. */
export function otherShapes(nest: FoldNest, choice: Choice): readonly Choice[] {
  return shapesOf(nest, mostAccumulators[nest.step]).map((tile) => ({ ...choice, tile })).filter((it) => fits(nest, it) && !same(it, choice));
}

/** Other amounts of the sum written out, all else as it is. */
export function otherFolds(nest: FoldNest, choice: Choice): readonly Choice[] {
  const taps = tapsOf(nest).length === 0 ? ["none" as const] : tapsOf(nest).length === 1 ? ["none" as const, "all" as const] : ["none" as const, "last" as const, "all" as const];
  return taps.flatMap((tap) => foldTiles(nest).map((foldTile) => ({ ...choice, taps: tap, foldTile }))).filter((it) => fits(nest, it) && !same(it, choice));
}

/** The other lane innermost. */
export function otherOrders(_nest: FoldNest, choice: Choice): readonly Choice[] {
  return choice.tile.filter((size) => size > 1).length < 2 ? [] : [{ ...choice, swapped: !choice.swapped }];
}

export function same(a: Choice, b: Choice): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Sizes that divide the lanes, fewest loads for a product first; without lanes none. */
function shapesOf({ lanes }: FoldNest, most: number): readonly (readonly number[])[] {
  const [first, second] = lanes.map(({ extent }) => divisorsOf(extent, most));
  if (first === undefined) return [];
  const shapes = first.flatMap((a) => (second === undefined ? [[a]] : second.filter((b) => a * b <= most).map((b) => [a, b])));
  const loads = (shape: readonly number[]): number => shape.reduce((sum, size) => sum + size, shape.length === 1 ? 1 : 0) / shape.reduce((product, size) => product * size, 1);
  return shapes.toSorted((a, b) => loads(a) - loads(b)).slice(0, mostShapes);
}

/** The short loops of the sum, outermost first. */
function tapsOf({ fold }: FoldNest): readonly Axis[] {
  return fold.filter(({ extent }) => extent > 1 && extent <= longestTap);
}

/** The loop of the sum that is too long to be written out. */
function longLoop({ fold }: FoldNest): Axis | undefined {
  return fold.filter(({ extent }) => extent > longestTap).toSorted((a, b) => b.extent - a.extent)[0];
}

function foldTiles(nest: FoldNest): readonly number[] {
  const extent = longLoop(nest)?.extent ?? 1;
  return [...new Set([1, 2, 4, 8].map((limit) => largestDivisor(extent, limit)))];
}

function fits(nest: FoldNest, { tile, foldTile, taps }: Choice): boolean {
  const written = taps === "none" ? [] : taps === "last" ? tapsOf(nest).slice(-1) : tapsOf(nest);
  return [...tile, foldTile, ...written.map(({ extent }) => extent)].reduce((product, n) => product * n, 1) <= mostSteps;
}

/** The steps of the default schedule with these choices in place of its rules for tiles; no lanes are left to a vector unit. */
export function stepsOf(choices: ReadonlyMap<FoldNest, Choice>): readonly ScheduleStep[] {
  const all = [...choices];
  const rules: ReadonlyMap<string, readonly PassOptions[]> = new Map([
    ["tile-loops", all.flatMap(([nest, choice]) => tileRules(nest, choice))],
    ["reorder-loops", all.flatMap(([nest, choice]) => orderRules(nest, choice))],
    ["vectorise-loops", []],
    ["unroll-loops", all.flatMap(([nest, choice]) => unrollRules(nest, choice))],
  ]);
  return defaultSchedule().steps.map(({ pass, options }) => ({ pass, options: rules.has(pass) ? { rules: rules.get(pass) } : options }));
}

function tileRules(nest: FoldNest, { tile, foldTile }: Choice): readonly PassOptions[] {
  const long = longLoop(nest);
  const lanes = nest.lanes.flatMap(({ pattern }, k) => ((tile[k] ?? 1) > 1 ? [{ loops: [pattern], largestDivisorUpTo: tile[k] }] : []));
  return long === undefined || foldTile === 1 ? lanes : [...lanes, { loops: [long.pattern], largestDivisorUpTo: foldTile }];
}

function orderRules({ site, lanes }: FoldNest, { tile, swapped }: Choice): readonly PassOptions[] {
  const tiled = lanes.filter((_, k) => (tile[k] ?? 1) > 1).map(({ pattern }) => `${pattern}i`);
  return tiled.length === 0 ? [] : [{ nests: [`${site}_*`], inner: swapped ? tiled : tiled.toReversed() }];
}

function unrollRules(nest: FoldNest, { tile, foldTile, taps }: Choice): readonly PassOptions[] {
  const lanes = nest.lanes.flatMap(({ pattern }, k) => ((tile[k] ?? 1) > 1 ? [`${pattern}i*`] : []));
  const long = foldTile > 1 ? [`${longLoop(nest)?.pattern ?? ""}i`] : [];
  const short = taps === "none" ? [] : (taps === "last" ? tapsOf(nest).slice(-1) : tapsOf(nest)).map(({ pattern }) => pattern);
  const loops = [...lanes, ...long, ...short];
  return loops.length === 0 ? [] : [{ loops, upTo: Math.max(longestTap, ...tile) }];
}
