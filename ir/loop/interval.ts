/**
 * What values an index expression can take, by interval arithmetic over the extents
 * of its variables and, one at a time, the conditions known to hold. Safe bounds,
 * not always the tightest: a caller that cannot conclude must check another way.
 */
import { type Atom, type Condition, type IndexExpr, minus, plus } from "./index-expr.js";

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
    const difference = rangeOf(minus(e, index), extent);
    const sum = rangeOf(plus(e, index), extent);
    low = Math.max(low, difference.low, kind === "eq" ? sum.low : -Infinity);
    high = Math.min(high, sum.high, kind === "eq" ? difference.high : Infinity);
  }
  return { low, high };
}

/** Whether a condition holds always, never, or on some values only. */
export function decide(condition: Condition, extent: ExtentOf): "always" | "never" | "sometimes" {
  const { low, high } = rangeOf(condition.index, extent);
  if (high < 0) return "never";
  if (condition.kind === "ge") return low >= 0 ? "always" : "sometimes";
  if (low > 0) return "never";
  return low === 0 && high === 0 ? "always" : "sometimes";
}
