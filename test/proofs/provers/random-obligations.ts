/**
 * Small random obligations and their truth by enumeration: what every prover is
 * measured against. The sequence is seeded, so a failure repeats.
 */
import type { IndexExpr } from "../../../ir/loop/index-expr.js";
import { atLeast, equals, floordiv, literal, mod, plus, shift, times, variable } from "../../../ir/loop/index-expr.js";
import { evalFormula, lookup } from "../../../proofs/encode/formula.js";
import type { Point } from "../../../proofs/encode/formula.js";
import { and, condition, not, or } from "../../../proofs/kernel/obligation.js";
import type { BoundedVariable, Formula, SolverObligation } from "../../../proofs/kernel/obligation.js";

/** The next integer of a seeded sequence, in 0 … below − 1. */
export type Draw = (below: number) => number;

export function seeded(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export function makeObligation(variables: readonly BoundedVariable[], premises: readonly Formula[], goal: Formula, more: Partial<SolverObligation> = {}): SolverObligation {
  return {
    kind: "solver",
    id: "test/W2/example",
    stage: "test",
    rule: "W2",
    question: "2-equal",
    sentence: "an example",
    subject: { node: "conv1", statement: "s0", buffer: "t0" },
    variables,
    premises,
    goal,
    cover: "sat",
    ...more,
  };
}

export function randomObligation(draw: Draw, id: string): SolverObligation {
  const names = ["a", "b", "c", "d"].slice(0, 2 + draw(3));
  const variables = names.map((name) => ({ name, extent: 1 + draw(6) }));
  const premises = Array.from({ length: draw(4) }, () => randomFormula(draw, names, 2));
  return makeObligation(variables, premises, randomFormula(draw, names, 2), { id });
}

function randomFormula(draw: Draw, names: readonly string[], depth: number): Formula {
  const parts = (): Formula[] => Array.from({ length: draw(4) }, () => randomFormula(draw, names, depth - 1));
  switch (depth === 0 ? 0 : draw(6)) {
    case 0:
    case 1:
    case 2:
      return randomCondition(draw, names);
    case 3:
      return and(...parts());
    case 4:
      return or(...parts());
    default:
      return not(randomFormula(draw, names, depth - 1));
  }
}

function randomCondition(draw: Draw, names: readonly string[]): Formula {
  const [left, right] = [randomIndex(draw, names, 2), randomIndex(draw, names, draw(2))];
  return condition(draw(2) === 0 ? atLeast(left, right) : equals(left, right));
}

function randomIndex(draw: Draw, names: readonly string[], depth: number): IndexExpr {
  let sum = literal(draw(9) - 4);
  for (let k = draw(3); k >= 0; k--) sum = plus(sum, times(randomAtom(draw, names, depth), draw(9) - 4));
  return sum;
}

function randomAtom(draw: Draw, names: readonly string[], depth: number): IndexExpr {
  const choice = depth === 0 ? 0 : draw(4);
  if (choice < 2) return variable(names[draw(names.length)] ?? "a");
  const inner = shift(randomIndex(draw, names, depth - 1), draw(7) - 3);
  return choice === 2 ? floordiv(inner, 1 + draw(5)) : mod(inner, 1 + draw(5));
}

/** The first point of the box where every formula holds. */
export function enumeratePoint(variables: readonly BoundedVariable[], formulas: readonly Formula[]): Point | undefined {
  const total = variables.reduce((n, v) => n * v.extent, 1);
  for (let k = 0; k < total; k++) {
    const point = pointAt(variables, k);
    if (formulas.every((f) => evalFormula(f, lookup(point)))) return point;
  }
  return undefined;
}

function pointAt(variables: readonly BoundedVariable[], k: number): Point {
  let rest = k;
  const entries = variables.map(({ name, extent }): [string, number] => {
    const value = rest % extent;
    rest = (rest - value) / extent;
    return [name, value];
  });
  return Object.fromEntries(entries);
}

export function counterexampleOf(o: SolverObligation): Point | undefined {
  return enumeratePoint(o.variables, [...o.premises, not(o.goal)]);
}
