/**
 * Index expressions and conditions as closures over one array of variable values, so
 * that evaluating a meaning costs a few array reads per element instead of a tree walk.
 */
import { invariant } from "../prelude.js";
import type { Atom, Condition, IndexExpr, Term } from "../loop/index-expr.js";
import type { Axis } from "./meaning.js";

/** Variables in scope: where each value sits in `values`, and how far it runs. */
export interface Scope {
  readonly values: Int32Array;
  readonly slots: ReadonlyMap<string, number>;
  readonly extents: ReadonlyMap<string, number>;
}

/** More variables than any operator has: rank and window of the largest meaning, with room. */
const maxVariables = 64;

export function scopeOf(axes: readonly Axis[]): Scope {
  return extendScope({ values: new Int32Array(maxVariables), slots: new Map(), extents: new Map() }, axes);
}

/** `scope` and the variables `axes`, over the same array of values. */
export function extendScope(scope: Scope, axes: readonly Axis[]): Scope {
  const slots = new Map(scope.slots);
  const extents = new Map(scope.extents);
  for (const { name, extent } of axes) {
    invariant(!slots.has(name), `variable ${name} is declared twice`);
    invariant(slots.size < maxVariables, "more variables than a meaning may have");
    slots.set(name, slots.size);
    extents.set(name, extent);
  }
  return { values: scope.values, slots, extents };
}

export function slotOf(scope: Scope, name: string): number {
  const slot = scope.slots.get(name);
  invariant(slot !== undefined, `variable ${name} is not in scope`);
  return slot;
}

/** `e` as a function of the current variable values. */
export function compileIndex(e: IndexExpr, scope: Scope): () => number {
  return e.terms.every((term) => term.atom.kind === "var")
    ? compileLinear(e.constant, e.terms, scope)
    : compileSum(e, scope);
}

function compileLinear(constant: number, terms: readonly Term[], scope: Scope): () => number {
  const { values } = scope;
  const slots = terms.map((term) => slotOf(scope, term.atom.kind === "var" ? term.atom.name : ""));
  const factors = terms.map((term) => term.coefficient);
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = slots;
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = factors;
  const value = (slot: number): number => values[slot] ?? 0;
  switch (terms.length) {
    case 0: return () => constant;
    case 1: return () => constant + c0 * value(s0);
    case 2: return () => constant + c0 * value(s0) + c1 * value(s1);
    case 3: return () => constant + c0 * value(s0) + c1 * value(s1) + c2 * value(s2);
    case 4: return () => constant + c0 * value(s0) + c1 * value(s1) + c2 * value(s2) + c3 * value(s3);
    default: return () => {
      let sum = constant;
      for (let k = 0; k < slots.length; k++) sum += (factors[k] ?? 0) * value(slots[k] ?? 0);
      return sum;
    };
  }
}

function compileSum(e: IndexExpr, scope: Scope): () => number {
  const terms = e.terms.map(({ coefficient, atom }) => ({ coefficient, atom: compileAtom(atom, scope) }));
  return () => {
    let sum = e.constant;
    for (const { coefficient, atom } of terms) sum += coefficient * atom();
    return sum;
  };
}

function compileAtom(atom: Atom, scope: Scope): () => number {
  if (atom.kind === "var") {
    const { values } = scope;
    const slot = slotOf(scope, atom.name);
    return () => values[slot] ?? 0;
  }
  const of = compileIndex(atom.of, scope);
  const { by } = atom;
  if (atom.kind === "floordiv") return () => Math.floor(of() / by);
  return () => {
    const value = of();
    return value - by * Math.floor(value / by);
  };
}

/** Do all `conditions` hold for the current variable values? undefined where there is nothing to ask. */
export function compileConditions(conditions: readonly Condition[], scope: Scope): (() => boolean) | undefined {
  const tests = conditions.map((c) => compileCondition(c, scope));
  const [first, second] = tests;
  if (first === undefined) return undefined;
  if (second === undefined) return first;
  if (tests.length === 2) return () => first() && second();
  return () => tests.every((test) => test());
}

function compileCondition(condition: Condition, scope: Scope): () => boolean {
  const index = compileIndex(condition.index, scope);
  return condition.kind === "ge" ? () => index() >= 0 : () => index() === 0;
}
