/**
 * The search space: what may be chosen for one nest with a sum, around any schedule. A choice
 * is a register tile: the loop along which lanes run and how many, the loop that is jammed
 * beside it and how often, whether what a tile does not divide is cut off, and how many steps
 * of the sum are written out. Sketches with sizes filled in, as Ansor has them (Zheng et al.,
 * OSDI 2020); here a sketch is rules for one nest, put in front of those the schedule has.
 */
import type { PassOptions } from "../pass.js";
import { nestOf, loopsIn } from "../passes/shared/nests.js";
import { divisorsOf } from "../passes/shared/divisors.js";
import type { ScheduleStep } from "../schedule.js";
import { isRecord } from "../record.js";
import type { Machine } from "./machine.js";
import type { Task } from "./task.js";
import { registersFor } from "./work.js";

export interface Choice {
  /** The loop of the lanes by its part of the name, `o1`, and lanes in a tile. */
  readonly lane: string;
  readonly width: number;
  /** The loop jammed with it; undefined for none. */
  readonly jam?: string;
  readonly copies: number;
  /** The loop of the sum of which some steps are written out, `k0`; undefined for none. */
  readonly fold?: string;
  readonly steps: number;
}

interface Axis {
  /** `o1`, `k0`. */
  readonly role: string;
  readonly extent: number;
}

/** Loops over outputs and of the sum, of the largest nest of the task. */
interface Axes {
  readonly outer: readonly Axis[];
  readonly fold: readonly Axis[];
}

/** The first pass that choices change; a task is taken from the program before it. */
export const firstChosen = "split-remainder";
/** Loops of the sum up to this extent are taps, written out anyway. */
const longestTap = 8;
const mostCopies = 14;
/** Vectors side by side in the lane loop. */
const mostVectors = 8;
/** For each loop that lanes may run along, by the estimate. */
const keptPerLane = 14;

/** Choices worth a closer look, the most promising first; none for a nest without a sum. */
export function choicesFor({ staged: { program } }: Task, machine: Machine): readonly Choice[] {
  const axes = axesOf(program.body);
  if (axes === undefined) return [];
  const perLane = axes.outer.map((lane) => choicesAlong(lane, axes, machine).toSorted((a, b) => estimate(a, axes, machine) - estimate(b, axes, machine)).slice(0, keptPerLane));
  return perLane.flat().toSorted((a, b) => estimate(a, axes, machine) - estimate(b, axes, machine));
}

function axesOf(body: Task["staged"]["program"]["body"]): Axes | undefined {
  const nests = body.map((node) => ({ outer: nestOf(node).loops, inner: loopsIn(nestOf(node).body) })).filter(({ inner }) => inner.length > 0);
  const size = (loops: readonly { readonly extent: number }[]): number => loops.reduce((product, { extent }) => product * extent, 1);
  const [largest] = nests.toSorted((a, b) => size([...b.outer, ...b.inner]) - size([...a.outer, ...a.inner]));
  if (largest === undefined) return undefined;
  const axes = (loops: typeof largest.inner, letter: string): readonly Axis[] => loops.flatMap(({ variable, extent }) => {
    const role = new RegExp(`_(${letter}[0-9]+)`).exec(variable)?.[1];
    return role === undefined || extent === 1 ? [] : [{ role, extent }];
  });
  return { outer: axes([...largest.outer], "o"), fold: axes(largest.inner, "k") };
}

function choicesAlong(lane: Axis, { outer, fold }: Axes, machine: Machine): readonly Choice[] {
  const widths = divisorsOf(lane.extent, mostVectors * machine.lanes).filter((width) => width > 1);
  const jams = [undefined, ...outer.filter((axis) => axis !== lane)];
  const longest = longFold(fold);
  const steps = longest === undefined || fold.some(({ extent }) => extent <= longestTap) ? [1] : [1, 2, 4].filter((count) => longest.extent % count === 0);
  return widths.flatMap((width) => jams.flatMap((jam) => copiesOf(jam).flatMap((copies) => steps.map((count): Choice =>
    ({ lane: lane.role, width, ...(jam === undefined ? {} : { jam: jam.role }), copies, ...(longest === undefined || count === 1 ? {} : { fold: longest.role }), steps: count })))))
    .filter(({ width, copies }) => registersFor(width, machine.lanes) * copies < machine.registers);
}

