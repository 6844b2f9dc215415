/**
 * The search space: around the choices that a schedule for vectors was made of
 * (schedule/vector), for each nest other lanes, other sizes of tile, and how many steps of the
 * sum are written out. Sketches with sizes filled in, as Ansor has them (Zheng et al., OSDI
 * 2020): lanes × rows is the sketch, and only what registers hold is listed.
 */
import type { PassOptions } from "../pass.js";
import type { Programs } from "../optimise/evaluate.js";
import { divisorsOf } from "../passes/shared/divisors.js";
import { moveChannels } from "../passes/move-channels.js";
import { type ScheduleStep, defaultSchedule } from "../schedule.js";
import { choicesFor as vectorChoices } from "../schedule/vector/choose.js";
import type { VectorMachine } from "../schedule/vector/machine.js";
import { type Lane, type Strides, type VectorNest, contiguousAlong, usualStrides, vectorNestsOf } from "../schedule/vector/nests.js";
import { type VectorChoices, pairableSteps, stepsWith as vectorSteps } from "../schedule/vector/steps.js";
import { type LaneAxis, type TileAxis, type TileChoice, inPairs } from "../schedule/vector/tile.js";
import type { Machine } from "./machine.js";
import { registersFor } from "./work.js";

export interface Choice {
  readonly tile: TileChoice;
  /** The loop of the sum of which some steps are written out, and how many; undefined for none. */
  readonly sum?: TileAxis;
}

/** What a search varies. */
export interface Space {
  /** The steps that choices are put into. */
  readonly plain: readonly ScheduleStep[];
  /** Those of the schedule to beat. */
  readonly choices: VectorChoices;
  /** By what the names of their loops begin with. */
  readonly nests: ReadonlyMap<string, VectorNest>;
  readonly strides: Strides;
}

/** Around the schedule that `schedule --target` has for the model. */
export function spaceOf(programs: Programs, machine: VectorMachine): Space {
  const plain = pairableSteps(defaultSchedule().steps, machine);
  const choices = vectorChoices(programs.staged([]), plain, machine);
  const laid = vectorSteps(plain, { layouts: choices.layouts, tiles: [] });
  const { program } = programs.staged(laid.slice(0, laid.findIndex(({ pass }) => pass === moveChannels.name) + 1));
  return { plain, choices, nests: new Map(vectorNestsOf(program).map((nest) => [nest.site, nest])), strides: usualStrides(program) };
}

/** The first pass that tiles change; a nest is taken from the program before it. */
export const firstChosen = "split-remainder";
/** A sum of windows has its taps written out anyway. */
const mostSteps = [1, 2, 4] as const;
/** Vectors side by side in the lane loop, and rows beside each other. */
const most = { vectors: 8, rows: 14 } as const;
/** For each loop that lanes may run along, by the estimate. */
const keptPerLane = 14;

/** Choices for a nest worth a closer look, or all that registers hold, the most promising first. */
export function choicesFor(site: string, { nests, strides, choices: { tiles } }: Space, machine: Machine, wanted?: number | "all"): readonly Choice[] {
  const nest = nests.get(site);
  if (nest === undefined) return [];
  const along = nest.lanes.filter((lane) => nest.statements.some((it) => (it.step || nest.foldDepth === 0) && contiguousAlong(it, lane, strides)));
  const pairs = tiles.find((tile) => tile.site === site)?.pairs;
  const byEstimate = (a: Choice, b: Choice): number => estimate(a, nest, machine) - estimate(b, nest, machine);
  return along.flatMap((lane) => choicesAlong(lane, { nest, machine, pairs }).toSorted(byEstimate).slice(0, wanted === "all" ? Infinity : keptPerLane)).toSorted(byEstimate);
}

interface Around {
  readonly nest: VectorNest;
  readonly machine: Machine;
  /** The loop of the sum of which lanes may take two steps at once. */
  readonly pairs: string | undefined;
}

function choicesAlong(lane: Lane, { nest, machine, pairs }: Around): readonly Choice[] {
  const { site } = nest;
  if (nest.foldDepth === 0) return [{ tile: { site, fold: false, lanes: { loop: lane.pattern, size: lane.extent, pad: false }, rows: [], cut: false } }];
  const others = nest.lanes.filter((it) => it !== lane);
  const steps = nest.window ? [1] : mostSteps.filter((count) => nest.foldLength % count === 0);
  const tilesAlong = lanesOf(lane, machine).flatMap((lanes) => rowsOf(others, lanes, machine).map((rows): TileChoice => {
    const tile = { site, fold: true, lanes, rows, cut: cuts(rows, others) };
    return inPairs(tile, pairs) ?? tile;
  }));
  return tilesAlong.flatMap((tile) => steps.filter((count) => count === 1 || tile.pairs === undefined).map((count): Choice => ({ tile, ...(count === 1 ? {} : { sum: { loop: `${site}_k0*`, size: count } }) })));
}

