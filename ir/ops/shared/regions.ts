/**
 * Selections by position. Every condition is one `… >= 0`, so that its negation is
 * one too and a statement under it can be split by guards.
 */
import { type IndexExpr, atLeast, below, literal } from "../../loop/index-expr.js";
import { type TensorExpr, select } from "../../tensor/meaning.js";

/** `inside` where low <= index < high, `outside` elsewhere; tests that `extent` decides are left out. */
export function within(
  index: IndexExpr, [low, high]: readonly [number, number], extent: number,
  [inside, outside]: readonly [TensorExpr, TensorExpr],
): TensorExpr {
  if (low >= high || low >= extent || high <= 0) return outside;
  const upper = high < extent ? select([below(index, high)], inside, outside) : inside;
  return low > 0 ? select([atLeast(index, literal(low))], upper, outside) : upper;
}

/** A run of consecutive positions that one expression describes. */
export interface Run {
  /** First position after the run. */
  readonly end: number;
  readonly value: TensorExpr;
}

/** The value of the first run whose end lies after `index`; the last run takes the rest. */
export function byRun(index: IndexExpr, runs: readonly Run[]): TensorExpr {
  const [first, ...others] = runs;
  if (first === undefined) throw new RangeError("a selection without runs");
  return others.length === 0 ? first.value : select([below(index, first.end)], first.value, byRun(index, others));
}
