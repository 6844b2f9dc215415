/**
 * How much of a build is proved end to end: which statements of the program read back
 * have every claim of the end-to-end stage proved, and which claims are open. The chain
 * decides whether a build passes; this says how far it could be believed without it.
 */
import { storesOf } from "../../ir/loop/visit.js";
import type { Program } from "../../ir/loop/program.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";

/** Name of the stage. */
export const endToEnd = "end-to-end";

export interface Coverage {
  /** Statements of the program read back. */
  readonly statements: number;
  /** Those of which every claim is proved. */
  readonly covered: number;
  /** Statements that are not covered, each with its claims that are open. */
  readonly uncovered: readonly { readonly statement: string; readonly claims: readonly string[] }[];
  /** Open claims about no statement in particular: outputs, buffers, the text as a whole. */
  readonly others: readonly string[];
}

export interface CheckedStage {
  readonly name: string;
  readonly program: Program | undefined;
  readonly obligations: readonly Obligation[];
  readonly ledger: readonly Pick<LedgerLine, "verdict">[];
}

/** Undefined where no stage is end to end, or nothing was asked. */
export function coverageOf(stages: readonly CheckedStage[]): Coverage | undefined {
  const stage = stages.find(({ name }) => name === endToEnd);
  if (stage?.program === undefined || stage.ledger.length === 0) return undefined;
  const names = new Set(storesOf(stage.program).map(({ store }) => store.name));
  const open = new Map<string, string[]>();
  const others: string[] = [];
  stage.obligations.forEach(({ id, subject }, k) => {
    if (stage.ledger[k]?.verdict.kind === "proved") return;
    if (names.has(subject.statement)) open.set(subject.statement, [...(open.get(subject.statement) ?? []), id]);
    else others.push(id);
  });
  const uncovered = [...open].map(([statement, claims]) => ({ statement, claims }));
  return { statements: names.size, covered: names.size - uncovered.length, uncovered, others };
}

/** The sentence that reports print. */
export function coverageSentence({ statements, covered, others }: Coverage): string {
  const beside = others.length === 0 ? "" : `; ${others.length} claims about outputs or buffers are open`;
  return `${covered} of ${statements} statements proved against the reference program itself${beside}`;
}
