/**
 * Certificates: what settles a question without a solver. That formulas have no point
 * is shown by a proof over their clauses, checked step by step; that they have one by
 * the point itself. Who found a certificate does not matter.
 */
import { type Point, occurringVariables, lookup, evalFormula } from "../encode/formula.js";
import { Overflow } from "../encode/linear.js";
import { type Formula, type SolverObligation, not } from "../kernel/obligation.js";
import type { Clause } from "./circuit.js";
import { type ClauseSet, clausesOf } from "./clauses.js";
import { checkRup } from "./rup.js";

/** `values`: one per variable that the formulas mention, in order of first occurrence. */
export type Certificate =
  | { readonly kind: "proof"; readonly clauses: readonly Clause[] }
  | { readonly kind: "point"; readonly values: readonly number[] };

/** The premises with the negated goal: without a point, the claim holds. */
export function claimFormulas(o: SolverObligation): readonly Formula[] {
  return [...o.premises, not(o.goal)];
}

/** Whether the certificate shows that the claim holds. */
export function certifiesClaim(o: SolverObligation, certificate: Certificate): boolean {
  return certificate.kind === "proof" && haveNoPoint(o, claimFormulas(o), certificate.clauses);
}

/** Whether the certificate shows that the premises are what the claim says: satisfiable, or empty as declared. */
export function certifiesCover(o: SolverObligation, certificate: Certificate): boolean {
  if (o.cover === "sat") return certificate.kind === "point" && havePoint(o, certificate.values);
  return certificate.kind === "proof" && haveNoPoint(o, o.premises, certificate.clauses);
}

function haveNoPoint({ variables }: SolverObligation, formulas: readonly Formula[], proof: readonly Clause[]): boolean {
  try {
    return checkRup(clausesOf(variables, formulas), proof);
  } catch (error) {
    if (error instanceof Overflow) return false;
    throw error;
  }
}

/** Variables that the premises do not mention have a value too: 0, which every box but an empty one has. */
function havePoint({ variables, premises }: SolverObligation, values: readonly number[]): boolean {
  const named = occurringVariables(variables, premises);
  if (named.length !== values.length || variables.some(({ extent }) => extent < 1)) return false;
  const inside = named.every(({ extent }, k) => Number.isSafeInteger(values[k]) && (values[k] ?? -1) >= 0 && (values[k] ?? -1) < extent);
  const point: Point = Object.fromEntries(named.map(({ name }, k) => [name, values[k] ?? -1]));
  return inside && premises.every((f) => evalFormula(f, lookup(point)));
}

/** The clauses of a claim, for whoever looks for a proof. */
export function clausesOfClaim(o: SolverObligation): ClauseSet {
  return clausesOf(o.variables, claimFormulas(o));
}
