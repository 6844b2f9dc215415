/**
 * The second prover: the premises and the negated goal have no common point in the
 * box of the variables. The argument: `normalForm` keeps the solutions of a formula,
 * `explore` covers them with pieces, and a piece counts as empty only when one of its
 * intervals is; each interval holds every value its form takes there (piece.ts, saturate.ts).
 * It proves most obligations of affine programs: indices within shapes, case guards
 * that exclude each other, lexicographic order, tuples equal after cancellation.
 */
import { normalForm } from "../encode/normal-form.js";
import type { BoundedVariable, Formula, SolverObligation } from "../kernel/obligation.js";
import type { Verdict } from "../kernel/verdict.js";
import { explore } from "./pieces.js";

/** Enough for the case splits of one obligation; a solver is faster beyond. */
const pieces = 100;

export function proveByIntervals(o: SolverObligation): Verdict | undefined {
  return isEmpty(o.variables, o.premises, o.goal) ? { kind: "proved", by: "interval" } : undefined;
}

/** Whether no point of the box satisfies `premises` and, if given, falsifies `goal`; false says nothing. */
export function isEmpty(variables: readonly BoundedVariable[], premises: readonly Formula[], goal?: Formula): boolean {
  const giveUp = (): boolean => true;
  const outcome = explore(
    variables,
    (atoms) => [...premises.map((f) => normalForm(atoms, f, true)), ...(goal === undefined ? [] : [normalForm(atoms, goal, false)])],
    { left: pieces },
    giveUp,
  );
  return outcome === "none";
}
