/** Counts over the stages of a build: obligations by rule and verdict, covers by what was found. */
import { type Rule } from "../../proofs/kernel/obligation.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";
import { ruleTexts } from "./rules.js";

export interface RuleCount {
  readonly rule: Rule;
  readonly obligations: number;
  readonly proved: number;
  readonly refuted: number;
  readonly unknown: number;
}

export interface Counts {
  readonly byRule: readonly RuleCount[];
  readonly total: Omit<RuleCount, "rule">;
  readonly covers: { readonly sat: number; readonly expectEmpty: number };
  /** Obligations by who settled them. */
  readonly byProver: Readonly<Record<string, number>>;
}

const rules: readonly Rule[] = ["W0", "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "M1", "F1", "L1", "B1", "B2"];

function countOf(lines: readonly LedgerLine[]): Omit<RuleCount, "rule"> {
  const of = (kind: string): number => lines.filter(({ verdict }) => verdict.kind === kind).length;
  return { obligations: lines.length, proved: of("proved"), refuted: of("refuted"), unknown: of("unknown") };
}

export function countLedger(lines: readonly LedgerLine[]): Counts {
  const covers = lines.flatMap(({ cover }) => (cover === undefined ? [] : [cover]));
  const provers = new Map<string, number>();
  for (const { prover } of lines) provers.set(prover, (provers.get(prover) ?? 0) + 1);
  return {
    byRule: rules.map((rule) => ({ rule, ...countOf(lines.filter((line) => line.rule === rule)) })).filter(({ obligations }) => obligations > 0),
    total: countOf(lines),
    covers: {
      sat: covers.filter(({ expected, found }) => expected === "sat" && found === "sat").length,
      expectEmpty: covers.filter(({ expected, found }) => expected === "unsat" && found === "unsat").length,
    },
    byProver: Object.fromEntries([...provers].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** The assumptions that proofs by these rules rest on, and those that every build rests on. */
export function assumptionsOf(byRule: readonly RuleCount[]): readonly string[] {
  const every = ["A-02", "A-03", "A-07", "A-11", "A-12", "A-13", "A-14", "A-15", "A-16"];
  return [...new Set([...every, ...byRule.flatMap(({ rule }) => ruleTexts[rule].assumptions)])].toSorted();
}
