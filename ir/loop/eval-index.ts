/**
 * Index expressions, conditions and loop ranges as closures over one array that
 * holds the value of the loop variable of each depth.
 */
import { present } from "../prelude.js";
import { affineIn } from "./affine.js";
import type { Atom, Condition, IndexExpr, Term } from "./index-expr.js";

/** Where each variable in scope sits in `values`: its depth, outermost 0. */
export interface Variables {
  readonly values: Float64Array;
  readonly depths: ReadonlyMap<string, number>;
}

export function depthOf(variables: Variables, name: string): number {
  return present(variables.depths.get(name), `variable ${name} in scope`);
}

/** The depth of the innermost variable that the terms mention, −1 where there is none. */
export function deepest(terms: readonly Term[], variables: Variables): number {
  let depth = -1;
  for (const { atom } of terms) {
    depth = Math.max(depth, atom.kind === "var" ? depthOf(variables, atom.name) : deepest(atom.of.terms, variables));
  }
  return depth;
}

/** `e` as a function of the current values. */
export function compileIndex(e: IndexExpr, variables: Variables): () => number {
  return compileSum(e.constant, e.terms, variables);
}

/** `constant` + Σ `terms` as a function of the current values. */
export function compileSum(constant: number, terms: readonly Term[], variables: Variables): () => number {
  const parts = terms.map(({ coefficient, atom }) => ({ factor: coefficient, value: compileAtom(atom, variables) }));
  const [a, b] = parts;
  if (a === undefined) return () => constant;
  if (b === undefined) return () => constant + a.factor * a.value();
  if (parts.length === 2) return () => constant + a.factor * a.value() + b.factor * b.value();
  return () => {
    let sum = constant;
    for (const { factor, value } of parts) sum += factor * value();
    return sum;
  };
}

function compileAtom(atom: Atom, variables: Variables): () => number {
  if (atom.kind === "var") {
    const { values } = variables;
    const depth = depthOf(variables, atom.name);
    return () => values[depth] ?? NaN;
  }
  const of = compileIndex(atom.of, variables);
  const { by } = atom;
  if (atom.kind === "floordiv") return () => Math.floor(of() / by);
  return () => {
    const value = of();
    return value - by * Math.floor(value / by);
  };
}

/** Whether all conditions hold for the current values. */
export function compileConditions(conditions: readonly Condition[], variables: Variables): () => boolean {
  const tests = conditions.map(({ kind, index }) => {
    const value = compileIndex(index, variables);
    return kind === "ge" ? () => value() >= 0 : () => value() === 0;
  });
  const [first] = tests;
  if (first === undefined) return () => true;
  return tests.length === 1 ? first : () => tests.every((test) => test());
}

/** The iterations of a loop at which conditions affine in its variable hold: always one range. */
export interface RangeFinder {
  /** First iteration, and one past the last; empty when high <= low. Valid after `find`. */
  readonly low: () => number;
  readonly high: () => number;
  readonly find: () => void;
}

/** Solves the conditions for `name`, given the values of the variables outside its loop. */
export function compileRange(conditions: readonly Condition[], { name, extent }: { name: string; extent: number }, outer: Variables): RangeFinder {
  const parts = conditions.map(({ kind, index }) => {
    const { rest, factor } = present(affineIn(index, name), `condition ${index.text} affine in ${name}`);
    return { kind, factor, rest: compileIndex(rest, outer) };
  });
  let low = 0;
  let high = extent;
  const atLeast = (value: number, factor: number): void => {
    if (factor > 0) low = Math.max(low, Math.ceil(-value / factor));
    else if (factor < 0) high = Math.min(high, Math.floor(value / -factor) + 1);
    else if (value < 0) high = 0;
  };
  const find = (): void => {
    low = 0;
    high = extent;
    for (const { kind, factor, rest } of parts) {
      const value = rest();
      atLeast(value, factor);
      if (kind === "eq") atLeast(-value, -factor); // both together leave one iteration, or none where the quotient is no integer
    }
  };
  return { low: () => low, high: () => high, find };
}
