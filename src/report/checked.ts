/** What the formats of this folder are written from: stages with their claims, and where in the C a statement stands. */
import type { Obligation, Rule } from "../../proofs/kernel/obligation.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";

export interface ReportedStage {
  readonly name: string;
  readonly obligations: readonly Obligation[];
  /** One line per obligation; empty where nothing was proved. */
  readonly ledger: readonly LedgerLine[];
  readonly seconds: number;
}

export interface CheckedBuild {
  /** Path of the model or the built directory, as the person gave it. */
  readonly target: string;
  readonly stages: readonly ReportedStage[];
  readonly exit: number;
  /** Why nothing could be checked, where a refusal ended the command. */
  readonly refusal?: { readonly code: string; readonly what: string };
  /** C files that were written, by name, for lines of statements. */
  readonly sources: readonly { readonly name: string; readonly path: string; readonly text: string }[];
}

/** A claim with its line. */
export interface ReportedClaim {
  readonly stage: string;
  readonly obligation: Obligation;
  readonly line: LedgerLine | undefined;
}

export function claimsOf({ stages }: Pick<CheckedBuild, "stages">): readonly ReportedClaim[] {
  return stages.flatMap(({ name, obligations, ledger }) => obligations.map((obligation, k) => ({ stage: name, obligation, line: ledger[k] })));
}

export type Outcome = "pass" | "fail" | "open";

/** Refuted fails; unknown, and what nobody was asked about, is open. */
export function outcomeOf({ line }: ReportedClaim): Outcome {
  if (line?.verdict.kind === "proved") return "pass";
  return line?.verdict.kind === "refuted" ? "fail" : "open";
}

/** Proved claims by stage, rule and node, each group in the order of its first claim. */
export interface ProvedGroup {
  readonly stage: string;
  readonly rule: Rule;
  readonly node: string;
  readonly statement: string;
  readonly count: number;
}

export function provedGroups(claims: readonly ReportedClaim[]): readonly ProvedGroup[] {
  const groups = new Map<string, ProvedGroup>();
  for (const { stage, obligation: { rule, subject: { node, statement } } } of claims.filter((claim) => outcomeOf(claim) === "pass")) {
    const key = JSON.stringify([stage, rule, node]);
    groups.set(key, { stage, rule, node, statement: groups.get(key)?.statement ?? statement, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()];
}

/** The line of a statement in the C, which its comment names. */
export function sourceLine({ sources }: CheckedBuild, statement: string): { readonly path: string; readonly line: number } | undefined {
  if (statement === "") return undefined;
  for (const { path, text } of sources) {
    const line = text.split("\n").findIndex((code) => code.includes(`/* ${statement} from `) || code.includes(`/* ${statement} in `));
    if (line >= 0) return { path, line: line + 1 };
  }
  return undefined;
}
