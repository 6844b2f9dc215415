/**
 * What values an index expression can take, by interval arithmetic over the extents
 * of its variables and, one at a time, the conditions known to hold. Safe bounds,
 * not always the tightest: a caller that cannot conclude must check another way.
 */
import type { Atom, Condition, IndexExpr } from "./index-expr.js";

/** Both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The number of values of a variable, which starts at 0. */
export type ExtentOf = (name: string) => number;

export function rangeOf(e: IndexExpr, extent: ExtentOf): Interval {
  let low = e.constant;
  let high = e.constant;
  for (const { coefficient, atom } of e.terms) {
    const of = atomRange(atom, extent);
    low += coefficient * (coefficient > 0 ? of.low : of.high);
    high += coefficient * (coefficient > 0 ? of.high : of.low);
  }
  return { low, high };
}

function atomRange(atom: Atom, extent: ExtentOf): Interval {
  if (atom.kind === "var") return { low: 0, high: extent(atom.name) - 1 };
  const { low, high } = rangeOf(atom.of, extent);
  const first = Math.floor(low / atom.by);
  const last = Math.floor(high / atom.by);
  if (atom.kind === "floordiv") return { low: first, high: last };
  return first === last ? { low: low - atom.by * first, high: high - atom.by * first } : { low: 0, high: atom.by - 1 };
}

/**
 * The range of `e` where all `conditions` hold. From `c >= 0` follow e = c + (e − c) ≥ min(e − c)
 * and e = (e + c) − c ≤ max(e + c); that decides padding tests and tile tails.
 */
export function rangeUnder(e: IndexExpr, conditions: readonly Condition[], extent: ExtentOf): Interval {
  let { low, high } = rangeOf(e, extent);
  for (const { kind, index } of conditions) {
    const difference = rangeOfSum(e, index, -1, extent);
    const sum = rangeOfSum(e, index, 1, extent);
    low = Math.max(low, difference.low, kind === "eq" ? sum.low : -Infinity);
    high = Math.min(high, sum.high, kind === "eq" ? difference.high : Infinity);
  }
  return { low, high };
}

/** The range of a + sign·b, terms of one atom taken together; no expression is built, for this is asked more than anything else. */
function rangeOfSum(a: IndexExpr, b: IndexExpr, sign: 1 | -1, extent: ExtentOf): Interval {
  let low = a.constant + sign * b.constant;
  let high = low;
  const add = (coefficient: number, atom: Atom): void => {
    if (coefficient === 0) return;
    const of = atomRange(atom, extent);
    low += coefficient * (coefficient > 0 ? of.low : of.high);
    high += coefficient * (coefficient > 0 ? of.high : of.low);
  };
  for (const { coefficient, atom } of a.terms) add(coefficient + sign * coefficientIn(b, atom), atom);
  for (const { coefficient, atom } of b.terms) if (coefficientIn(a, atom) === 0) add(sign * coefficient, atom);
  return { low, high };
}

function coefficientIn({ terms }: IndexExpr, atom: Atom): number {
  for (const term of terms) if (sameAtom(term.atom, atom)) return term.coefficient;
  return 0;
}

function sameAtom(a: Atom, b: Atom): boolean {
  if (a === b) return true;
  if (a.kind === "var" || b.kind === "var") return a.kind === "var" && b.kind === "var" && a.name === b.name;
  return a.kind === b.kind && a.by === b.by && a.of.text === b.of.text;
}

/** Whether a condition holds always, never, or on some values only. */
export function decide(condition: Condition, extent: ExtentOf): "always" | "never" | "sometimes" {
  const { low, high } = rangeOf(condition.index, extent);
  if (high < 0) return "never";
  if (condition.kind === "ge") return low >= 0 ? "always" : "sometimes";
  if (low > 0) return "never";
  return low === 0 && high === 0 ? "always" : "sometimes";
}
