/**
 * The ledger: one line per obligation, in the order the kernel made them. A line says
 * what was claimed, the verdict, who gave it, and that its premises are not empty.
 */
import { InvariantViolation, unreachable } from "../../ir/prelude.js";
import type { Point } from "../encode/formula.js";
import type { GroundObligation, Obligation, Question, Rule } from "../kernel/obligation.js";
import type { Verdict } from "../kernel/verdict.js";

/** What is known of the premises alone. */
export interface CoverResult {
  readonly expected: "sat" | "unsat";
  readonly found: "sat" | "unsat" | "unknown";
  readonly by: string;
  /** A point of the premises, if one was found; none where the line shares another's answer. */
  readonly point: Point | undefined;
  /** Why nothing was found. */
  readonly detail: string;
}

export interface LedgerLine {
  readonly id: string;
  readonly stage: string;
  readonly rule: Rule;
  readonly question: Question;
  readonly verdict: Verdict;
  /** Ground obligations have no premises and so no cover. */
  readonly cover: CoverResult | undefined;
  /** Who settled it: `kernel`, a prover's name, or a solver's with its version. */
  readonly prover: string;
  /** For people: what the kernel compared, or why there is no verdict. */
  readonly detail: string;
  /** sha256 of the obligation's text, if a solver was asked about it. */
  readonly digest: string | undefined;
  /** The obligation that was solved in place of this one, equal up to the names of variables. */
  readonly sharedWith: string | undefined;
  /** Time spent; the only part that differs between runs. */
  readonly ms: number;
}

export function groundLine(o: GroundObligation): LedgerLine {
  const verdict: Verdict = o.holds ? { kind: "proved", by: "kernel" } : { kind: "refuted", by: "kernel", counterexample: {} };
  const { id, stage, rule, question, detail } = o;
  return { id, stage, rule, question, verdict, cover: undefined, prover: "kernel", detail, digest: undefined, sharedWith: undefined, ms: 0 };
}

/**
 * The verdict on the claim, once its premises are known. A claim proved of nothing is
 * no proof; premises declared empty prove the claim exactly when they are.
 */
export function withCover(verdict: Verdict, cover: CoverResult): Verdict {
  if (verdict.kind === "refuted") return verdict;
  if (cover.expected === cover.found) return cover.expected === "unsat" ? { kind: "proved", by: cover.by } : verdict;
  const undecided = verdict.kind === "unknown" && cover.found === "unknown" && cover.expected === "sat";
  if (undecided) return verdict;
  const why = cover.expected === "sat" ? "vacuous" : "not-empty";
  return { kind: "unknown", why, detail: coverComplaint(cover) };
}

function coverComplaint(cover: CoverResult): string {
  switch (cover.found) {
    case "sat":
      return `declared empty, but it holds at ${JSON.stringify(cover.point)}`;
    case "unsat":
      return "no point satisfies the premises";
    case "unknown":
      return `whether the premises are empty is not known: ${cover.detail}`;
    default:
      return unreachable(cover.found);
  }
}

export interface LedgerSummary {
  readonly proved: number;
  readonly refuted: number;
  readonly unknown: number;
}

export function summarise(lines: readonly LedgerLine[]): LedgerSummary {
  const count = (kind: Verdict["kind"]): number => lines.filter((line) => line.verdict.kind === kind).length;
  return { proved: count("proved"), refuted: count("refuted"), unknown: count("unknown") };
}

/** A stage that leaves nothing to prove was not checked: our bug, never a success. */
export function assertSomeObligations(obligations: readonly Obligation[], stage: string): void {
  if (obligations.length === 0) throw new InvariantViolation(`stage ${stage} made no obligation`);
}