function copiesOf(jam: Axis | undefined): readonly number[] {
  return jam === undefined ? [1] : Array.from({ length: Math.min(jam.extent, mostCopies) - 1 }, (_, k) => k + 2);
}

function longFold(fold: readonly Axis[]): Axis | undefined {
  return fold.filter(({ extent }) => extent > longestTap).toSorted((a, b) => b.extent - a.extent)[0];
}

/** Cycles of a product, roughly: sums and products, loads of both factors, the chain through an accumulator, the rest of the jam. */
function estimate({ width, copies, jam, steps }: Choice, { outer }: Axes, { lanes, perCycle, latency, issue }: Machine): number {
  const vectors = registersFor(width, lanes);
  const products = vectors * copies;
  const loads = vectors + copies;
  const step = Math.max(products / perCycle.mul, loads / perCycle.load, ((2 * products) + loads + (2 / steps)) / issue, latency.add);
  const extent = outer.find(({ role }) => role === jam)?.extent ?? 1;
  const rest = (Math.ceil(extent / copies) * copies) / extent;
  return (step / (width * copies)) * (1 + ((rest - 1) / 2));
}

/** The steps with these choices for these nests; all other nests keep their rules. */
export function stepsWith(base: readonly ScheduleStep[], chosen: ReadonlyMap<string, Choice>, sites: readonly string[]): readonly ScheduleStep[] {
  if (chosen.size === 0) return base;
  const others = sites.filter((site) => !chosen.has(site));
  const rulesFor: Readonly<Record<string, (site: string, choice: Choice) => readonly PassOptions[]>> = {
    "split-remainder": cutRules, "tile-loops": tileRules, "reorder-loops": orderRules, "unroll-loops": unrollRules,
  };
  return base.map(({ pass, options }) => {
    const own = rulesFor[pass];
    if (own === undefined) return { pass, options };
    const rules = rulesIn(options);
    const left = pass === "tile-loops" || pass === "split-remainder" ? rules.flatMap((rule) => elsewhere(rule, chosen, others)) : rules;
    return { pass, options: { ...options, rules: [...[...chosen].flatMap(([site, choice]) => own(site, choice)), ...left] } };
  });
}

function rulesIn({ rules }: PassOptions): readonly PassOptions[] {
  return Array.isArray(rules) ? rules.filter(isRecord) : [];
}

/** A rule for all nests but those chosen for: `*_o1*` is written out for each of the others. */
function elsewhere(rule: PassOptions, chosen: ReadonlyMap<string, Choice>, others: readonly string[]): readonly PassOptions[] {
  const { loops } = rule;
  const patterns: readonly unknown[] = Array.isArray(loops) ? loops : [loops];
  const left = patterns.flatMap((pattern): readonly unknown[] => {
    if (typeof pattern !== "string") return [pattern];
    if (pattern.startsWith("*_")) return others.map((site) => `${site}${pattern.slice(1)}`);
    return chosen.has(pattern.slice(0, pattern.indexOf("_"))) ? [] : [pattern];
  });
  return left.length === 0 ? [] : [{ ...rule, loops: left }];
}

function cutRules(site: string, { jam, copies }: Choice): readonly PassOptions[] {
  return jam === undefined ? [] : [{ loops: [`${site}_${jam}*`], sizeAtLeast: copies, sizeUpTo: copies }];
}

function tileRules(site: string, { lane, width, jam, copies, fold, steps }: Choice): readonly PassOptions[] {
  return [
    { loops: [`${site}_${lane}*`], largestDivisorUpTo: width },
    ...(jam === undefined ? [] : [{ loops: [`${site}_${jam}*`], largestDivisorUpTo: copies }]),
    ...(fold === undefined ? [] : [{ loops: [`${site}_${fold}*`], largestDivisorUpTo: steps }]),
  ];
}

function orderRules(site: string, { lane, jam }: Choice): readonly PassOptions[] {
  return [{ nests: [`${site}_*`], inner: [...(jam === undefined ? [] : [`${site}_${jam}*i`]), `${site}_${lane}*i`], around: true }];
}

function unrollRules(site: string, { jam, copies, fold, steps }: Choice): readonly PassOptions[] {
  const loops = [...(jam === undefined ? [] : [`${site}_${jam}*i*`]), ...(fold === undefined ? [] : [`${site}_${fold}*i`])];
  return loops.length === 0 ? [] : [{ loops, upTo: Math.max(copies, steps, longestTap) }];
}
