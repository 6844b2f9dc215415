/**
 * Iteration domains and the schedule θ, read from the text of a program. A point of
 * a store is one expression per loop around it, outermost first; θ is the vector of
 * alternating positions and loop variables, compared lexicographically. Both come
 * from the tree alone, never from a witness, so θ is total and injective by
 * construction: two instances with equal vectors are the same store at the same point.
 */
import { type Condition, type IndexExpr, atLeast, below, equals, shift, substituteCondition, variable, zero } from "../../ir/loop/index-expr.js";
import type { StoreContext } from "../../ir/loop/visit.js";
import { type BoundedVariable, type Formula, and, condition, falsehood, or } from "./obligation.js";

export type Substitution = (name: string) => IndexExpr | undefined;

/** The loop variables of a store, each with its extent; `prefix` tells a second instance apart. */
export function variablesOf(store: StoreContext, prefix = ""): BoundedVariable[] {
  return store.loops.map((loop) => ({ name: prefix + loop.variable, extent: loop.extent }));
}

/** The point named by the store's own loop variables. */
export function ownPoint(store: StoreContext, prefix = ""): IndexExpr[] {
  return store.loops.map((loop) => variable(prefix + loop.variable));
}

/** Replaces each loop variable of `store` by its coordinate in `point`. */
export function bind(store: StoreContext, point: readonly IndexExpr[]): Substitution {
  const coordinate = new Map(store.loops.map((loop, depth) => [loop.variable, point[depth]]));
  return (name) => coordinate.get(name);
}

export function conditions(of: readonly Condition[], by?: Substitution): Formula[] {
  return of.map((c) => condition(by === undefined ? c : substituteCondition(c, by)));
}

/** The point lies in the iteration domain of the store: loops and guards. */
export function inDomain(store: StoreContext, point: readonly IndexExpr[]): Formula {
  if (point.length !== store.loops.length) return falsehood;
  const by = bind(store, point);
  const within = store.loops.flatMap((loop) => {
    const at = by(loop.variable) ?? zero;
    return [condition(atLeast(at, zero)), condition(below(at, loop.extent))];
  });
  return and(...within, ...conditions(store.conditions, by));
}

/** Component-wise equality; tuples of different length are different. */
export function samePoint(a: readonly IndexExpr[], b: readonly IndexExpr[]): Formula {
  if (a.length !== b.length) return falsehood;
  return and(...a.map((e, k) => condition(equals(e, b[k] ?? zero))));
}

/** θ(a at p) < θ(b at q), split at the loops the two stores share. */
export function precedes(a: StoreContext, p: readonly IndexExpr[], b: StoreContext, q: readonly IndexExpr[]): Formula {
  const ways: Formula[] = [];
  const equalSoFar: Formula[] = [];
  for (let depth = 0; depth < Math.min(a.positions.length, b.positions.length); depth++) {
    const [rankA, rankB] = [a.positions[depth] ?? 0, b.positions[depth] ?? 0];
    if (rankA < rankB) ways.push(and(...equalSoFar));
    if (rankA !== rankB) break;
    const [x, y] = [p[depth], q[depth]];
    if (x === undefined || y === undefined) break; // the same store: θ equal up to here
    ways.push(and(...equalSoFar, condition(atLeast(y, shift(x, 1)))));
    equalSoFar.push(condition(equals(x, y)));
  }
  return or(...ways);
}
