/**
 * Control-flow graphs of the functions that an entry reaches, made by following the
 * instructions from each function's first: literal pools are never met, and what
 * cannot be followed (a computed jump, a call through a register) is a problem by
 * address. A jump to another function's start is a tail call.
 */
import { type Elf, type FunctionSymbol, halfWordAt } from "../elf/elf.js";
import type { Instruction, Undecodable } from "./instruction.js";
import { isUndecodable } from "./instruction.js";
import { decodeRiscv } from "./riscv.js";
import { decodeThumb, governedByIt } from "./thumb.js";

export interface Block {
  /** Place in the blocks of its function; block 0 is the entry. */
  readonly id: number;
  readonly instructions: readonly Instruction[];
  /** Blocks of the same function, without repetition. */
  readonly successors: readonly number[];
  /** The address of the function called at the end of the block. */
  readonly calls: number | undefined;
  /** Control may leave the function here. */
  readonly exits: boolean;
}

export interface FunctionGraph {
  readonly name: string;
  readonly address: number;
  readonly blocks: readonly Block[];
}

export interface CodeGraph {
  /** The entry first, every other after one of its callers. */
  readonly functions: readonly FunctionGraph[];
  /** What cannot be analysed; a bound exists only if this is empty. */
  readonly problems: readonly string[];
}

/** The graphs of `entry` and all it calls. Recursion is a problem. */
export function codeGraph(elf: Elf, entry: FunctionSymbol): CodeGraph {
  const byAddress = new Map(elf.functions.map((f) => [f.address, f]));
  const graphs = new Map<number, FunctionGraph>();
  const problems: string[] = [];
  const queue = [entry.address];
  for (const address of queue) {
    if (graphs.has(address)) continue;
    const symbol = byAddress.get(address) ?? { name: `0x${address.toString(16)}`, address, size: 0 };
    const graph = functionGraph(elf, symbol, (at) => at !== address && byAddress.has(at), problems);
    graphs.set(address, graph);
    for (const { calls } of graph.blocks) if (calls !== undefined) queue.push(calls);
  }
  const order = callOrder(graphs, entry.address, problems);
  return { functions: order, problems };
}

/** Topological order of the call graph; a cycle is reported once, by name. */
function callOrder(graphs: ReadonlyMap<number, FunctionGraph>, entry: number, problems: string[]): readonly FunctionGraph[] {
  const done: FunctionGraph[] = [];
  const state = new Map<number, "open" | "done">();
  const visit = (address: number): void => {
    const graph = graphs.get(address);
    if (graph === undefined || state.get(address) === "done") return;
    if (state.get(address) === "open") {
      problems.push(`${graph.name} calls itself`);
      return;
    }
    state.set(address, "open");
    for (const { calls } of graph.blocks) if (calls !== undefined) visit(calls);
    state.set(address, "done");
    done.push(graph);
  };
  visit(entry);
  return done.reverse();
}

type IsFunction = (address: number) => boolean;

function functionGraph(elf: Elf, { name, address }: FunctionSymbol, isFunction: IsFunction, problems: string[]): FunctionGraph {
  const code = instructionsFrom(elf, address, isFunction);
  for (const { address: at, why } of code.undecodable) problems.push(`${name} at 0x${at.toString(16)}: ${why}`);
  return { name, address, blocks: blocksOf(code.instructions, address, isFunction) };
}

interface Code {
  readonly instructions: ReadonlyMap<number, Instruction>;
  readonly undecodable: readonly Undecodable[];
}

function instructionsFrom(elf: Elf, start: number, isFunction: IsFunction): Code {
  const instructions = new Map<number, Instruction>();
  const undecodable: Undecodable[] = [];
  const at = (address: number): number | undefined => halfWordAt(elf, address);
  const pending = [{ address: start, governed: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let { address, governed } = next;
    while (!instructions.has(address)) {
      const found = elf.machine === "arm" ? decodeThumb(at, address, governed > 0) : decodeRiscv(at, address);
      if (isUndecodable(found)) {
        undecodable.push(found);
        break;
      }
      instructions.set(address, found);
      governed = governed > 0 ? governed - 1 : elf.machine === "arm" ? governedByIt(at(address) ?? 0) : 0;
      const { flow } = found;
      if ((flow.kind === "jump" || flow.kind === "branch") && !isFunction(flow.target)) pending.push({ address: flow.target, governed: 0 });
      if (flow.kind === "jump" || (flow.kind === "return" && !flow.conditional)) break;
      address += found.size;
    }
  }
  return { instructions, undecodable };
}

function blocksOf(code: ReadonlyMap<number, Instruction>, start: number, isFunction: IsFunction): readonly Block[] {
  const leaders = new Set([start]);
  for (const { address, size, flow } of code.values()) {
    if (flow.kind === "next") continue;
    leaders.add(address + size);
    if ((flow.kind === "jump" || flow.kind === "branch") && !isFunction(flow.target)) leaders.add(flow.target);
  }
  const starts = [...leaders].filter((address) => code.has(address)).toSorted((a, b) => (a === start ? -1 : b === start ? 1 : a - b));
  const number = new Map(starts.map((address, id) => [address, id]));
  return starts.map((address, id) => blockAt(code, address, id, number, isFunction));
}

function blockAt(code: ReadonlyMap<number, Instruction>, start: number, id: number, number: ReadonlyMap<number, number>, isFunction: IsFunction): Block {
  const instructions: Instruction[] = [];
  let address = start;
  for (;;) {
    const it = code.get(address);
    if (it === undefined) return { id, instructions, successors: [], calls: undefined, exits: true }; // a problem was reported
    instructions.push(it);
    address += it.size;
    if (it.flow.kind !== "next" || number.has(address)) return { id, instructions, ...endOf(it, address, number, isFunction) };
  }
}

function endOf({ flow }: Instruction, after: number, number: ReadonlyMap<number, number>, isFunction: IsFunction): Pick<Block, "successors" | "calls" | "exits"> {
  const through = number.get(after);
  const next = through === undefined ? [] : [through];
  switch (flow.kind) {
    case "next": return { successors: next, calls: undefined, exits: false };
    case "call": return { successors: next, calls: flow.target, exits: false };
    case "return": return { successors: flow.conditional ? next : [], calls: undefined, exits: true };
    case "jump":
    case "branch": {
      const rest = flow.kind === "branch" ? next : [];
      if (isFunction(flow.target)) return { successors: rest, calls: flow.target, exits: true };
      const target = number.get(flow.target);
      return { successors: [...new Set([...(target === undefined ? [] : [target]), ...rest])], calls: undefined, exits: false };
    }
  }
}
