/**
 * What can be chosen for one nest of a small core: the shape of its register tile, how much
 * of the sum is written out, and which lane is innermost. Candidates are few and come from
 * one consideration: a step of a tile of a × b accumulators loads a + b operands for a·b
 * products, fewer where the taps of a window read some of them again (loads.ts), and
 * accumulators and operands have to stay in registers together.
 */
import type { ScheduleStep } from "../schedule.js";
import { defaultSchedule } from "../schedule.js";
import type { PassOptions } from "../pass.js";
import { divisorsOf, largestDivisor } from "../passes/shared/divisors.js";
import { copyLetter } from "../passes/reorder-loops.js";
import { splitBorder } from "../passes/split-border.js";
import { liveWith, loadsPerProduct } from "./loads.js";
import { type Axis, type FoldNest, longestTap } from "./nests.js";
import { type Taps, mayFollow, mayWriteSteps, mostAccumulators, mostShapes, pairedLane, product, registers, sizesOf, streamsWeights, sumShapesOf, tapsOf, usualAccumulators, writtenTaps } from "./tiles.js";

export interface Choice {
  /** Iterations of a tile along each lane of the nest. */
  readonly tile: readonly number[];
  /** Steps of the longest loop of the sum that are written out. */
  readonly foldTile: number;
  /** Which short loops of the sum are written out. */
  readonly taps: Taps;
  /** The second lane innermost, not the first. */
  readonly swapped: boolean;
  /** Which loops over lanes are written out around long statements before or after the sum: a copy of an error function takes more code than a body. */
  readonly around: "all" | "pairs" | "none";
}

/**
 * What the code of a small core is meant to be. `fast`: borders are nests of their own, without tests, whatever that
 * takes. `balanced`: one nest for a convolution, tests for padding outside the register tile, or decided where it is
 * written out; as fast on average, in half the code and less. `small`: nothing is written out but a small tile.
 */
export const aims = ["fast", "balanced", "small"] as const;
export type Aim = (typeof aims)[number];

/** Around long statements. */
const copiesAround = { fast: "all", balanced: "pairs", small: "none" } as const;
/** Steps of a sum without taps that are written out, at most. */
const longestFold = { fast: 4, balanced: 2, small: 1 } as const;
/** Steps written out for one store, at most: beyond, code grows and registers do not suffice. */
const mostSteps = 640;
/** The same for a choice that nothing was tried for: gcc keeps the accumulators of some longer bodies in memory. */
const usualSteps = 200;

/** Sizes of a small tile, along the first lane and the second. */
const smallTiles = { sum: [4, 2], integer: [2, 2] } as const;
/** Accumulators of pairs of steps: beside them stand two pixels, a weight and where they come from. */
const pairAccumulators = 4;
/** Products of such a sum written out. */
const pairProducts = 144;

/** The untried choice: the best shape by the consideration above, as many taps written out as the code may hold. */
export function usualChoice(nest: FoldNest, aim: Aim = "fast"): Choice {
  const plain = (tile: readonly number[]): Choice => ({ tile, foldTile: 1, taps: "none", swapped: false, around: copiesAround[aim] });
  const { step, pairs } = nest;
  if (step === "other") return plain(nest.lanes.map(() => 1));
  if (pairs !== undefined) return { ...plain(pairShapesOf(nest)[0] ?? nest.lanes.map(() => 1)), ...pairFold(nest, aim), swapped: true };
  if (aim === "small") return plain(nest.lanes.map(({ extent }, k) => largestDivisor(extent, smallTiles[step][k] ?? 1)));
  const [tile = nest.lanes.map(() => 1)] = step === "sum" ? sumShapesOf(nest) : shapesOf(nest, usualAccumulators[step]);
  const written = (["all", "last"] as const).map((taps) => ({ ...plain(tile), taps })).find((it) => fits(nest, it, usualSteps) && mayFollow(nest, it)) ?? plain(tile);
  return { ...written, foldTile: usualFold(nest, written, aim), swapped: step === "sum" ? streamsWeights(nest, tile) : streamsFirst(nest, tile) };
}

/** Steps of a sum of pairs that are written out: all of a short one, with the taps around it where that is not much. */
function pairFold(nest: FoldNest, aim: Aim): Pick<Choice, "foldTile" | "taps"> {
  const { extent = 1, steps = 1 } = nest.pairs ?? {};
  if (aim === "small") return { foldTile: largestDivisor(extent, steps), taps: "none" };
  const most = pairProducts / product(pairShapesOf(nest)[0] ?? []);
  const written = product(tapsOf(nest).map((tap) => tap.extent));
  return { foldTile: largestDivisor(extent, Math.max(steps, most)), taps: extent <= longestTap && written <= most ? "all" : "none" };
}

