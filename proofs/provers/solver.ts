/**
 * What every external solver looks like to the prover: it is given the printed text
 * and says `unsat`, `sat` with a model, or why it cannot tell. Whatever is not
 * exactly an answer is `unknown`.
 */
import type { UnknownReason } from "../kernel/verdict.js";

export interface Query {
  readonly text: string;
  /** The number of assertions in `text`. */
  readonly assertions: number;
  /** The declared variables whose values a model has to give. */
  readonly variables: readonly string[];
}

export type Answer =
  | { readonly kind: "unsat" }
  /** `values`: one per variable of the query, in its order. */
  | { readonly kind: "sat"; readonly values: readonly number[] }
  | { readonly kind: "unknown"; readonly why: UnknownReason; readonly detail: string };

export interface Solver {
  /** Name and version, as the ledger shows it. */
  readonly name: string;
  /** The deterministic resource bound, in the solver's own unit. */
  readonly limit: number;
  /** One query; the next is asked when this one has its answer. */
  readonly check: (query: Query) => Promise<Answer>;
  /** Ends every thread and process; the solver is not used afterwards. */
  readonly close: () => Promise<void>;
}

export function unknown(why: UnknownReason, detail: string): Answer {
  return { kind: "unknown", why, detail };
}

/** Starts one instance of a solver; refuses if its program is not installed. */
export type StartSolver = () => Promise<Solver>;

/** An integer as solvers print it. */
export function parseInteger(text: string): number | undefined {
  const value = /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}
