/**
 * Ordered cases as short as they can be: a case that no instance reaches is dropped,
 * and so is a condition that the domain and the earlier cases imply.
 */
import { type Condition, literal, minus } from "../../ir/loop/index-expr.js";
import type { StoreContext } from "../../ir/loop/visit.js";
import type { Case, Instance } from "../../proofs/kernel/witness.js";
import { type Bounded, feasible } from "./feasible.js";

/** Where cases are asked for: the variables in scope and what holds of them. */
export interface Domain {
  readonly variables: readonly Bounded[];
  readonly conditions: readonly Condition[];
}

export function domainOf({ loops, conditions }: StoreContext): Domain {
  return { variables: loops.map(({ variable, extent }) => ({ name: variable, extent })), conditions };
}

/** The same ordered if–else over `domain`, without what is never reached or never asked. */
export function shorten(cases: readonly Case<Instance>[], { variables, conditions }: Domain): readonly Case<Instance>[] {
  const kept: Case<Instance>[] = [];
  for (const { when, then } of cases) {
    const earlier = kept.map((c) => c.when);
    const reached = (own: readonly Condition[]): boolean => feasible(variables, [...conditions, ...own], earlier);
    if (reached(when)) kept.push({ when: needed(when, reached), then });
  }
  return kept;
}

/** Drops, one after the other, each inequality whose negation is unreachable beside the others. */
function needed(when: readonly Condition[], reached: (when: readonly Condition[]) => boolean): readonly Condition[] {
  let left = when;
  for (const condition of when) {
    const others = left.filter((c) => c !== condition);
    if (condition.kind === "ge" && !reached([...others, negation(condition)])) left = others;
  }
  return left;
}

/** Not e >= 0 is −e − 1 >= 0. */
function negation({ index }: Condition): Condition {
  return { kind: "ge", index: minus(literal(-1), index) };
}
