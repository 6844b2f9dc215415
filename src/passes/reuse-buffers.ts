/**
 * reuse-buffers: an elementwise result overwrites its operand. A residual addition writes
 * its sum over the summand that nobody reads again.
 *
 * Rewrite: T[p] = e(A[p], …) becomes A[p] = e(A[p], …), and T is A from there on.
 * Requires: two temporaries of one type and shape, each element written once; every store
 * into T loads A at the element it writes; all other loads of A run in earlier nests.
 * Ensures: the least memory that any plan needs is smaller; without that, nothing is done.
 * Timing: fewer cache lines. Refuses: unknown options.
 */
import type { Buffer, Program, Store } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf, mapStores } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type View, viewOf } from "./shared/copies.js";
import { liveSetBound } from "./shared/lifetimes.js";
import { onlyOptions } from "./shared/options.js";
import { sameTuple } from "./shared/simplify.js";
import { identityPhi, mapLoads } from "./shared/wiring.js";

export const reuseBuffers: Pass = {
  name: "reuse-buffers",
  summary: "write elementwise results over operands that nobody reads again",
  run: reuse,
};

/** The buffer that each one is renamed to; chains of renamings are followed. */
type Renaming = ReadonlyMap<string, string>;

function reuse(before: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(reuseBuffers.name, options, []);
  const view = viewOf(before);
  const all = pairsOf(view);
  const needed = withoutUseless(view.program, all);
  if (needed.size === 0) return undefined;
  const program = renamed(view.program, needed);
  const shared = new Set([...needed.keys(), ...[...needed.values()].map((name) => target(name, needed))]);
  const once = before.dataflow.once.filter((name) => !shared.has(name));
  return { after: program, witness: { ...before.dataflow, once, phi: identityPhi(program) } };
}

/** Every result with an operand it may overwrite, in textual order; an operand is overwritten once. */
function pairsOf(view: View): Renaming {
  const accesses = accessesByBuffer(view);
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const result of view.program.buffers) {
    const operand = operandsOf(view, result, accesses).find((candidate) => !taken.has(candidate.name) && mayOverwrite(result, candidate, accesses));
    if (operand === undefined) continue;
    pairs.set(result.name, operand.name);
    taken.add(operand.name);
  }
  return pairs;
}

interface Accesses {
  readonly stores: StoreContext[];
  readonly readers: Set<StoreContext>;
}

function accessesByBuffer(view: View): ReadonlyMap<string, Accesses> {
  const found = new Map<string, Accesses>(view.program.buffers.map(({ name }) => [name, { stores: [], readers: new Set() }]));
  for (const context of view.contexts.values()) {
    found.get(context.store.buffer)?.stores.push(context);
    for (const { buffer } of loadsOf(context.store.value)) found.get(buffer)?.readers.add(context);
  }
  return found;
}

/** Temporaries like `result` that its first store loads; later stores are asked when the pair is. */
function operandsOf(view: View, result: Buffer, accesses: ReadonlyMap<string, Accesses>): readonly Buffer[] {
  const [first] = accesses.get(result.name)?.stores ?? [];
  if (first === undefined || !isFree(view, result)) return [];
  return loadsOf(first.store.value).flatMap(({ buffer }) => {
    const operand = view.buffers.get(buffer);
    const fits = operand !== undefined && operand !== result && isFree(view, operand) && operand.type === result.type && operand.shape.join() === result.shape.join();
    return fits ? [operand] : [];
  });
}

function isFree(view: View, { kind, name, place }: Buffer): boolean {
  return kind === "temp" && place === undefined && view.once.has(name);
}

/** Every load of the operand is of the element about to be overwritten, or in an earlier nest than all results. */
function mayOverwrite(result: Buffer, operand: Buffer, accesses: ReadonlyMap<string, Accesses>): boolean {
  const { stores = [] } = accesses.get(result.name) ?? {};
  const { readers = new Set<StoreContext>(), stores: made = [] } = accesses.get(operand.name) ?? {};
  const first = Math.min(...stores.map(({ topLevel }) => topLevel));
  const own = stores.every(({ store }) => readsOwnElement(store, operand));
  return own && made.every(({ topLevel }) => topLevel < first) && [...readers].every((reader) => reader.topLevel < first || stores.includes(reader));
}

function readsOwnElement({ index, value }: Store, operand: Buffer): boolean {
  const loads = loadsOf(value).filter(({ buffer }) => buffer === operand.name);
  return loads.length > 0 && loads.every((load) => sameTuple(load.index, index));
}

/** The renamings without those that leave the least memory as it is. */
function withoutUseless(program: Program, all: Renaming): Renaming {
  const least = leastMemory(renamed(program, all));
  if (least >= leastMemory(program)) return new Map();
  let kept: Renaming = all;
  for (const result of all.keys()) {
    const fewer = new Map([...kept].filter(([name]) => name !== result));
    if (leastMemory(renamed(program, fewer)) <= least) kept = fewer;
  }
  return kept;
}

function leastMemory(program: Program): number {
  return [...liveSetBound(program).values()].reduce((sum, elements) => sum + elements, 0);
}

function target(name: string, renaming: Renaming): string {
  const next = renaming.get(name);
  return next === undefined ? name : target(next, renaming);
}

function renamed(program: Program, renaming: Renaming): Program {
  const change = <A extends { readonly buffer: string }>(access: A): A => ({ ...access, buffer: target(access.buffer, renaming) });
  const buffers = program.buffers.filter(({ name }) => !renaming.has(name));
  return mapStores({ ...program, buffers }, (store) => ({ ...change(store), value: mapLoads(store.value, change) }));
}