/** Steps of a sum without taps: of tiles that leave registers free, in which copies of accumulators can wait. */
function usualFold(nest: FoldNest, choice: Choice, aim: Aim): number {
  const most = mayWriteSteps(nest) && product(choice.tile) <= usualAccumulators.sum ? longestFold[aim] : 1;
  return foldTiles(nest).filter((foldTile) => foldTile <= most && fits(nest, { ...choice, foldTile })).at(-1) ?? 1;
}

/** Whether all that a row of the second lane reads stays in registers, while what the first lane reads comes one by one. */
function streamsFirst(nest: FoldNest, tile: readonly number[]): boolean {
  const [, second] = nest.lanes;
  return second !== undefined && (tile[1] ?? 1) > 1 && product(tile) + liveWith(nest, second, sizesOf(nest, { tile, taps: "last" })) + 2 <= registers[nest.step];
}

/** Other shapes, all else as it is. */
export function otherShapes(nest: FoldNest, choice: Choice): readonly Choice[] {
  return (nest.pairs !== undefined ? pairShapesOf(nest) : nest.step === "sum" ? sumShapesOf(nest) : shapesOf(nest, mostAccumulators[nest.step])).map((tile) => ({ ...choice, tile })).filter((it) => fits(nest, it) && !same(it, choice));
}

/** Other amounts of the sum written out, all else as it is. */
export function otherFolds(nest: FoldNest, choice: Choice): readonly Choice[] {
  if (nest.pairs !== undefined) return pairFolds(nest, choice);
  const taps = tapsOf(nest).length === 0 ? ["none" as const] : tapsOf(nest).length === 1 ? ["none" as const, "all" as const] : ["none" as const, "last" as const, "all" as const];
  return taps.flatMap((tap) => foldTiles(nest).map((foldTile) => ({ ...choice, taps: tap, foldTile }))).filter((it) => fits(nest, it) && !same(it, choice));
}

function pairFolds({ pairs }: FoldNest, choice: Choice): readonly Choice[] {
  const sizes = [2, 4, 8, 16].map((limit) => largestDivisor(pairs?.extent ?? 1, limit)).filter((size) => size % (pairs?.steps ?? 1) === 0);
  return [...new Set(sizes)].map((foldTile) => ({ ...choice, foldTile })).filter((it) => !same(it, choice));
}

/** The other lane innermost. */
export function otherOrders(_nest: FoldNest, choice: Choice): readonly Choice[] {
  return choice.tile.filter((size) => size > 1).length < 2 ? [] : [{ ...choice, swapped: !choice.swapped }];
}

export function same(a: Choice, b: Choice): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Sizes that divide the lanes, fewest loads for a product first; without lanes none. */
function shapesOf(nest: FoldNest, most: number): readonly (readonly number[])[] {
  const [first, second] = nest.lanes.map(({ extent }) => divisorsOf(extent, most));
  if (first === undefined) return [];
  const shapes = first.flatMap((a) => (second === undefined ? [[a]] : second.filter((b) => a * b <= most).map((b) => [a, b])));
  const loads = (tile: readonly number[]): number => loadsPerProduct(nest, sizesOf(nest, { tile, taps: "last" }));
  return shapes.toSorted((a, b) => loads(a) - loads(b)).slice(0, mostShapes);
}

/** Of pairs: each operand of an accumulator is loaded once for a pair, so what counts is a + b loads for a·b; of equal ones that with more of the first lane, whose weights are one stream. */
function pairShapesOf(nest: FoldNest): readonly (readonly number[])[] {
  const [first = [1], second] = nest.lanes.map(({ extent }) => divisorsOf(extent, pairAccumulators));
  const shapes = first.flatMap((a) => (second === undefined ? [[a]] : second.filter((b) => a * b <= pairAccumulators).map((b) => [a, b])));
  const loads = (tile: readonly number[]): number => loadsPerProduct(nest, sizesOf(nest, { tile, taps: "none" }));
  return shapes.toSorted((a, b) => loads(a) - loads(b) || product(a) - product(b) || (b[0] ?? 1) - (a[0] ?? 1)).slice(0, mostShapes);
}

/** The loop of the sum that is not written out. */
function longLoop(nest: FoldNest): Axis | undefined {
  const taps = tapsOf(nest);
  return nest.pairs ?? nest.fold.filter((axis) => axis.extent > 1 && !taps.includes(axis)).toSorted((a, b) => b.extent - a.extent)[0];
}

function foldTiles(nest: FoldNest): readonly number[] {
  const extent = longLoop(nest)?.extent ?? 1;
  return [...new Set([1, 2, 4, 8].map((limit) => largestDivisor(extent, limit)))];
}

function fits(nest: FoldNest, { tile, foldTile, taps }: Choice, most: number = mostSteps): boolean {
  return product([...tile, foldTile, ...writtenTaps(nest, taps).map(({ extent }) => extent)]) <= most;
}

