/**
 * The first prover: goals that are true as written. A goal holds if its literals make
 * it so, if it stands among the premises, or if its parts do; a premise that is false
 * as written proves anything (its cover then has to be declared empty). Texts are
 * canonical, so comparing them compares formulas.
 */
import { isLiteral } from "../../ir/loop/index-expr.js";
import type { Condition } from "../../ir/loop/index-expr.js";
import { printFormula } from "../encode/formula.js";
import type { Formula, SolverObligation } from "../kernel/obligation.js";
import type { Verdict } from "../kernel/verdict.js";

const proved: Verdict = { kind: "proved", by: "trivial" };

/** What the premises say outright. */
interface Known {
  readonly conditions: ReadonlySet<string>;
  readonly formulas: ReadonlySet<string>;
}

export function proveTrivial(o: SolverObligation): Verdict | undefined {
  const known = knownFrom(o.premises);
  if (isTrue(o.goal, known, true)) return proved;
  const nothing: Known = { conditions: new Set(), formulas: new Set() };
  return o.premises.some((f) => isTrue(f, nothing, false)) ? proved : undefined;
}

function knownFrom(premises: readonly Formula[]): Known {
  const conditions = new Set<string>();
  const formulas = new Set<string>();
  const add = (f: Formula): void => {
    if (f.kind === "condition") conditions.add(conditionKey(f.condition));
    else if (f.kind === "and") f.of.forEach(add);
    else formulas.add(printFormula(f));
  };
  premises.forEach(add);
  return { conditions, formulas };
}

function conditionKey(c: Condition): string {
  return `${c.kind} ${c.index.text}`;
}

/** Whether `f` (or, with `wanted` false, its negation) is seen to follow. */
function isTrue(f: Formula, known: Known, wanted: boolean): boolean {
  switch (f.kind) {
    case "condition":
      return isConditionTrue(f.condition, known, wanted);
    case "not":
      return stands(f, known, wanted) || isTrue(f.of, known, !wanted);
    case "and":
    case "or": {
      const every = (f.kind === "and") === wanted;
      const parts = every ? f.of.every((part) => isTrue(part, known, wanted)) : f.of.some((part) => isTrue(part, known, wanted));
      return parts || stands(f, known, wanted);
    }
  }
}

function stands(f: Formula, known: Known, wanted: boolean): boolean {
  return wanted && known.formulas.size > 0 && known.formulas.has(printFormula(f));
}

function isConditionTrue(c: Condition, known: Known, wanted: boolean): boolean {
  if (isLiteral(c.index)) return (c.kind === "ge" ? c.index.constant >= 0 : c.index.constant === 0) === wanted;
  if (!wanted) return false;
  return known.conditions.has(conditionKey(c)) || (c.kind === "ge" && known.conditions.has(`eq ${c.index.text}`));
}
