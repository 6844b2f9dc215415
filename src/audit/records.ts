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

/** The lines of one stage, and the claims among them that the build itself does not call proved. */
export interface Recorded {
  readonly ledger: readonly Counted[];
  readonly admitted: readonly string[];
}

/**
 * One line per obligation, as the build must have recorded it; differences show when the
 * texts are compared. `chain` says that the stage carries the theorem: then every claim
 * has to be proved. The end-to-end stage repeats what the chain says; claims that it
 * leaves open are admitted on the verdict page, by name.
 */
export function recordedLedger(obligations: readonly Obligation[], text: string, path: string, chain: boolean, findings: Finding[]): Recorded {
  const lines = listOf(text).map(fieldsOf);
  const ids = lines.map((line) => textOf(line.get("id")));
  compareIds(obligations, ids, path, findings);
  const byId = new Map(lines.map((line, k) => [ids[k] ?? "", line]));
  const ledger = obligations.map((o) => recordedLine(o, byId.get(o.id) ?? new Map<string, unknown>()));
  const admitted: string[] = [];
  obligations.forEach((o, k) => {
    const kind = ledger[k]?.verdict.kind ?? "unknown";
    if (kind !== "proved" && !chain) admitted.push(o.id);
    else if (o.kind === "ground" && !o.holds) findings.push(refuted(`${o.id}: ${o.sentence} ${o.detail}`, path));
    else if (kind === "refuted") findings.push(refuted(`the build itself refuted ${o.id}`, path));
    else if (kind === "unknown") findings.push(open(`the build left ${o.id} undecided`, path, "build it again with more time, or without the pass"));
  });
  return { ledger, admitted };
}

function recordedLine(o: Obligation, line: ReadonlyMap<string, unknown>): Counted {
  const [verdict, cover] = [recordedVerdict(fieldsOf(line.get("verdict"))), fieldsOf(line.get("cover"))];
  const found = ["sat", "unsat", "unknown"] as const;
  const due = o.kind === "solver" ? coverStatus(o) : "sat";
  const said = verdict.kind === "proved" ? due : (found.find((one) => one === cover.get("found")) ?? due);
  return {
    rule: o.rule, verdict, cover: o.kind === "ground" ? undefined : { expected: due, found: said, by: textOf(cover.get("by")) },
    prover: verdict.kind === "unknown" ? "" : verdict.by,
  };
}

/** Missing, extra, twice: by name. */
function compareIds(obligations: readonly Obligation[], recorded: readonly string[], path: string, findings: Finding[]): void {
  const [due, found] = [new Set(obligations.map(({ id }) => id)), new Set(recorded)];
  for (const id of due) if (!found.has(id)) findings.push(altered(`the claim ${id} is not recorded`, path));
  for (const id of found) if (!due.has(id)) findings.push(altered(`a claim is recorded that the kernel does not make: ${id || "one without a name"}`, path));
  if (found.size < recorded.length) findings.push(altered("a claim is recorded twice", path));
}

function recordedVerdict(verdict: ReadonlyMap<string, unknown>): Verdict {
  const by = textOf(verdict.get("by"));
  switch (verdict.get("kind")) {
    case "unknown":
      return { kind: "unknown", why: reasons.find((reason) => reason === verdict.get("why")) ?? "solver-error", detail: textOf(verdict.get("detail")) };
    case "refuted":
      return { kind: "refuted", by, counterexample: Object.fromEntries([...fieldsOf(verdict.get("counterexample"))].map(([name, value]) => [name, Number(value)])) };
    default:
      return { kind: "proved", by };
  }
}

const reasons = ["resource-limit", "corrupt", "solver-error", "vacuous", "not-empty", "not-replayed", "no-bound"] as const;
