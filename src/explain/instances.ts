/**
 * The instances of a counterexample: which iteration of which statement, what it reads
 * and writes, and where it stands in the order of execution. A claim speaks of one
 * instance by its loop variables, of a second one by the same with `w.` in front, of an
 * output element by d0, d1, …; the witness names the others.
 */
import { type IndexExpr, evalIndex, holds } from "../../ir/loop/index-expr.js";
import type { Program } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf, storesOf } from "../../ir/loop/visit.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { Counterexample } from "../../proofs/kernel/verdict.js";
import type { Case, Dataflow, Instance, PhiTarget, Witness } from "../../proofs/kernel/witness.js";

/** What this instance is to the claim. */
export type Role = "reader" | "producer" | "writer" | "last store" | "instance" | "stands for";

export interface ShownInstance {
  readonly role: Role;
  readonly statement: string;
  /** In the program before; else in the one after. */
  readonly inBefore: boolean;
  /** `s[i = 3, k = 0]`. */
  readonly text: string;
  /** Elements read, in order, and the one written. */
  readonly reads: readonly string[];
  readonly writes: string;
  /** Position and loop variable alternating; empty for an instance that does not exist. */
  readonly theta: readonly number[];
  /** Outside of the domain. */
  readonly absent: boolean;
}

export interface Scene {
  readonly before: Program | undefined;
  readonly after: Program;
  readonly witness: Witness | Dataflow | undefined;
}

type Env = (name: string) => number;

export function instancesOf(o: Obligation, at: Counterexample, { before, after, witness }: Scene): readonly ShownInstance[] {
  const stores = new Map(storesOf(after).map((store) => [store.store.name, store]));
  const own: Env = (name) => at[name] ?? 0;
  const subject = stores.get(o.subject.statement);
  const text = o.id.slice(o.stage.length + o.rule.length + 2);
  const found: ShownInstance[] = [];
  if (subject !== undefined) found.push(shown(o.rule === "W2" || o.rule === "W3" ? "reader" : "instance", subject, valuesOf(subject, own)));
  const load = /^\w+\.(\d+)/.exec(text)?.[1];
  if (subject !== undefined && load !== undefined) found.push(...named("producer", witness?.producers[subject.store.name]?.[Number(load)] ?? [], own, stores));
  const output = /^(\w+)\.(?:final|source)/.exec(text)?.[1];
  if (output !== undefined && subject === undefined) found.push(...named("last store", witness?.finals[output] ?? [], own, stores));
  const writer = Object.keys(at).some((name) => name.startsWith("w.")) ? stores.get(lastName(text, stores)) : undefined;
  if (writer !== undefined) found.push(shown("writer", writer, valuesOf(writer, (name) => at[`w.${name}`] ?? 0)));
  if (before !== undefined && witness !== undefined && "phi" in witness) found.push(...found.filter((it) => it.role !== "writer").flatMap((it) => imageOf(it, witness, before, after)));
  return found;
}

/** The last part of an identifier that names a statement. */
function lastName(text: string, stores: ReadonlyMap<string, StoreContext>): string {
  return text.split(".").toReversed().find((part) => stores.has(part)) ?? "";
}

function valuesOf({ loops }: StoreContext, env: Env): readonly number[] {
  return loops.map((loop) => env(loop.variable));
}

/** The first case that applies, as the kernel takes them. */
function chosen<T extends Instance | PhiTarget>(cases: readonly Case<T>[], env: Env): T | undefined {
  return cases.find(({ when }) => when.every((c) => holds(c, env)))?.then;
}

function named(role: Role, cases: readonly Case<Instance>[], env: Env, stores: ReadonlyMap<string, StoreContext>): readonly ShownInstance[] {
  const instance = chosen(cases, env);
  const store = stores.get(instance?.statement ?? "");
  return instance === undefined || store === undefined ? [] : [shown(role, store, pointOf(instance.point, env))];
}

function pointOf(point: readonly IndexExpr[], env: Env): readonly number[] {
  return point.map((e) => evalIndex(e, env));
}

/** What an instance of `after` is said to compute. */
function imageOf(it: ShownInstance, { phi }: Witness, before: Program, after: Program): readonly ShownInstance[] {
  const own = storesOf(after).find(({ store }) => store.name === it.statement);
  const values = [...it.text.matchAll(/= (-?\d+)/g)].map(([, value]) => Number(value));
  const env: Env = (name) => values[own?.loops.findIndex((loop) => loop.variable === name) ?? -1] ?? 0;
  const target = chosen<PhiTarget>(phi[it.statement] ?? [], env);
  const store = target === undefined || target === "dead" ? undefined : storesOf(before).find((s) => s.store.name === target.statement);
  return store === undefined || target === undefined || target === "dead" ? [] : [{ ...shown("stands for", store, pointOf(target.point, env)), inBefore: true }];
}

function shown(role: Role, context: StoreContext, values: readonly number[]): ShownInstance {
  const { store, loops, conditions, positions } = context;
  const env: Env = (name) => values[loops.findIndex((loop) => loop.variable === name)] ?? 0;
  const element = (buffer: string, index: readonly IndexExpr[]): string => `${buffer}[${index.map((e) => evalIndex(e, env)).join(", ")}]`;
  const inside = loops.every((loop, k) => (values[k] ?? -1) >= 0 && (values[k] ?? -1) < loop.extent) && conditions.every((c) => holds(c, env));
  return {
    role, statement: store.name, inBefore: false, absent: !inside,
    text: `${store.name}[${loops.map((loop, k) => `${loop.variable} = ${values[k] ?? "?"}`).join(", ")}]`,
    reads: loadsOf(store.value).map(({ buffer, index }) => element(buffer, index)),
    writes: element(store.buffer, store.index),
    theta: positions.flatMap((position, k) => (k < values.length ? [position, values[k] ?? 0] : [position])),
  };
}

/** θ(a) − θ(b), lexicographically. */
export function compareTheta(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    const difference = (a[k] ?? 0) - (b[k] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
