/**
 * The deepest the stack can become below an entry: the stack pointer is followed along
 * every path of each function as an offset from its value at the function's start, and
 * depths add up over the call graph, which has no cycle. A function must leave the pointer
 * where it was, and every path must reach an instruction with the same depth; what cannot
 * be followed is refused by address.
 */
import type { Block, CodeGraph, FunctionGraph } from "../cfg/graph.js";
import type { Instruction } from "../cfg/instruction.js";
import { governedByIt } from "../cfg/thumb.js";
import { type Elf, halfWordAt } from "../elf/elf.js";
import type { Assignment, Effect, StackRules } from "./effect.js";
import { riscvStack } from "./riscv.js";
import { thumbStack } from "./thumb.js";

export interface FunctionStack {
  readonly name: string;
  /** Bytes of the function alone, at its deepest. */
  readonly own: number;
  /** Bytes with all it calls. */
  readonly total: number;
}

export type StackBound =
  | { readonly kind: "stack"; readonly bytes: number; /** From the entry to the deepest. */ readonly chain: readonly FunctionStack[]; readonly functions: readonly FunctionStack[] }
  | { readonly kind: "none"; readonly reasons: readonly string[] };

/** Bytes below the stack pointer at the entry's first instruction; what the caller pushes is the caller's. */
export function stackBound(elf: Elf, { functions }: CodeGraph): StackBound {
  const rules = elf.machine === "arm" ? thumbStack : riscvStack;
  const found = new Map<number, FunctionStack & { readonly deepest: number | undefined }>();
  const problems: string[] = [];
  for (const graph of functions.toReversed()) {
    const { own, calls } = depthsOf(elf, rules, graph, problems);
    const below = calls.map(({ callee, depth }) => ({ callee, total: depth + (found.get(callee)?.total ?? 0) }));
    const deepest = below.reduce<(typeof below)[number] | undefined>((best, it) => (best === undefined || it.total > best.total ? it : best), undefined);
    const through = deepest !== undefined && deepest.total >= own;
    found.set(graph.address, { name: graph.name, own, total: through ? deepest.total : own, deepest: through ? deepest.callee : undefined });
  }
  if (problems.length > 0) return { kind: "none", reasons: problems };
  const chain: FunctionStack[] = [];
  for (let at = functions[0]?.address; at !== undefined; ) {
    const it = found.get(at);
    if (it !== undefined) chain.push({ name: it.name, own: it.own, total: it.total });
    at = it?.deepest;
  }
  return { kind: "stack", bytes: chain[0]?.total ?? 0, chain, functions: functions.flatMap(({ address }) => found.get(address) ?? []).map(({ name, own, total }) => ({ name, own, total })) };
}

/** Known registers: an offset from the stack pointer at the function's start, or a number. */
type State = ReadonlyMap<number, Value>;

interface Value {
  readonly kind: "frame" | "number";
  readonly value: number;
}

interface Depths {
  readonly own: number;
  readonly calls: readonly { readonly callee: number; readonly depth: number }[];
}

function depthsOf(elf: Elf, rules: StackRules, graph: FunctionGraph, problems: string[]): Depths {
  const before = new Map<number, State>([[0, new Map([[rules.pointer, { kind: "frame", value: 0 }]])]]);
  const pending = [0];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const block = graph.blocks[id];
    if (block === undefined) continue;
    const walked = walk({ elf, rules, block }, before.get(id) ?? new Map());
    for (const to of block.successors) {
      const known = before.get(to);
      const merged = known === undefined ? walked.through : meet(known, walked.through);
      if (known !== undefined && merged.size === known.size) continue;
      before.set(to, merged);
      pending.push(to);
    }
  }
  const walks = graph.blocks.map((block) => ({ block, ...walk({ elf, rules, block }, before.get(block.id) ?? new Map()) }));
  const wrong = walks.flatMap(({ wrong: found }) => found).toSorted((a, b) => a.address - b.address);
  const first = wrong[0]; // what follows is unknown because of it
  if (first !== undefined) problems.push(`${graph.name} at 0x${first.address.toString(16)}: ${first.why}`);
  return {
    own: Math.max(0, ...walks.map(({ deepest }) => deepest)),
    calls: walks.flatMap(({ block: { calls }, atEnd }) => (calls === undefined ? [] : [{ callee: calls, depth: atEnd }])),
  };
}

