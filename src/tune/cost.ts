/**
 * The cost model: cycles of a program on a processor, from its text alone. Per block the
 * resource that is asked most decides: pipes for sums and products, loads, stores, instructions
 * issued, or the chain of sums through one accumulator; registers that do not suffice are paid
 * with loads and stores. Loops pay for their ends, nests for what caches do not hold (roofline:
 * the larger of the two). The same machinery as in Mullapudi et al. (SIGGRAPH 2016) and in
 * Fog's manuals, per text, not learned; docs/tuning.md shows how well it ranks.
 */
import { factsOf } from "../../ir/loop/facts.js";
import type { Program } from "../../ir/loop/program.js";
import { type StoreContext, buffersByName, loadsOf, storesOf } from "../../ir/loop/visit.js";
import { mentions } from "../../ir/loop/affine.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { siteOf } from "../optimise/nests.js";
import type { Machine } from "./machine.js";
import { trafficCycles } from "./traffic.js";
import { type NestContext, accumulates, isSerial, jammedLoops, lanesOf, operationsOf, registersFor, transfersOf, vectorLoop } from "./work.js";

export interface Cost {
  readonly cycles: number;
  /** Of the nests, by what the names of their loops begin with. */
  readonly bySite: ReadonlyMap<string, number>;
}

/** Throws a Refusal `count-too-large` as flow facts do. Takes milliseconds for a nest. */
export function costOf(program: Program, machine: Machine): Cost {
  const { statements, loops } = factsOf(program);
  const executions = new Map(statements.map(({ statement, executions: count }) => [statement, count]));
  const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
  const buffers = buffersByName(program);
  const bySite = new Map<string, number>();
  for (const stores of grouped(storesOf(program), ({ topLevel }) => String(topLevel)).values()) {
    const nest: NestContext = { stores, buffers, executions, totals, machine };
    const site = siteOf(stores[0]?.loops[0]?.variable ?? "") ?? "";
    bySite.set(site, (bySite.get(site) ?? 0) + Math.max(computeCycles(nest), trafficCycles(nest, residentBytes(program))));
  }
  return { cycles: [...bySite.values()].reduce((sum, cycles) => sum + cycles, 0), bySite };
}

export function microseconds(cycles: number, { hertz }: Machine): number {
  return (cycles / hertz) * 1e6;
}

