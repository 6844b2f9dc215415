/** What `wcet` says of a linked ELF: one screen for people, one object for programs. */
import { factsOf } from "../../ir/loop/facts.js";
import type { Program } from "../../ir/loop/program.js";
import type { Bound } from "../../wcet/analyse.js";
import type { MemoryTiming } from "../../wcet/cores/core.js";
import type { Footprint } from "../../wcet/footprint.js";
import { type LoopNest, byNode } from "../../wcet/time-tree.js";
import type { StackBound } from "../../wcet/stack/depth.js";
import { callerMemory, measuresJson } from "../evidence/measures-json.js";
import type { Measures } from "../evidence/measures.js";
import type { Alternative } from "../run/alternatives.js";
import type { ShippedComparison } from "../run/shipped.js";
import { oneLine } from "./terminal.js";
import { type Advised, type NamedLoops, adviceLines } from "./wcet-advice.js";

export interface WcetReport {
  readonly measures: Measures;
  /** The program read back from the C. */
  readonly program: Program;
  readonly memory: MemoryTiming;
  /** Of the budget, in the core's unit. */
  readonly limit: bigint | undefined;
  /** The clock, where the budget is a time. */
  readonly hertz?: number | undefined;
  /** Whether the image holds the package's own objects; undefined where it ships none, or they were linked here. */
  readonly shipped?: ShippedComparison | undefined;
  /** Where the budget is exceeded. */
  readonly alternatives?: readonly Alternative[] | undefined;
  /** Whether the schedule was searched by bound, or a search is among the alternatives. */
  readonly searched?: boolean | undefined;
}

export function screenOf({ measures: { time, footprint }, program, memory, limit, hertz, shipped, alternatives = [], searched }: WcetReport): readonly string[] {
  if (time.kind === "none") return ["no bound:", ...reasonLines(time.reasons), ...shippedLines(shipped)];
  const loops = new Map(factsOf(program).loops.map((fact) => [fact.loop, fact]));
  const budget = limit === undefined ? [] : budgetLines({ found: time, memory, loops, measured: alternatives, searched, limit }, hertz);
  return [...boundLines(time, loops, memory), ...stackLines(footprint.stack), ...memoryLines(footprint, program), ...shippedLines(shipped), ...budget];
}

/** The bound above is of the image in any case; what was measured of the package's objects holds for it only if it holds them. */
function shippedLines(shipped: ShippedComparison | undefined): readonly string[] {
  if (shipped === undefined) return [];
  const { target, optimisation, functions, constants, relaxed, differences, compilers } = shipped;
  const objects = `the package's objects (${target}, -${optimisation})`;
  if (differences.length === 0) return [`code   that of ${objects}: ${functions.length} functions and ${constants.length} constants, byte for byte but for addresses${relaxed ? ", shortened by the linker" : ""}`];
  return [
    `code   not that of ${objects}; the bound is of this image alone:`,
    ...reasonLines(differences),
    `       compiled by ${compilers.image.map(oneLine).join(" and ") || "a compiler that does not say"}; the objects by ${oneLine(compilers.package)}`,
  ];
}

function reasonLines(reasons: readonly string[]): readonly string[] {
  return [...reasons.slice(0, 10).map((reason) => `  ${oneLine(reason)}`), ...(reasons.length > 10 ? [`  and ${reasons.length - 10} more`] : [])];
}

function number(value: number | bigint): string {
  return value.toLocaleString("en");
}

/** The largest shares first. */
function boundLines(found: Bound, loops: LoopNest & NamedLoops, memory: MemoryTiming): readonly string[] {
  const { core, bound, byLoop, byClass } = found;
  const share = (cost: number): string => `${((100 * cost) / Number(bound)).toFixed(1).padStart(5)} %`;
  const rows = byLoop.slice(0, 8).map(({ of, cost }) => `  ${share(cost)}  ${of.padEnd(20)} ${oneLine(loops.get(of.split("+")[0] ?? "")?.origin.node ?? "")}`.trimEnd());
  const nodes = byNode(byLoop, loops).slice(0, 8).map(({ of, cost }) => `  ${share(cost)}  ${oneLine(of)}`);
  return [
    `at most ${number(bound)} ${core.unit}  (${core.title}${core.unit === "cycles" ? `; wait states: flash ${memory.flashWaitStates}, RAM ${memory.ramWaitStates}` : ""})`,
    `proved in exact arithmetic over ${found.blocks} blocks, ${number(found.instructions)} instructions, ${found.marks} loop marks`,
    "",
    "by ONNX node:",
    ...nodes,
    "by loop:",
    ...rows,
    `  by class: ${byClass.slice(0, 5).map(({ of, cost }) => `${of} ${share(cost).trim()}`).join(", ")}`,
    ...(found.unseen.length > 0 ? [`  loops without a mark left, not needed: ${found.unseen.slice(0, 5).join(", ")}`] : []),
    `not covered: ${core.gaps.join("; ")}`,
  ];
}

function stackLines(stack: StackBound): readonly string[] {
  if (stack.kind === "none") return ["", "no bound of the stack:", ...reasonLines(stack.reasons)];
  return ["", `stack  at most ${number(stack.bytes)} bytes: ${stack.chain.map(({ name, own }) => `${name} ${number(own)}`).join(", ")}`, "       frames of interrupts come on top"];
}

function memoryLines({ stack, map: { sections, flash, ram, network } }: Footprint, program: Program): readonly string[] {
  const { arena, inputs, outputs } = callerMemory(program);
  const inRam = network.constantsInRam > 0 ? `, of which ${number(network.constantsInRam)} lie in RAM` : "";
  return [
    `flash  the network: code ${number(network.code)} bytes, constants ${number(network.constants)}${inRam}; the image: ${number(flash)}`,
    `ram    the network: arena ${number(arena)} bytes, inputs ${number(inputs)}, outputs ${number(outputs)}${stack.kind === "none" ? "" : `, stack ${number(stack.bytes)}`}, all given by the caller; the image without stack: ${number(ram)}`,
    ...sections.map(({ name, address, size, memory }) => `       ${name.padEnd(16)} 0x${address.toString(16).padStart(8, "0")}  ${number(size).padStart(11)}  ${memory}`),
  ];
}

/** What would help a budget that is exceeded. */
function budgetLines(advised: Advised, hertz: number | undefined): readonly string[] {
  const { found: { bound, core }, limit } = advised;
  const time = hertz === undefined ? "" : `; at ${number(hertz / 1e6)} MHz the bound is ${((1000 * Number(bound)) / hertz).toFixed(3)} ms`;
  if (bound <= limit) return ["", `within the budget of ${number(limit)} ${core.unit}${time}`];
  return ["", `over the budget of ${number(limit)} ${core.unit} by ${number(bound - limit)}, ${((100 * Number(bound - limit)) / Number(bound)).toFixed(1)} % of the bound${time}`, ...adviceLines(advised)];
}

/** Undefined without a budget, or without a bound. */
export function withinBudget({ measures: { time }, limit }: Pick<WcetReport, "measures" | "limit">): boolean | undefined {
  return limit === undefined || time.kind === "none" ? undefined : time.bound <= limit;
}

export function jsonOf(report: WcetReport): unknown {
  const { measures, program, memory, limit } = report;
  return { ...measuresJson(measures, program, memory), budget: limit === undefined ? null : Number(limit), clockHz: report.hertz ?? null, within: withinBudget(report) ?? null, shipped: report.shipped ?? null, alternatives: (report.alternatives ?? []).map(({ what, bound }) => ({ what, bound: Number(bound) })) };
}
