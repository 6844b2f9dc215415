/**
 * Sources: which operator instance or leaf reaches each load, through stores, loads
 * and copies. Rules W5, W2 and W3 of the dataflow part of a witness; the table they
 * justify is what later stages are compared with. See docs/theorem.md.
 */
import { type Condition, type IndexExpr, substitute, substituteCondition } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Load, Program } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf, storesOf } from "../../ir/loop/visit.js";
import { printConstant } from "../../ir/scalar/types.js";
import { type Claims, ground, prove } from "./claims.js";
import { type Substitution, bind, conditions, inDomain, ownPoint, precedes, samePoint, variablesOf } from "./domain.js";
import { type Formula, type Subject, about, and, falsehood, not, or } from "./obligation.js";
import type { Case, Dataflow, Instance, NodeInstance } from "./witness.js";

/** A leaf of the value graph; weights are elements of the model's tensor, not addresses of a packed copy. */
export type Leaf =
  | { readonly kind: "input"; readonly position: number; readonly index: readonly IndexExpr[] }
  | { readonly kind: "weight"; readonly tensor: string; readonly index: readonly IndexExpr[] }
  | { readonly kind: "const"; readonly text: string }
  | { readonly kind: "index"; readonly index: readonly IndexExpr[] };

export type Source = { readonly kind: "node"; readonly instance: NodeInstance } | { readonly kind: "leaf"; readonly leaf: Leaf };

export type SourceCases = readonly Case<Source>[];

/** A program together with the sources its dataflow claims; justified by the obligations made beside it. */
export interface Established {
  readonly program: Program;
  readonly stores: ReadonlyMap<string, StoreContext>;
  /** Per store, per load of its value. */
  readonly sources: ReadonlyMap<string, readonly SourceCases[]>;
  /** Per output buffer, over variables d0, d1, … */
  readonly finals: ReadonlyMap<string, SourceCases>;
}

/** Largest number of cases a source may split into before the kernel gives up on it. */
const caseLimit = 20_000;

export function subjectOf(store: StoreContext, buffer: string): Subject {
  return { node: store.store.origin.node, statement: store.store.name, buffer };
}

export function isStored(buffer: Buffer): boolean {
  return buffer.kind !== "input" && buffer.kind !== "weight";
}

/** The instance that applies, among ordered cases: its own condition and none of the earlier ones. */
export function active<T>(cases: readonly Case<T>[], k: number, by?: Substitution): Formula[] {
  const earlier = cases.slice(0, k).filter((c) => c.when.length > 0);
  return [...conditions(cases[k]?.when ?? [], by), ...earlier.map((c) => not(and(...conditions(c.when, by))))];
}

/** Proves that ordered cases cover their domain; a last case without condition does so by itself. */
export function covered<T>(cases: readonly Case<T>[]): Formula {
  return or(...cases.map((c) => and(...conditions(c.when))));
}

interface Reading {
  readonly reader: StoreContext;
  readonly load: Load;
  readonly at: number;
  readonly cases: readonly Case<Instance>[];
}

/** Justifies every load of `program` and returns the table of sources. */
export function establishSources(into: Claims, program: Program, dataflow: Dataflow): Established {
  const stores = new Map(storesOf(program).map((store) => [store.store.name, store]));
  const buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  const direct = new Map<string, readonly (readonly Case<Instance>[] | Leaf)[]>();
  for (const [name, reader] of stores) {
    const entries = loadsOf(reader.store.value).map((load, at) => {
      const buffer = buffers.get(load.buffer);
      if (buffer !== undefined && !isStored(buffer)) return leafOf(program, buffer, load.index);
      const cases = dataflow.producers[name]?.[at] ?? [];
      justify(into, stores, { reader, load, at, cases }, dataflow.once);
      return cases;
    });
    direct.set(name, entries);
  }
  for (const buffer of dataflow.once) writtenOnce(into, [...stores.values()], buffer);
  return { program, stores, ...resolve(into, program, { stores, direct, dataflow }) };
}

