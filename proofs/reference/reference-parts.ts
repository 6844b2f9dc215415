/**
 * Selections of a meaning as guarded parts of the reference program. A part whose
 * guard no point satisfies is left out, and so is a condition that the others imply:
 * left out wrongly, an element would be written never or twice, which the kernel's own
 * obligations on the reference program refute.
 */
import type { Range } from "../../ir/loop/build.js";
import { countPoints } from "../../ir/loop/count.js";
import { type Condition, isLiteral, literal, minus, substituteCondition } from "../../ir/loop/index-expr.js";
import { decide } from "../../ir/loop/interval.js";
import { present } from "../../ir/prelude.js";
import type { TensorExpr } from "../../ir/tensor/meaning.js";
import type { Substitution } from "../kernel/domain.js";

export interface Part {
  /** Over the loops of the stage. */
  readonly when: readonly Condition[];
  /** Without selections at its top, over the variables of the meaning. */
  readonly value: TensorExpr;
}

/** The selections at the top of a value as disjoint parts that cover every point of `axes`. */
export function partsOf(value: TensorExpr, axes: readonly Range[], rename: Substitution): readonly Part[] {
  return branches(value, []).map((part) => ({ ...part, when: part.when.map((c) => substituteCondition(c, rename)) }))
    .filter(({ when }) => countPoints(axes, when) > 0);
}

function branches(value: TensorExpr, when: readonly Condition[]): readonly Part[] {
  if (value.kind !== "select") return [{ when, value }];
  return [...branches(value.then, [...when, ...value.when]), ...branches(value.otherwise, [...when, ...value.when.map(negation)])];
}

/** Meanings select by one inequality (see assertMeaning); not e >= 0 is −e − 1 >= 0. */
function negation({ index }: Condition): Condition {
  return { kind: "ge", index: minus(literal(-1), index) };
}

/** Without the inequalities that always hold, or follow from another that differs by a constant. */
export function needed(conditions: readonly Condition[], axes: readonly Range[]): readonly Condition[] {
  const extentOf = (name: string): number => present(axes.find((axis) => axis.variable === name), `variable ${name}`).extent;
  const open = conditions.filter((c) => decide(c, extentOf) !== "always");
  return open.filter((c, k) => !open.some((other, j) => {
    const slack = minus(c.index, other.index);
    return c.kind === "ge" && other.kind === "ge" && isLiteral(slack) && (slack.constant > 0 || (slack.constant === 0 && j < k));
  }));
}
