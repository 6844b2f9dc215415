/**
 * What the build recorded of each claim. Taken over from it is only who settled what,
 * which is hearsay; the claims themselves, their order and their files are made anew.
 */
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { Verdict } from "../../proofs/kernel/verdict.js";
import { coverStatus } from "../../proofs/smt/print.js";
import type { Counted } from "../evidence/counts.js";
import { type Finding, altered, open, refuted } from "./finding.js";
import { fieldsOf, listOf, textOf } from "./json.js";

/** One line per obligation, as the build must have recorded it; differences show when the texts are compared. */
export function recordedLedger(obligations: readonly Obligation[], text: string, path: string, findings: Finding[]): readonly Counted[] {
  const lines = listOf(text).map(fieldsOf);
  const ids = lines.map((line) => textOf(line.get("id")));
  compareIds(obligations, ids, path, findings);
  const byId = new Map(lines.map((line, k) => [ids[k] ?? "", line]));
  return obligations.map((o) => {
    const line = byId.get(o.id) ?? new Map<string, unknown>();
    const verdict = recordedVerdict(o, fieldsOf(line.get("verdict")), path, findings);
    const by = textOf(fieldsOf(line.get("cover")).get("by"));
    const cover = o.kind === "ground" ? undefined : { expected: coverStatus(o), found: foundIn(line, o), by };
    return { rule: o.rule, verdict, cover, prover: textOf(fieldsOf(line.get("verdict")).get("by")) };
  });
}

/** Missing, extra, twice: by name. */
function compareIds(obligations: readonly Obligation[], recorded: readonly string[], path: string, findings: Finding[]): void {
  const [due, found] = [new Set(obligations.map(({ id }) => id)), new Set(recorded)];
  for (const id of due) if (!found.has(id)) findings.push(altered(`the claim ${id} is not recorded`, path));
  for (const id of found) if (!due.has(id)) findings.push(altered(`a claim is recorded that the kernel does not make: ${id || "one without a name"}`, path));
  if (found.size < recorded.length) findings.push(altered("a claim is recorded twice", path));
}

/** A claim that the build left open stays open here: an audit repairs nothing. */
function recordedVerdict(o: Obligation, verdict: ReadonlyMap<string, unknown>, path: string, findings: Finding[]): Verdict {
  if (o.kind === "ground" && !o.holds) findings.push(refuted(`${o.id}: ${o.sentence} ${o.detail}`, path));
  const kind = verdict.get("kind");
  if (kind === "unknown") {
    findings.push(open(`the build left ${o.id} undecided`, path, "build it again with more time, or without the pass"));
    return { kind, why: reasonOf(verdict.get("why")), detail: textOf(verdict.get("detail")) };
  }
  if (kind === "refuted") findings.push(refuted(`the build itself refuted ${o.id}`, path));
  return { kind: "proved", by: textOf(verdict.get("by")) };
}

const reasons = ["resource-limit", "corrupt", "solver-error", "vacuous", "not-empty", "not-replayed"] as const;

function reasonOf(value: unknown): (typeof reasons)[number] {
  return reasons.find((reason) => reason === value) ?? "solver-error";
}

/** What was found of the premises: as expected, or, for a claim left open, what the record says. */
function foundIn(line: ReadonlyMap<string, unknown>, o: Obligation): "sat" | "unsat" | "unknown" {
  const [open, found] = [fieldsOf(line.get("verdict")).get("kind") === "unknown", fieldsOf(line.get("cover")).get("found")];
  if (open && (found === "sat" || found === "unsat" || found === "unknown")) return found;
  return o.kind === "solver" ? coverStatus(o) : "sat";
}