function leafOf(program: Program, buffer: Buffer, index: readonly IndexExpr[]): Leaf {
  if (buffer.kind === "input") {
    return { kind: "input", position: program.buffers.filter((b) => b.kind === "input").indexOf(buffer), index };
  }
  const by = (name: string): IndexExpr | undefined => (name.startsWith("d") ? index[Number(name.slice(1))] : undefined);
  return { kind: "weight", tensor: buffer.map?.tensor ?? "", index: (buffer.map?.index ?? []).map((e) => substitute(e, by)) };
}

/** W5, W2 and W3 for one load. */
function justify(into: Claims, stores: ReadonlyMap<string, StoreContext>, reading: Reading, once: readonly string[]): void {
  const { reader, load, at, cases } = reading;
  const place = `${reader.store.name}.${at}`;
  const subject = subjectOf(reader, load.buffer);
  const variables = variablesOf(reader);
  const domain = conditions(reader.conditions);
  prove(
    into,
    { rule: "W5", detail: place, sentence: `Every instance of ${reader.store.name} has a producer for its load ${at} of ${load.buffer}.`, subject },
    { variables, premises: domain, goal: covered(cases) },
  );
  cases.forEach((it, k) => {
    const producer = stores.get(it.then.statement);
    const premises = [...domain, ...active(cases, k)];
    const cover = it.empty === true ? "expect-empty" : "sat";
    prove(
      into,
      { rule: "W2", detail: `${place}.case${k}`, sentence: `Load ${at} of ${reader.store.name} reads what ${it.then.statement} stored: in its domain, earlier, same buffer, same index.`, subject },
      { variables, premises, goal: producer === undefined ? falsehood : feeds(producer, it.then, reader, load), cover },
    );
    if (producer === undefined || once.includes(load.buffer)) return;
    for (const writer of stores.values()) {
      if (writer.store.buffer !== load.buffer) continue;
      prove(
        into,
        { rule: "W3", detail: `${place}.case${k}.${writer.store.name}`, sentence: `No store of ${writer.store.name} to the element comes between ${it.then.statement} and load ${at} of ${reader.store.name}.`, subject },
        { variables: [...variables, ...variablesOf(writer, "w.")], premises, goal: not(clobbers(writer, it.then, producer, reading)), cover },
      );
    }
  });
}

function feeds(producer: StoreContext, instance: Instance, reader: StoreContext, load: Load): Formula {
  if (producer.store.buffer !== load.buffer) return falsehood;
  const by = bind(producer, instance.point);
  return and(
    inDomain(producer, instance.point),
    precedes(producer, instance.point, reader, ownPoint(reader)),
    samePoint(producer.store.index.map((e) => substitute(e, by)), load.index),
  );
}

function clobbers(writer: StoreContext, instance: Instance, producer: StoreContext, { reader, load }: Reading): Formula {
  const point = ownPoint(writer, "w.");
  const by = bind(writer, point);
  return and(
    ...conditions(writer.conditions, by),
    samePoint(writer.store.index.map((e) => substitute(e, by)), load.index),
    precedes(producer, instance.point, writer, point),
    precedes(writer, point, reader, ownPoint(reader)),
  );
}

/** W3 for a buffer of which no element is written twice: then nothing can come between a store and its reader. */
function writtenOnce(into: Claims, stores: readonly StoreContext[], buffer: string): void {
  const writers = stores.filter((store) => store.store.buffer === buffer);
  writers.forEach((first, k) => {
    for (const second of writers.slice(k)) {
      const point = ownPoint(second, "w.");
      const by = bind(second, point);
      const clash = and(
        ...conditions(second.conditions, by),
        samePoint(first.store.index, second.store.index.map((e) => substitute(e, by))),
        ...(first === second ? [not(samePoint(ownPoint(first), point))] : []),
      );
      prove(
        into,
        { rule: "W3", detail: `once.${first.store.name}.${second.store.name}`, sentence: `No element of ${buffer} is written by two instances of ${first.store.name} and ${second.store.name}.`, subject: subjectOf(first, buffer) },
        { variables: [...variablesOf(first), ...variablesOf(second, "w.")], premises: conditions(first.conditions), goal: not(clash) },
      );
    }
  });
}

interface Resolution {
  readonly stores: ReadonlyMap<string, StoreContext>;
  readonly direct: ReadonlyMap<string, readonly (readonly Case<Instance>[] | Leaf)[]>;
  readonly dataflow: Dataflow;
}

