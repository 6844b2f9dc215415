/**
 * Copies between tensors: stores whose value is a bare load. Two ways to do without
 * one: its readers read what it reads, or the writers of its source write where it
 * writes. Both change wires only.
 */
import type { IndexExpr } from "../../../ir/loop/index-expr.js";
import { substitute, variable } from "../../../ir/loop/index-expr.js";
import type { Buffer, Load } from "../../../ir/loop/program.js";
import { type StoreContext, buffersByName, loadsOf, mapStores } from "../../../ir/loop/visit.js";
import { elementCount } from "../../../ir/tensor/tensor.js";
import type { Case, Instance } from "../../../proofs/kernel/witness.js";
import type { Staged } from "../../pass.js";
import { type LoadSite, bindPoint, composeCases, contextsOf, domainOf, elementsOf, substituteCases } from "./compose.js";
import { inverseOf } from "./invert.js";
import { simplifyAll } from "./simplify.js";
import { mapLoads, restrict, rewriteStores } from "./wiring.js";

/** A staged program with what is looked up in it over and over. */
export interface View extends Staged {
  readonly contexts: ReadonlyMap<string, StoreContext>;
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly once: ReadonlySet<string>;
}

export function viewOf({ program, dataflow }: Staged): View {
  return { program, dataflow, contexts: contextsOf(program), buffers: buffersByName(program), once: new Set(dataflow.once) };
}

/** The load that a copy copies. */
export function copied({ store }: StoreContext): Load | undefined {
  return store.value.kind === "load" ? store.value : undefined;
}

/** Elements that never change once written, so that they may be read later than they were copied. */
export function isSettled(view: View, buffer: string): boolean {
  const kind = view.buffers.get(buffer)?.kind;
  return kind === "input" || kind === "weight" || view.once.has(buffer);
}

/** What a load may read instead of a copy: the copy's own source, where one copy feeds all its instances. */
export interface Shortcut {
  readonly load: Load;
  readonly cases: readonly Case<Instance>[];
  readonly copy: StoreContext;
}

export function shortcutOf(view: View, { reader, load, at }: LoadSite): Shortcut | undefined {
  const cases = view.dataflow.producers[reader.store.name]?.[at] ?? [];
  const [only] = cases;
  const copy = view.contexts.get(only?.then.statement ?? "");
  const source = copy === undefined ? undefined : copied(copy);
  if (cases.length !== 1 || only === undefined || copy === undefined || source === undefined) return undefined;
  if (!view.once.has(load.buffer) || !isSettled(view, source.buffer)) return undefined;
  const by = bindPoint(copy, only.then.point);
  const over = domainOf(reader);
  const index = simplifyAll(source.index.map((e) => substitute(e, by)), over.extentOf, over.conditions);
  const behind = view.dataflow.producers[copy.store.name]?.[0] ?? [];
  return { load: { kind: "load", buffer: source.buffer, index }, cases: composeCases(cases, () => substituteCases(behind, by), over), copy };
}

/** The program in which `site` reads the copy's source. */
export function takeShortcut(view: View, { reader, at }: LoadSite, { load, cases }: Shortcut): Staged {
  const { name } = reader.store;
  const program = mapStores(view.program, (store) =>
    store.name === name ? { ...store, value: mapLoads(store.value, (old, k) => (k === at ? load : old)) } : store);
  const entries = (view.dataflow.producers[name] ?? []).map((old, k) => (k === at ? cases : old));
  return { program, dataflow: { ...view.dataflow, producers: { ...view.dataflow.producers, [name]: entries } } };
}

/** A temp that a copy moves, whole and one to one, into another tensor. */
export interface Move {
  readonly copy: StoreContext;
  readonly from: Buffer;
  readonly to: Buffer;
  /** The element of `to` that gets an element of `from`. */
  readonly target: (index: readonly IndexExpr[]) => readonly IndexExpr[];
}

