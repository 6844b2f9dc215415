/**
 * Concrete points. A point of the premises proves a cover satisfiable; a point that
 * also falsifies the goal refutes the obligation. The corners of the box come first,
 * then a guided search in the pieces of the formula, which follows its equations and
 * stands on its guard boundaries, then seeded random points. However a point was
 * found, it counts only after the formulas are evaluated there exactly.
 */
import { invariant } from "../../ir/prelude.js";
import { evalFormula, lookup } from "../encode/formula.js";
import type { Point } from "../encode/formula.js";
import { atomTerm, evalLinear } from "../encode/linear.js";
import { normalForm } from "../encode/normal-form.js";
import type { BoundedVariable, Formula, SolverObligation } from "../kernel/obligation.js";
import type { Verdict } from "../kernel/verdict.js";
import { copyPiece, impose, rangeOf } from "./piece.js";
import type { Piece } from "./piece.js";
import { explore } from "./pieces.js";
import type { Budget } from "./pieces.js";
import { saturate } from "./saturate.js";

const guidedSteps = 150;
const randomPoints = 40;

export function refuteByExample(o: SolverObligation): Verdict | undefined {
  const counterexample = findPoint(o.variables, [...o.premises, { kind: "not", of: o.goal }]);
  return counterexample === undefined ? undefined : { kind: "refuted", by: "example", counterexample };
}

/** A point of the box where every formula holds, if a short search finds one. */
export function findPoint(variables: readonly BoundedVariable[], formulas: readonly Formula[]): Point | undefined {
  if (variables.some((v) => v.extent < 1)) return undefined;
  const check = (values: readonly number[]): Point | undefined => confirm(variables, formulas, values);
  const corner = check(variables.map(() => 0)) ?? check(variables.map((v) => v.extent - 1));
  if (corner !== undefined) return corner;
  const search = guided(variables, formulas, check);
  return search === "empty" ? undefined : (search ?? random(variables, check));
}

/** The point, if it lies in the box and every formula is true there. */
export function confirm(variables: readonly BoundedVariable[], formulas: readonly Formula[], values: readonly number[]): Point | undefined {
  invariant(values.length === variables.length, "one value per variable");
  const inside = variables.every(({ extent }, k) => {
    const value = values[k] ?? -1;
    return Number.isSafeInteger(value) && value >= 0 && value < extent;
  });
  if (!inside) return undefined;
  const point = Object.fromEntries(variables.map(({ name }, k) => [name, values[k] ?? 0]));
  const env = lookup(point);
  return formulas.every((f) => evalFormula(f, env)) ? point : undefined;
}

type Check = (values: readonly number[]) => Point | undefined;

/** A point, or `empty` if the pieces show that there is none. */
function guided(variables: readonly BoundedVariable[], formulas: readonly Formula[], check: Check): Point | "empty" | undefined {
  const budget = { left: guidedSteps };
  let found: Point | undefined;
  const outcome = explore(variables, (atoms) => formulas.map((f) => normalForm(atoms, f, true)), budget, (piece) => {
    found = descend(piece, variables.length, budget, check);
    return found !== undefined;
  });
  return outcome === "none" ? "empty" : found;
}

/** Fixes one free variable after the other, at its least, greatest or middle value. */
function descend(p: Piece, variables: number, budget: Budget, check: Check): Point | undefined {
  const found = check(lowestValues(p, variables));
  if (found !== undefined || budget.left-- <= 0) return found;
  const free = Array.from({ length: variables }, (_, k) => k).find((k) => !p.solved.has(k) && !isFixed(p, k));
  if (free === undefined) return undefined;
  const { low, high } = rangeOf(p, atomTerm(free));
  for (const value of new Set([low, high, Math.floor((low + high) / 2)])) {
    const piece = copyPiece(p);
    if (!impose(piece, "eq", { ...atomTerm(free), constant: -value }) || !saturate(piece)) continue;
    const point = descend(piece, variables, budget, check);
    if (point !== undefined) return point;
  }
  return undefined;
}

function isFixed(p: Piece, variable: number): boolean {
  const { low, high } = rangeOf(p, atomTerm(variable));
  return low === high;
}

/** Every free variable at its least value, the solved ones as their equations say. */
function lowestValues(p: Piece, variables: number): number[] {
  const lowest = (k: number): number => p.ranges.get(k)?.low ?? 0;
  return Array.from({ length: variables }, (_, k) => {
    const equation = p.solved.get(k);
    return equation === undefined ? lowest(k) : evalLinear(p.atoms, equation, lowest);
  });
}

/** Points from a fixed linear congruential sequence: the same on every run. */
function random(variables: readonly BoundedVariable[], check: Check): Point | undefined {
  let state = 12345;
  const draw = (extent: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    return Math.floor((state / 2 ** 32) * extent);
  };
  for (let k = 0; k < randomPoints; k++) {
    const found = check(variables.map((v) => draw(v.extent)));
    if (found !== undefined) return found;
  }
  return undefined;
}