/** The steps of the default schedule up to which nests are chosen for; where code counts, no nest becomes several. */
export function stepsFor(aim: Aim): readonly ScheduleStep[] {
  const { steps } = defaultSchedule();
  return aim === "fast" ? steps : steps.map((step) => (step.pass === splitBorder.name ? { ...step, options: { nests: 1 } } : step));
}

/** These steps with the choices in place of their rules for tiles; no lanes are left to a vector unit. */
export function stepsOf(choices: ReadonlyMap<FoldNest, Choice>, base: readonly ScheduleStep[] = defaultSchedule().steps): readonly ScheduleStep[] {
  const all = [...choices];
  const rules: ReadonlyMap<string, readonly PassOptions[]> = new Map([
    ["tile-loops", all.flatMap(([nest, choice]) => tileRules(nest, choice))],
    ["reorder-loops", all.flatMap(([nest, choice]) => orderRules(nest, choice))],
    ["vectorise-loops", []],
    ["unroll-loops", all.flatMap(([nest, choice]) => unrollRules(nest, choice))],
  ]);
  const pairs = all.flatMap(([nest, choice]) => [
    ...(isPaired(nest, choice) ? [{ loops: [`${nest.pairs?.pattern ?? ""}i`], largestDivisorUpTo: nest.pairs?.steps }] : []),
    ...(cutsPairs(nest, choice.tile) ? [{ loops: [`${nest.lanes[0]?.pattern ?? ""}i`], largestDivisorUpTo: 2 }] : []),
  ]);
  return base.flatMap(({ pass, options }) => {
    const step = { pass, options: rules.has(pass) ? { rules: rules.get(pass) } : options };
    return pass === "tile-loops" && pairs.length > 0 ? [step, { pass, options: { rules: pairs } }] : [step];
  });
}

function tileRules(nest: FoldNest, { tile, foldTile }: Choice): readonly PassOptions[] {
  const long = longLoop(nest);
  const lanes = nest.lanes.flatMap(({ pattern }, k) => ((tile[k] ?? 1) > 1 ? [{ loops: [pattern], largestDivisorUpTo: tile[k] }] : []));
  return long === undefined || foldTile === 1 ? lanes : [...lanes, { loops: [long.pattern], largestDivisorUpTo: foldTile }];
}

/** Whether several steps are taken at a time. */
function isPaired({ pairs }: FoldNest, { foldTile }: Choice): boolean {
  return pairs !== undefined && largestDivisor(foldTile, pairs.steps) > 1;
}

/** A tile of two is a loop over pairs as it is. */
function cutsPairs(nest: FoldNest, tile: readonly number[]): boolean {
  return pairedLane(nest, tile) !== undefined && tile[0] !== 2;
}

function orderRules(nest: FoldNest, choice: Choice): readonly PassOptions[] {
  const { site, lanes, pairs } = nest;
  const { tile, swapped } = choice;
  const steps = isPaired(nest, choice) ? { steps: [`${pairs?.pattern ?? ""}ii`] } : {};
  const tiled = lanes.map(({ pattern }, k) => ((tile[k] ?? 1) <= 1 ? [] : k === 0 && cutsPairs(nest, tile) ? [`${pattern}it`, `${pattern}i`] : [`${pattern}i`]));
  const inner = (swapped ? tiled : tiled.toReversed()).flat();
  return inner.length === 0 && !isPaired(nest, choice) ? [] : [{ nests: [`${site}_*`], inner, ...steps }];
}

/** Patterns of the loops over a lane that are written out: around every statement, or around each that is short. */
function lanesAround(nest: FoldNest, { tile, around }: Choice, pattern: string): readonly string[] {
  if (around === "all" || nest.long.length === 0) return [`${pattern}i*`];
  const pairs = around === "pairs" && cutsPairs(nest, tile) && pattern === nest.lanes[0]?.pattern ? nest.long.map((place) => `${pattern}ii${copyLetter(place)}`) : [];
  return [...nest.short.map((place) => `${pattern}i*${copyLetter(place)}`), ...pairs];
}

function unrollRules(nest: FoldNest, choice: Choice): readonly PassOptions[] {
  const { tile, foldTile, taps } = choice;
  const lanes = nest.lanes.flatMap(({ pattern }, k) => ((tile[k] ?? 1) > 1 ? lanesAround(nest, choice, pattern) : []));
  const long = foldTile > 1 ? [`${longLoop(nest)?.pattern ?? ""}i${isPaired(nest, choice) ? "*" : ""}`] : [];
  const short = writtenTaps(nest, taps).map(({ pattern }) => pattern);
  const loops = [...lanes, ...long, ...short];
  return loops.length === 0 ? [] : [{ loops, upTo: Math.max(longestTap, ...tile) }];
}