/** The move that a copy is, if it is one: unguarded, the only writer of its target, a permutation or a reshape. */
export function moveOf(view: View, copy: StoreContext): Move | undefined {
  const source = copied(copy);
  const from = view.buffers.get(source?.buffer ?? "");
  const to = view.buffers.get(copy.store.buffer);
  if (source === undefined || from === undefined || to === undefined) return undefined;
  if (from.kind !== "temp" || from.type !== to.type || !view.once.has(from.name) || !view.once.has(to.name)) return undefined;
  if (copy.conditions.length > 0 || elementCount(from.shape) !== elementCount(to.shape)) return undefined;
  if ([...view.contexts.values()].filter(({ store }) => store.buffer === to.name).length !== 1) return undefined;
  const back = inverseOf(source.index, copy.loops, from.shape);
  if (back === undefined || inverseOf(copy.store.index, copy.loops, to.shape) === undefined) return undefined;
  const target = (index: readonly IndexExpr[]): readonly IndexExpr[] => {
    const point = back(index);
    return copy.store.index.map((e) => substitute(e, (name) => point.get(name)));
  };
  return { copy, from, to, target };
}

/** An access to `from` as the access to `to` that replaces it, in the store it belongs to. */
export function movedIndex(move: Move, context: StoreContext, index: readonly IndexExpr[]): IndexExpr[] {
  const over = domainOf(context);
  return simplifyAll(move.target(index), over.extentOf, over.conditions);
}

/** Every access to `from` becomes one to `to`; the copy goes, and who read it reads what it copied. */
export function takeMove(view: View, move: Move): Staged {
  const { copy, from, to } = move;
  const program = rewriteStores(view.program, (store) => {
    if (store.name === copy.store.name) return [];
    const context = view.contexts.get(store.name);
    if (context === undefined) return [store];
    const value = mapLoads(store.value, (load) => (load.buffer === from.name ? { ...load, buffer: to.name, index: movedIndex(move, context, load.index) } : load));
    return [store.buffer === from.name ? { ...store, buffer: to.name, index: movedIndex(move, context, store.index), value } : { ...store, value }];
  });
  const buffers = program.buffers.filter(({ name }) => name !== from.name);
  return restrict({ program: { ...program, buffers }, dataflow: withoutStatement(view, copy) });
}

/** The dataflow in which every case that names a copy names what the copy copied. */
function withoutStatement(view: View, copy: StoreContext): Staged["dataflow"] {
  const { name } = copy.store;
  const behind = view.dataflow.producers[name]?.[0] ?? [];
  const inner = (instance: Instance): readonly Case<Instance>[] =>
    instance.statement === name ? substituteCases(behind, bindPoint(copy, instance.point)) : [{ when: [], then: instance }];
  const names = (cases: readonly Case<Instance>[]): boolean => cases.some((it) => it.then.statement === name);
  const producers = Object.entries(view.dataflow.producers).map(([reader, entries]) => {
    const context = view.contexts.get(reader);
    const next = entries.map((cases) => (context !== undefined && names(cases) ? composeCases(cases, inner, domainOf(context)) : cases));
    return [reader, next] as const;
  });
  const finals = Object.entries(view.dataflow.finals).map(([output, cases]) => {
    const buffer = view.buffers.get(output);
    return [output, buffer !== undefined && names(cases) ? composeCases(cases, inner, elementsOf(buffer)) : cases] as const;
  });
  return { ...view.dataflow, producers: Object.fromEntries(producers), finals: Object.fromEntries(finals) };
}

/** The loads of a buffer's elements, with their stores. */
export function readersOf(view: View, buffer: string): LoadSite[] {
  return [...view.contexts.values()].flatMap((reader) =>
    loadsOf(reader.store.value).flatMap((load, at) => (load.buffer === buffer ? [{ reader, load, at }] : [])));
}

/** The point of a store named by its own loop variables. */
export function ownPointOf({ loops }: StoreContext): IndexExpr[] {
  return loops.map((loop) => variable(loop.variable));
}
