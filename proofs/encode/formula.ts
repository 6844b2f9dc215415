/**
 * Formulas as values: their text, their truth at a point and the variables they
 * speak of. The text is canonical because index expressions are, so equal texts
 * are equal formulas; evaluation is exact and is what confirms every example.
 */
import { eachVariable, holds, printCondition } from "../../ir/loop/index-expr.js";
import type { Condition } from "../../ir/loop/index-expr.js";
import { invariant } from "../../ir/prelude.js";
import type { BoundedVariable, Formula } from "../kernel/obligation.js";

export type Point = Readonly<Record<string, number>>;

export function printFormula(f: Formula): string {
  switch (f.kind) {
    case "condition":
      return printCondition(f.condition);
    case "not":
      return `not (${printFormula(f.of)})`;
    case "and":
    case "or":
      return `${f.kind}(${f.of.map(printFormula).join("; ")})`;
  }
}

/** Whether `f` is true where `env` gives each variable. */
export function evalFormula(f: Formula, env: (name: string) => number): boolean {
  switch (f.kind) {
    case "condition":
      return holds(f.condition, env);
    case "not":
      return !evalFormula(f.of, env);
    case "and":
      return f.of.every((part) => evalFormula(part, env));
    case "or":
      return f.of.some((part) => evalFormula(part, env));
  }
}

export function eachCondition(f: Formula, visit: (c: Condition) => void): void {
  if (f.kind === "condition") visit(f.condition);
  else if (f.kind === "not") eachCondition(f.of, visit);
  else for (const part of f.of) eachCondition(part, visit);
}

/**
 * The variables that `formulas` mention, in order of first occurrence, then those
 * without any value, which make every claim about them vacuous and so must stay.
 */
export function occurringVariables(variables: readonly BoundedVariable[], formulas: readonly Formula[]): BoundedVariable[] {
  const declared = new Map(variables.map((v) => [v.name, v]));
  invariant(declared.size === variables.length, "a variable of an obligation is declared twice");
  const found = new Set<BoundedVariable>();
  const visit = (name: string): void => {
    const known = declared.get(name);
    invariant(known !== undefined, `an obligation mentions the undeclared variable ${name}`);
    found.add(known);
  };
  for (const f of formulas) eachCondition(f, (c) => eachVariable(c.index, visit));
  return [...found, ...variables.filter((v) => v.extent < 1 && !found.has(v))];
}

/** A lookup in `point`; asking for a variable it lacks is our bug. */
export function lookup(point: Point): (name: string) => number {
  return (name) => {
    const value = point[name];
    invariant(value !== undefined, `the point gives no value to ${name}`);
    return value;
  };
}
