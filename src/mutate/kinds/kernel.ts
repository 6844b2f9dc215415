/**
 * Wrong kernels: a rule left out, or weakened. The kernel is not edited: what it makes
 * are obligations, and a weaker kernel makes fewer or other ones, so each mutant is a
 * rewriting of obligations. It is noticed if a wrong pass of the catalogue gets through,
 * or if a program that is right is no longer proved. Only what a mutant changes is
 * discharged again: every other verdict stands.
 */
import { invariant } from "../../../ir/prelude.js";
import type { Obligation } from "../../../proofs/kernel/obligation.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import type { LedgerLine } from "../../../proofs/provers/ledger.js";
import { catalogue } from "../catalogue.js";
import { obligationsOf, originalObligations } from "../index.js";
import { type MutantRow, mutantRow } from "../row.js";
import { type Weakening, weakenings } from "./weakenings.js";

/** A program with its obligations and what became of them. */
interface Subject {
  readonly name: string;
  /** Of a wrong pass some obligation has to fail; of a right program none may. */
  readonly wrong: boolean;
  readonly obligations: readonly Obligation[];
  readonly lines: readonly LedgerLine[];
}

export async function kernelMutants(jobs: number): Promise<MutantRow[]> {
  const subjects = await subjectsOf(jobs);
  const rows: MutantRow[] = [];
  for (const weakening of weakenings) rows.push(await rowOf(weakening, subjects, jobs));
  return rows;
}

async function subjectsOf(jobs: number): Promise<Subject[]> {
  const wrong = catalogue.map((it) => ({ name: it.name, wrong: true, obligations: obligationsOf(it) }));
  const right = originalObligations().map(({ name, obligations }) => ({ name, wrong: false, obligations }));
  const all = [...wrong, ...right];
  const lines = await discharge(all.flatMap(({ obligations }) => obligations), { jobs, solver: "auto" });
  let from = 0;
  const subjects = all.map((it) => ({ ...it, lines: lines.slice(from, (from += it.obligations.length)) }));
  const misplaced = subjects.find((it) => it.wrong === it.lines.every(isProved));
  invariant(misplaced === undefined, `${misplaced?.name ?? ""} is ${misplaced?.wrong === true ? "wrong and proved" : "right and not proved"}`);
  return subjects;
}

function isProved({ verdict }: LedgerLine): boolean {
  return verdict.kind === "proved";
}

/** An obligation as the mutated kernel makes it; the same object where nothing changed, undefined where it is not made. */
type Mutated = Obligation | undefined;

async function rowOf({ name, bug, change, enabled, equivalent }: Weakening, subjects: readonly Subject[], jobs: number): Promise<MutantRow> {
  const passes: string[] = [];
  const refusals: string[] = [];
  for (const subject of subjects) {
    const outcome = enabled === undefined ? await changed(subject, change, jobs) : await without(subject, enabled, jobs);
    if (outcome && subject.wrong) passes.push(subject.name);
    if (!outcome && !subject.wrong) refusals.push(subject.name);
  }
  const by = passes.length > 0 ? `lets through ${passes[0]}` : refusals.length > 0 ? `refuses ${refusals[0]}, which is right` : "";
  return mutantRow("kernel", name, bug, by, { rules: [name.split(".")[0] ?? ""], ...(by === "" && equivalent !== undefined ? { equivalent } : {}) });
}

/** Whether the mutated kernel has every obligation proved. */
async function changed({ obligations, lines }: Subject, change: (o: Obligation) => Mutated, jobs: number): Promise<boolean> {
  const again: Obligation[] = [];
  for (const [k, o] of obligations.entries()) {
    const mutated = change(o);
    const proved = lines[k]?.verdict.kind === "proved";
    if (mutated === o && !proved) return false; // what the mutant leaves alone still fails
    if (mutated !== undefined && mutated !== o) again.push(mutated);
  }
  return allProved(again, jobs);
}

/** A whole rule left out: the kernel is run again, since what it reads after a failure of W0 differs. */
async function without({ name, wrong, obligations, lines }: Subject, enabled: NonNullable<Weakening["enabled"]>, jobs: number): Promise<boolean> {
  const stops = obligations.some(({ rule }, k) => rule === "W0" && lines[k]?.verdict.kind !== "proved"); // then the rest was not read
  if (!stops && obligations.some(({ rule }, k) => enabled(rule) && lines[k]?.verdict.kind !== "proved")) return false;
  const entry = wrong ? catalogue.find((it) => it.name === name) : undefined;
  return entry === undefined || allProved(obligationsOf(entry, enabled), jobs);
}

async function allProved(obligations: readonly Obligation[], jobs: number): Promise<boolean> {
  if (obligations.length === 0) return true;
  const lines = await discharge(obligations, { jobs, solver: "auto" });
  return lines.every(isProved);
}
