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

export interface SourcePlace {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** Where statements and loops stand in the C: their comments name them. */
export function sourcePlaces({ sources }: CheckedBuild): ReadonlyMap<string, SourcePlace> {
  const lines = sources.flatMap(({ path, text }) => text.split("\n").map((code, k) => ({ path, code, line: k + 1 })));
  return new Map(lines.flatMap(({ path, code, line }) => {
    const name = /\/\* (\w+) (?:from|in) /.exec(code)?.[1];
    return name === undefined ? [] : [[name, { path, line }] as const];
  }));
}
