/**
 * What a person can do about a bound that is too large: the loops that dominate it, what
 * one iteration costs and on what, and remedies with their effect: measured by another
 * analysis where that is cheap, computed from the counts of the worst path otherwise.
 */
import type { LoopFact } from "../../ir/loop/facts.js";
import type { Bound } from "../../wcet/analyse.js";
import type { InstructionClass } from "../../wcet/cfg/instruction.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import type { ClassShare, LoopShare } from "../../wcet/shares.js";
import type { Alternative } from "../run/alternatives.js";
import { oneLine } from "./terminal.js";

export type NamedLoops = ReadonlyMap<string, Pick<LoopFact, "total" | "origin">>;

export interface Advised {
  readonly found: Bound;
  readonly memory: MemoryTiming;
  readonly loops: NamedLoops;
  readonly measured: readonly Alternative[];
  /** Whether a search by bound made the schedule, or is among the measured. */
  readonly searched?: boolean | undefined;
  readonly limit: bigint;
}

export function adviceLines({ found, memory, loops, measured, searched = false, limit }: Advised): readonly string[] {
  const top = found.byLoop.slice(0, 3);
  return [
    "most is spent in:",
    ...top.flatMap((it) => loopLines(it, found, loops)),
    "what would help:",
    ...measured.toSorted((a, b) => Number(a.bound - b.bound)).map(({ what, bound }) => `  ${what}: ${number(bound)}, ${effect(bound, found.bound)}${bound <= limit ? ", within the budget" : ""}  (measured)`),
    ...remedies(top, found, memory, searched).map((line) => `  ${line}`),
  ];
}

function number(value: number | bigint): string {
  return value.toLocaleString("en");
}

function percent(part: number, bound: bigint): string {
  return `${((100 * part) / Number(bound)).toFixed(1)} %`;
}

function effect(bound: bigint, before: bigint): string {
  const change = (100 * (Number(bound) - Number(before))) / Number(before);
  return `${change > 0 ? "+" : ""}${change.toFixed(1)} %`;
}

function loopLines({ of, cost, byClass }: LoopShare, { bound, core }: Bound, loops: NamedLoops): readonly string[] {
  const fact = loops.get(of.split("+")[0] ?? "");
  const each = fact === undefined || fact.total === 0 ? "" : `${(cost / fact.total).toFixed(1)} ${core.unit} an iteration, ${number(fact.total)} iterations; `;
  const classes = byClass.slice(0, 4).map((it) => `${it.of} ${((100 * it.cost) / Math.max(1, cost)).toFixed(0)} %`).join(", ");
  return [`  ${percent(cost, bound).padStart(7)}  ${of}  ${oneLine(fact?.origin.node ?? "")}`.trimEnd(), `           ${each}${classes}`];
}

const loads: ReadonlySet<InstructionClass> = new Set(["load", "load-multiple", "fp-load", "fp-load-multiple"]);
const stores: ReadonlySet<InstructionClass> = new Set(["store", "store-multiple", "fp-store", "fp-store-multiple"]);
const counting: ReadonlySet<InstructionClass> = new Set(["branch"]);
const divisions: ReadonlySet<InstructionClass> = new Set(["div", "fp-div", "fp-sqrt"]);

/** Below this share of the bound a remedy is not worth naming. */
const noticeable = 0.03;

/** The largest effect first. */
function remedies(top: readonly LoopShare[], { bound, core }: Bound, memory: MemoryTiming, searched: boolean): readonly string[] {
  const classes = top.filter(({ of }) => !of.startsWith("function ")).flatMap(({ byClass }) => byClass);
  const costOf = (kinds: ReadonlySet<InstructionClass>): number => classes.filter(({ of }) => kinds.has(of)).reduce((sum, { cost }) => sum + cost, 0);
  const called = top.filter(({ of }) => of.startsWith("function "));
  const rows: readonly (readonly [number, string])[] = [
    [costOf(loads), "loads: a larger register tile in the schedule (tile-loops) loads each value for more results"],
    [costOf(stores), "stores: a sum kept in a local (contract-buffers, reorder-loops) is stored once"],
    [costOf(counting), "jumps of these loops: unroll-loops by n leaves one in n"],
    [costOf(divisions), "divisions and roots: they take as long on every pass; a model that multiplies by the inverse needs none"],
    [savedByFusing(classes, core, memory), "at most, if products and sums become one instruction: build with --muladd fused, which rounds once"],
    [called.reduce((sum, { cost }) => sum + cost, 0), `functions outside of loops (${called.map(({ of }) => of.replace("function ", "")).join(", ")}): an activation that is cheaper to compute, such as Relu`],
  ];
  const scheduled = rows.slice(0, 3).some(([part]) => part >= noticeable * Number(bound));
  const search = scheduled && !searched ? ["build --minimise wcet searches the schedule of tiles, orders and unrolling by this bound"] : [];
  const worth = rows.filter(([part]) => part >= noticeable * Number(bound)).toSorted(([a], [b]) => b - a);
  return [...worth.map(([part, what]) => `${percent(part, bound)}, ${number(Math.round(part))} ${core.unit}: ${what}`), ...search];
}

/** From the mean costs on this core, and its cost of a fused one; 0 where a fused instruction costs as much as both, or there are none to fuse. */
function savedByFusing(classes: readonly ClassShare[], core: Core, memory: MemoryTiming): number {
  const all = (kind: InstructionClass): { readonly cost: number; readonly times: number } =>
    classes.filter(({ of }) => of === kind).reduce((sum, { cost, times }) => ({ cost: sum.cost + cost, times: sum.times + times }), { cost: 0, times: 0 });
  const [products, sums] = [all("fp-mul"), all("fp-alu")];
  const pairs = Math.min(products.times, sums.times);
  const fused = core.costOf({ address: 0, size: 4, flow: { kind: "next" }, class: "fp-mac" }, memory);
  return pairs === 0 ? 0 : Math.max(0, pairs * (products.cost / products.times + sums.cost / sums.times - fused));
}
