/**
 * The search through the pieces of a formula. A conjunction is imposed on one piece;
 * a disjunction waits until the bounds decide it, and is split into pieces only when
 * nothing else is left to do. Each alternative is explored, so if every piece is
 * empty the formula has no solution; a piece where nothing is left to split is
 * handed to the caller. The number of pieces is capped: beyond it, no answer.
 */
import { Overflow, newAtoms } from "../encode/linear.js";
import type { Atoms } from "../encode/linear.js";
import type { Normal } from "../encode/normal-form.js";
import type { BoundedVariable } from "../kernel/obligation.js";
import { copyPiece, impose, newPiece, rangeOf } from "./piece.js";
import type { Piece } from "./piece.js";
import { saturate } from "./saturate.js";

/** `none`: no solution · `stopped`: the visitor said enough · `open`: a piece may hold one, or the cap was reached. */
export type Outcome = "none" | "stopped" | "open";

/** Pieces and points share this allowance. */
export interface Budget {
  left: number;
}

/** Called with each piece that could not be closed; true ends the search. */
export type Visitor = (piece: Piece) => boolean;

type Disjunction = readonly Normal[];

/** Explores the solutions in the box of `variables` of the conjunction that `facts` makes over its atoms. */
export function explore(
  variables: readonly BoundedVariable[],
  facts: (atoms: Atoms) => readonly Normal[],
  budget: Budget,
  visit: Visitor,
): Outcome {
  if (variables.some((v) => v.extent < 1)) return "none";
  try {
    const atoms = newAtoms(variables);
    const piece = newPiece(atoms);
    const open: Disjunction[] = [];
    const alive = facts(atoms).every((fact) => assume(piece, open, fact));
    return alive ? split(piece, open, budget, visit) : "none";
  } catch (e) {
    if (e instanceof Overflow) return "open";
    throw e;
  }
}

function assume(p: Piece, open: Disjunction[], fact: Normal): boolean {
  switch (fact.kind) {
    case "ge":
    case "eq":
      return impose(p, fact.kind, fact.term);
    case "and":
      return fact.of.every((part) => assume(p, open, part));
    case "or":
      open.push(fact.of);
      return fact.of.length > 0;
  }
}

function split(p: Piece, waiting: readonly Disjunction[], budget: Budget, visit: Visitor): Outcome {
  const open = settle(p, waiting);
  if (open === undefined) return "none";
  if (budget.left-- <= 0) return "open";
  const shortest = open.reduce<Disjunction | undefined>((best, d) => (best === undefined || d.length < best.length ? d : best), undefined);
  if (shortest === undefined) return visit(p) ? "stopped" : "open";
  const rest = open.filter((d) => d !== shortest);
  let outcome: Outcome = "none";
  for (const alternative of shortest) {
    const [piece, further] = [copyPiece(p), [...rest]];
    const result = assume(piece, further, alternative) ? split(piece, further, budget, visit) : "none";
    if (result === "stopped") return "stopped";
    if (result === "open") outcome = "open";
    if (budget.left <= 0) return "open";
  }
  return outcome;
}

/** Bounds and disjunctions against each other until neither moves; undefined if no point is left. */
function settle(p: Piece, waiting: readonly Disjunction[]): readonly Disjunction[] | undefined {
  let open = waiting;
  for (;;) {
    if (!saturate(p)) return undefined;
    const next: Disjunction[] = [];
    let progress = false;
    for (const disjunction of open) {
      const possible = remaining(p, disjunction);
      if (possible === "true") continue;
      const [only] = possible;
      if (possible.length > 1) next.push(possible);
      else if (only === undefined || !assume(p, next, only)) return undefined;
      else progress = true;
    }
    open = next;
    if (!progress) return open;
  }
}

/** The alternatives the bounds do not exclude, or that one of them holds throughout the piece. */
function remaining(p: Piece, disjunction: Disjunction): Disjunction | "true" {
  const possible: Normal[] = [];
  for (const alternative of disjunction) {
    const truth = truthIn(p, alternative);
    if (truth === true) return "true";
    if (truth === undefined) possible.push(alternative);
  }
  return possible;
}

/** Whether `fact` holds at every point of the piece (true), at none (false), or neither is seen. */
function truthIn(p: Piece, fact: Normal): boolean | undefined {
  switch (fact.kind) {
    case "ge": {
      const { low, high } = rangeOf(p, fact.term);
      return low >= 0 ? true : high < 0 ? false : undefined;
    }
    case "eq": {
      const { low, high } = rangeOf(p, fact.term);
      return low > 0 || high < 0 ? false : low === 0 && high === 0 ? true : undefined;
    }
    case "and":
      return truthOfAll(p, fact.of, false);
    case "or":
      return truthOfAll(p, fact.of, true);
  }
}

/** One `deciding` part settles it; otherwise every part has to be seen. */
function truthOfAll(p: Piece, of: readonly Normal[], deciding: boolean): boolean | undefined {
  let all = true;
  for (const part of of) {
    const truth = truthIn(p, part);
    if (truth === deciding) return deciding;
    if (truth === undefined) all = false;
  }
  return all ? !deciding : undefined;
}
