/**
 * Composing the piecewise functions of a witness. Cases are an ordered if–else over a
 * domain; a reader's producers seen from another instance, or followed through a copy,
 * are cases again: substituted, simplified, and rid of branches that nobody reaches.
 */
import { type Condition, type IndexExpr, literal, minus, substitute, substituteCondition } from "../../../ir/loop/index-expr.js";
import type { ExtentOf } from "../../../ir/loop/interval.js";
import type { Buffer, Load, Program } from "../../../ir/loop/program.js";
import { type StoreContext, loadsOf, storesOf } from "../../../ir/loop/visit.js";
import type { Case, Instance, NodeInstance } from "../../../proofs/kernel/witness.js";
import { type Bounded, feasible } from "../../lower/feasible.js";
import { sameTuple, simplifyAll, simplifyConditions } from "./simplify.js";

export type Substitution = (name: string) => IndexExpr | undefined;

/** The points over which cases are given: a box cut by conditions. */
export interface Domain {
  readonly variables: readonly Bounded[];
  readonly conditions: readonly Condition[];
  readonly extentOf: ExtentOf;
}

export function domain(variables: readonly Bounded[], conditions: readonly Condition[]): Domain {
  const extents = new Map(variables.map(({ name, extent }) => [name, extent]));
  return { variables, conditions, extentOf: (name) => extents.get(name) ?? Infinity };
}

const domainsKnown = new WeakMap<StoreContext, Domain>();

/** The iteration domain of a store. */
export function domainOf(context: StoreContext): Domain {
  const { loops, conditions } = context;
  const found = domainsKnown.get(context) ?? domain(loops.map(({ variable, extent }) => ({ name: variable, extent })), conditions);
  domainsKnown.set(context, found);
  return found;
}

/** The elements of a buffer, named d0, d1, …, as `finals` are given. */
export function elementsOf({ shape }: Buffer): Domain {
  return domain(shape.map((extent, axis) => ({ name: `d${axis}`, extent })), []);
}

/** Stores with what surrounds them, by name. */
export function contextsOf(program: Program): ReadonlyMap<string, StoreContext> {
  return new Map(storesOf(program).map((context) => [context.store.name, context]));
}

/** Replaces the loop variables of `store` by the coordinates of `point`. */
export function bindPoint({ loops }: StoreContext, point: readonly IndexExpr[]): Substitution {
  const coordinates = new Map(loops.map(({ variable }, depth) => [variable, point[depth]]));
  return (name) => coordinates.get(name);
}

export function substituteCases<T extends Instance>(cases: readonly Case<T>[], by: Substitution): Case<T>[] {
  return cases.map((it) => ({
    ...it,
    when: it.when.map((c) => substituteCondition(c, by)),
    then: { ...it.then, point: it.then.point.map((e) => substitute(e, by)) },
  }));
}

/**
 * Follows each case to the cases its instance stands for: `inner` gives them over
 * the domain of the outer cases. The result covers what the outer cases cover.
 */
export function composeCases<T extends Instance>(
  outer: readonly Case<Instance>[], inner: (instance: Instance) => readonly Case<T>[], over: Domain,
): Case<T>[] {
  return tidyCases(outer.flatMap((it) => inner(it.then).map((next) => ({ ...next, when: [...it.when, ...next.when] }))), over);
}

/** The same function with simpler conditions and points, without branches that no point reaches. */
export function tidyCases<T extends Instance>(cases: readonly Case<T>[], over: Domain): Case<T>[] {
  const kept: Case<T>[] = [];
  for (const it of cases) {
    const when = simplifyConditions(it.when, over.extentOf, over.conditions);
    if (when === "never") continue;
    const earlier = kept.map((k) => k.when);
    const whole = cases.length === 1 || feasible(over.variables, [...over.conditions, ...when], earlier);
    if (!whole) continue;
    const point = simplifyAll(it.then.point, over.extentOf, [...over.conditions, ...when]);
    kept.push({ ...it, when, then: { ...it.then, point } });
    if (when.length === 0) break;
  }
  return withElse(kept);
}

/** Cases are total, so the last needs no condition, and one before it with the same target is not needed. */
function withElse<T extends Instance>(cases: readonly Case<T>[]): Case<T>[] {
  const last = cases.at(-1);
  if (last === undefined) return [];
  const different = cases.findLastIndex((it) => !sameInstance(it.then, last.then));
  return [...cases.slice(0, different + 1), { ...last, when: [] }];
}

function sameInstance(a: Instance & Partial<NodeInstance>, b: Instance & Partial<NodeInstance>): boolean {
  return a.statement === b.statement && a.path?.join() === b.path?.join() && sameTuple(a.point, b.point);
}

/** A load with its position in the value of its store: where a witness lists its producers. */
export interface LoadSite {
  readonly reader: StoreContext;
  readonly load: Load;
  readonly at: number;
}

export function loadSites(contexts: Iterable<StoreContext>): LoadSite[] {
  return [...contexts].flatMap((reader) => loadsOf(reader.store.value).map((load, at) => ({ reader, load, at })));
}

/** What follows from no earlier case having applied: ¬(e >= 0) is −e − 1 >= 0. */
export function refusedBy(earlier: readonly Case<Instance>[]): Condition[] {
  return earlier.flatMap(({ when: [only, ...more] }): Condition[] =>
    only?.kind === "ge" && more.length === 0 ? [{ kind: "ge", index: minus(literal(-1), only.index) }] : [],
  );
}