/** All that a run touches: where caches do not hold it, each run brings it again. */
function residentBytes({ buffers }: Program): number {
  return buffers.filter(({ kind }) => kind !== "local").reduce((sum, { type, shape }) => sum + bytesOf[type] * elementCount(shape), 0);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function computeCycles(nest: NestContext): number {
  const { stores, totals, machine } = nest;
  const blocks = grouped(stores, ({ loops }) => loops.filter(isSerial).map(({ variable }) => variable).join(" "));
  const ends = new Set(stores.flatMap(({ loops }) => loops.filter(isSerial)));
  const ending = [...ends].reduce((sum, { variable, extent }) => sum + ((totals.get(variable) ?? 0) / extent) * machine.loopEnd, 0);
  return ending + [...blocks.values()].reduce((sum, block) => sum + blockCycles(block, nest), 0);
}

interface Demand {
  add: number;
  mul: number;
  fma: number;
  slow: number;
  load: number;
  store: number;
  /** Loads that are operands of another instruction. */
  folded: number;
  /** Cycles that one accumulator takes. */
  chain: number;
}

/** All runs of a block. */
function blockCycles(block: readonly StoreContext[], nest: NestContext): number {
  const { machine: { perCycle, issue, slow, memoryOperands }, totals } = nest;
  const innermost = block[0]?.loops.findLast(isSerial);
  const runs = innermost === undefined ? 1 : totals.get(innermost.variable) ?? 1;
  const demand = demandOf(block, runs, nest);
  const instructions = demand.add + demand.mul + demand.fma + demand.slow + demand.load + demand.store - (memoryOperands ? demand.folded : 0) + (innermost === undefined ? 0 : 2);
  return runs * Math.max(
    demand.add / perCycle.add + demand.fma / perCycle.fma, demand.mul / perCycle.mul + demand.fma / perCycle.fma, demand.slow * slow,
    demand.load / perCycle.load, demand.store / perCycle.store, instructions / issue, demand.chain,
  );
}

/** Per run of the block. */
function demandOf(block: readonly StoreContext[], runs: number, nest: NestContext): Demand {
  const { machine, buffers, executions } = nest;
  const demand: Demand = { add: 0, mul: 0, fma: 0, slow: 0, load: 0, store: 0, folded: 0, chain: 0 };
  const spilled = spilledShare(block, nest);
  const seen = new Set<string>();
  for (const context of block) {
    const width = vectorLoop(context)?.extent ?? 1;
    const lanes = lanesFor(context, machine);
    const times = ((executions.get(context.store.name) ?? 0) / runs / width) * registersFor(width, lanes);
    const operations = operationsOf(context.store.value);
    demand.add += times * operations.add;
    demand.mul += times * operations.mul;
    demand.fma += times * operations.fma;
    demand.slow += times * operations.slow;
    for (const load of loadsOf(context.store.value)) {
      const buffer = buffers.get(load.buffer);
      const key = `${load.buffer}[${load.index.map(({ text }) => text).join()}]`;
      if (buffer === undefined || seen.has(key)) continue;
      seen.add(key);
      const transfers = Math.min(transfersOf(load, buffer, context, lanes), times);
      demand.load += transfers * (buffer.kind === "local" ? spilled : 1);
      if (buffer.kind !== "local" && times <= transfers) demand.folded += transfers;
    }
    const target = buffers.get(context.store.buffer);
    if (target !== undefined) demand.store += transfersOf(context.store, target, context, lanes) * (target.kind === "local" ? spilled : 1);
    demand.chain = Math.max(demand.chain, chainOf(context, runs, nest, spilled));
  }
  return demand;
}

/** Without a vector loop an element takes a register. */
function lanesFor(context: StoreContext, { lanes }: Machine): number {
  return vectorLoop(context) === undefined ? 1 : lanes;
}

/** How much of the accumulators of a block does not fit into registers, of 1. */
function spilledShare(block: readonly StoreContext[], { buffers, machine }: NestContext): number {
  const widest = Math.max(1, ...block.map((context) => registersFor(vectorLoop(context)?.extent ?? 1, lanesFor(context, machine))));
  const needs = new Map<string, number>();
  for (const context of block) {
    const target = buffers.get(context.store.buffer);
    if (target?.kind === "local") needs.set(target.name, transfersOf(context.store, target, context, lanesFor(context, machine)));
  }
  const need = [...needs.values()].reduce((sum, count) => sum + count, 0);
  const free = machine.registers - widest - 1; // the other factor, and a product on its way
  return need <= free ? 0 : (need - free) / need;
}

/** Cycles from a store to a load of the same element. */
const forwarding = 4;

/** Steps of one accumulator in a run of the block, one after the other; none where runs do not wait for each other. */
function chainOf(context: StoreContext, runs: number, { executions, buffers, machine }: NestContext, spilled: number): number {
  if (!accumulates(context)) return 0;
  const innermost = context.loops.findLast(isSerial);
  if (innermost === undefined || context.store.index.some((e) => mentions(e, innermost.variable))) return 0;
  const target = buffers.get(context.store.buffer);
  if (target === undefined) return 0;
  const vector = vectorLoop(context);
  const apart = lanesOf(context.store.index, vector) === "same" ? 1 : vector?.extent ?? 1;
  const accumulators = jammedLoops(context).filter((loop) => loop !== vector && context.store.index.some((e) => mentions(e, loop.variable))).reduce((product, { extent }) => product * extent, apart);
  const steps = (executions.get(context.store.name) ?? 0) / runs / accumulators;
  const own = operationsOf(context.store.value).fma > 0 ? machine.latency.fma : machine.latency.add;
  return steps * (own + (forwarding * (target.kind === "local" ? spilled : 1)));
}