/** What both paths agree on. */
function meet(a: State, b: State): State {
  return new Map([...a].filter(([register, { kind, value }]) => b.get(register)?.kind === kind && b.get(register)?.value === value));
}

interface Walk {
  /** Registers after the block where it is not left. */
  readonly through: State;
  readonly deepest: number;
  /** Depth at the call that ends the block. */
  readonly atEnd: number;
  readonly wrong: readonly Wrong[];
}

interface Wrong {
  readonly address: number;
  readonly why: string;
}

interface InBlock {
  readonly elf: Elf;
  readonly rules: StackRules;
  readonly block: Block;
}

function walk({ elf, rules, block }: InBlock, start: State): Walk {
  const at = (address: number): number | undefined => halfWordAt(elf, address);
  const wrong: Wrong[] = [];
  const state = new Map(start);
  let [deepest, governed] = [0, 0];
  const depth = (): number | undefined => {
    const value = state.get(rules.pointer);
    return value?.kind === "frame" ? -value.value : undefined;
  };
  const refuse = (it: Instruction, why: string): unknown => wrong.push({ address: it.address, why });
  if (depth() === undefined) return { through: state, deepest, atEnd: 0, wrong: [{ address: block.instructions[0]?.address ?? 0, why: "paths with different depths of the stack, or none that is known, meet" }] };
  for (const it of block.instructions) {
    const unchanged = new Map(state);
    apply(state, rules.effectAt(at, it.address));
    const now = depth();
    if (now === undefined) refuse(it, "the stack pointer takes a value that is not known");
    else if (now < 0) refuse(it, "the stack pointer rises above where it was at the start");
    else if (it.flow.kind === "return" && now !== 0) refuse(it, `the function returns with ${now} bytes on the stack`);
    if (now === undefined) break;
    deepest = Math.max(deepest, now);
    if (governed > 0) resolve(state, unchanged, it, rules.pointer, refuse);
    governed = governed > 0 ? governed - 1 : elf.machine === "arm" ? governedByIt(at(it.address) ?? 0) : 0;
  }
  const atEnd = depth() ?? 0;
  if (block.calls !== undefined) for (const register of rules.callerSaved) state.delete(register);
  return { through: state, deepest, atEnd, wrong };
}

/** An instruction under a condition: a return is taken or not; anything else must leave the pointer alone. */
function resolve(state: Map<number, Value>, unchanged: State, it: Instruction, pointer: number, refuse: (it: Instruction, why: string) => unknown): void {
  if (it.flow.kind !== "return" && state.get(pointer)?.value !== unchanged.get(pointer)?.value) refuse(it, "the stack pointer moves under a condition");
  const kept = it.flow.kind === "return" ? unchanged : meet(unchanged, state);
  state.clear();
  for (const [register, value] of kept) state.set(register, value);
}

function apply(state: Map<number, Value>, { writes, sets }: Effect): void {
  const value = sets === undefined ? undefined : valueOf(sets, state);
  for (const register of writes) state.delete(register);
  if (sets === undefined) return;
  if (value === undefined) state.delete(sets.to);
  else state.set(sets.to, value);
}

function valueOf(sets: Assignment, state: State): Value | undefined {
  if (sets.kind === "number") return { kind: "number", value: sets.value };
  if (sets.kind === "offset") {
    const from = state.get(sets.from);
    return from === undefined ? undefined : { kind: from.kind, value: (from.value + sets.plus) | 0 };
  }
  const [left, right] = [state.get(sets.left), state.get(sets.right)];
  if (left === undefined || right?.kind !== "number") return undefined;
  return { kind: left.kind, value: (left.value + sets.sign * right.value) | 0 };
}