/** Sizes that divide the extent, and vectors whose last runs over the end. */
function lanesOf({ pattern: loop, extent }: Lane, { lanes }: Machine): readonly LaneAxis[] {
  const whole = divisorsOf(extent, most.vectors * lanes).filter((size) => size > 1).map((size) => ({ loop, size, pad: false }));
  const over = [lanes / 2, lanes, 2 * lanes].filter((size) => size < 2 * extent && extent % size !== 0).map((size) => ({ loop, size, pad: true }));
  return [...whole, ...over];
}

/** One loop with its copies, and the one that takes its place at borders; none. */
function rowsOf(others: readonly Lane[], { size }: LaneAxis, { lanes, registers }: Machine): readonly (readonly TileAxis[])[] {
  const fit = Math.min(most.rows, Math.floor((registers - 1) / registersFor(size, lanes)));
  const pairs = others.flatMap((first) => Array.from({ length: Math.max(0, Math.min(fit, first.extent) - 1) }, (_, k): readonly TileAxis[] =>
    [{ loop: first.pattern, size: k + 2 }, ...others.filter((it) => it !== first).slice(-1).map(({ pattern }) => ({ loop: pattern, size: 1 }))]));
  return [others.slice(-2).toReversed().map(({ pattern }) => ({ loop: pattern, size: 1 })), ...pairs];
}

function cuts([first]: readonly TileAxis[], others: readonly Lane[]): boolean {
  const extent = others.find(({ pattern }) => pattern === first?.loop)?.extent ?? 1;
  return first !== undefined && first.size > 1 && extent % first.size !== 0;
}

/** Cycles of a product, roughly: sums and products, loads of both factors, the chain through an accumulator, what is left of the rows. */
function estimate({ tile: { lanes, rows: [row] }, sum }: Choice, nest: VectorNest, { lanes: width, perCycle, latency, issue }: Machine): number {
  const size = lanes?.size ?? 1;
  const copies = row?.size ?? 1;
  const vectors = registersFor(size, width);
  const products = vectors * copies;
  const loads = vectors + copies;
  const step = Math.max(products / perCycle.mul, loads / perCycle.load, ((2 * products) + loads + (2 / (sum?.size ?? 1))) / issue, latency.add);
  const lane = nest.lanes.find(({ pattern }) => pattern === lanes?.loop)?.extent ?? 1;
  const extent = nest.lanes.find(({ pattern }) => pattern === row?.loop)?.extent ?? 1;
  const rest = Math.ceil(extent / copies) * copies / extent;
  return step / (size * copies) * (Math.ceil(lane / size) * size / lane) * (1 + ((rest - 1) / 2));
}

/** The choice for a nest that differs in names alone. */
export function movedTo(site: string, { tile, sum }: Choice): Choice {
  const renamed = (pattern: string): string => `${site}${pattern.slice(tile.site.length)}`;
  const moved = <A extends TileAxis>(axis: A): A => ({ ...axis, loop: renamed(axis.loop) });
  return {
    tile: { ...tile, site, ...(tile.pairs === undefined ? {} : { pairs: renamed(tile.pairs) }), ...(tile.rolled === undefined ? {} : { rolled: renamed(tile.rolled) }), lanes: tile.lanes === undefined ? undefined : moved(tile.lanes), rows: tile.rows.map(moved) },
    ...(sum === undefined ? {} : { sum: moved(sum) }),
  };
}

/** The schedule with these choices in place of those that it was made of. */
export function stepsWith({ plain, choices: { layouts, tiles } }: Space, chosen: ReadonlyMap<string, Choice>): readonly ScheduleStep[] {
  const all = [...tiles.map((tile) => chosen.get(tile.site)?.tile ?? tile), ...[...chosen].flatMap(([site, { tile }]) => (tiles.some((it) => it.site === site) ? [] : [tile]))];
  const sums = [...chosen.values()].flatMap(({ sum }) => sum ?? []);
  const added: Readonly<Record<string, readonly PassOptions[]>> = {
    "tile-loops": sums.map(({ loop, size }) => ({ loops: loop, largestDivisorUpTo: size })),
    "unroll-loops": sums.map(({ loop, size }) => ({ loops: `${loop}i`, upTo: size })),
  };
  return vectorSteps(plain, { layouts, tiles: all }).map(({ pass, options }) => ({ pass, options: withRules(options, added[pass] ?? []) }));
}

function withRules(options: PassOptions, added: readonly PassOptions[]): PassOptions {
  const { rules } = options;
  const before: readonly unknown[] = Array.isArray(rules) ? rules : [];
  return added.length === 0 ? options : { ...options, rules: [...before, ...added] };
}