/** Follows copies: a store whose value is a load hands on the source of that load. */
function resolve(into: Claims, program: Program, given: Resolution): Pick<Established, "sources" | "finals"> {
  const resolved = new Map<string, readonly SourceCases[]>();
  const open = new Set<string>();
  const sourcesOf = (name: string): readonly SourceCases[] => {
    const known = resolved.get(name);
    if (known !== undefined) return known;
    const store = given.stores.get(name);
    if (store === undefined || open.has(name)) {
      ground(into, { rule: "W2", detail: `copies.${name}`, sentence: `Copies through ${name} end in a value.`, subject: { node: "", statement: name, buffer: "" } }, false, "the chain of copies does not end");
      return [];
    }
    open.add(name);
    const found = (given.direct.get(name) ?? []).map((entry) => ("kind" in entry ? [leafCase(entry)] : through(entry)));
    open.delete(name);
    resolved.set(name, found);
    return found;
  };
  const through = (cases: readonly Case<Instance>[]): SourceCases => {
    const all = cases.flatMap((it) => stored(it.then).map((inner) => ({ ...it, when: [...it.when, ...inner.when], then: inner.then })));
    if (all.length <= caseLimit) return all;
    ground(into, { rule: "W5", detail: `cases.${cases[0]?.then.statement ?? ""}`, sentence: "A source has a bounded number of cases.", subject: about() }, false, `${all.length} cases, the limit is ${caseLimit}`);
    return [];
  };
  /** The source of the value that an instance stores. */
  const stored = (instance: Instance): SourceCases => {
    const store = given.stores.get(instance.statement);
    if (store === undefined) return [];
    const value: Expr = store.store.value;
    const by = bind(store, instance.point);
    if (value.kind !== "load") return [{ when: [], then: sourceOfValue(value, instance, by) }];
    return (sourcesOf(instance.statement)[0] ?? []).map((it) => substituteCase(it, by));
  };
  for (const name of given.stores.keys()) sourcesOf(name);
  const outputs = program.buffers.filter((buffer) => buffer.kind === "output");
  const finals = new Map(outputs.map((output) => [output.name, through(given.dataflow.finals[output.name] ?? [])]));
  return { sources: resolved, finals };
}

function leafCase(leaf: Leaf): Case<Source> {
  return { when: [], then: { kind: "leaf", leaf } };
}

function sourceOfValue(value: Exclude<Expr, Load>, instance: Instance, by: Substitution): Source {
  if (value.kind === "op") return { kind: "node", instance: { ...instance, path: [] } };
  if (value.kind === "const") return { kind: "leaf", leaf: { kind: "const", text: printConstant(value.constant) } };
  return { kind: "leaf", leaf: { kind: "index", index: [substitute(value.index, by)] } };
}

/** A source case seen from another instance: its variables replaced. */
export function substituteCase(it: Case<Source>, by: Substitution): Case<Source> {
  const when: Condition[] = it.when.map((c) => substituteCondition(c, by));
  return { ...it, when, then: substituteSource(it.then, by) };
}

export function substituteSource(source: Source, by: Substitution): Source {
  if (source.kind === "node") {
    const { instance } = source;
    return { kind: "node", instance: { ...instance, point: instance.point.map((e) => substitute(e, by)) } };
  }
  const { leaf } = source;
  return leaf.kind === "const" ? source : { kind: "leaf", leaf: { ...leaf, index: leaf.index.map((e) => substitute(e, by)) } };
}

/** The same leaf of the value graph: (tensor, element), (type, bits) or the same integer. */
export function sameLeaf(a: Leaf, b: Leaf): Formula {
  if (a.kind === "const" || b.kind === "const") {
    return a.kind === "const" && b.kind === "const" && a.text === b.text ? and() : falsehood;
  }
  if (a.kind !== b.kind) return falsehood;
  if (a.kind === "input" && b.kind === "input" && a.position !== b.position) return falsehood;
  if (a.kind === "weight" && b.kind === "weight" && a.tensor !== b.tensor) return falsehood;
  return samePoint(a.index, b.index);
}
