/**
 * Certificates of a build: one line per distinct question, the digest of its text up to
 * the names of variables and what settles it without a solver (proofs/certificates):
 *
 *     <sha256> proof 1 -2 0 3 0 0     clauses, each closed by 0, the last one empty
 *     <sha256> point 3 0 7            a value per variable, in order of first occurrence
 */
import { type Clause } from "../../proofs/certificates/circuit.js";
import { type Certificate, certifiesCover, claimFormulas } from "../../proofs/certificates/certificate.js";
import { clausesOf } from "../../proofs/certificates/clauses.js";
import type { Obligation, SolverObligation } from "../../proofs/kernel/obligation.js";
import { findProof } from "../../proofs/provers/cadical.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";
import { type Shape, coverShape, digestOf, obligationShape } from "../../proofs/smt/print.js";

/** By the digest of the question. */
export type Certificates = ReadonlyMap<string, Certificate>;

export interface Certified {
  readonly certificates: Certificates;
  /** Questions without a certificate: the obligation and why. */
  readonly missing: readonly string[];
}

interface Question {
  readonly key: string;
  readonly id: string;
  readonly find: () => Promise<Certificate | string>;
}

export interface StageLedger {
  readonly obligations: readonly Obligation[];
  readonly ledger: readonly LedgerLine[];
}

/** Looks for a certificate of every distinct claim and cover, `jobs` at once. */
export async function certify(stages: readonly StageLedger[], jobs: number, settled: (done: number, total: number) => void): Promise<Certified> {
  const questions = [...questionsOf(stages).values()];
  const [certificates, missing] = [new Map<string, Certificate>(), new Array<string>()];
  const next = questions.values();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (const { key, id, find } of next) {
      const found = await find();
      if (typeof found === "string") missing.push(`${id}: ${found}`);
      else certificates.set(key, found);
      settled(++done, questions.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  return { certificates, missing };
}

function questionsOf(stages: readonly StageLedger[]): ReadonlyMap<string, Question> {
  const questions = new Map<string, Question>();
  const ask = (id: string, shape: Shape, find: (names: readonly string[]) => Promise<Certificate | string>): void => {
    const key = digestOf(shape.text);
    if (!questions.has(key)) questions.set(key, { key, id, find: () => find(shape.names) });
  };
  for (const { obligations, ledger } of stages) {
    obligations.forEach((o, k) => {
      if (o.kind === "ground") return;
      if (o.cover === "sat") ask(o.id, obligationShape(o), () => proofOf(o, claimFormulas(o)));
      ask(`${o.id}.cover`, coverShape(o), (names) => coverOf(o, ledger[k], names));
    });
  }
  return questions;
}

async function proofOf(o: SolverObligation, formulas: SolverObligation["premises"]): Promise<Certificate | string> {
  const clauses = await findProof(clausesOf(o.variables, formulas));
  return typeof clauses === "string" ? clauses : { kind: "proof", clauses };
}

async function coverOf(o: SolverObligation, line: LedgerLine | undefined, names: readonly string[]): Promise<Certificate | string> {
  if (o.cover === "expect-empty") return proofOf(o, o.premises);
  const point = line?.cover?.point;
  const certificate: Certificate = { kind: "point", values: names.map((name) => point?.[name] ?? 0) };
  return certifiesCover(o, certificate) ? certificate : "no point of the premises is known";
}

/** The key under which a claim, or its cover, is certified. */
export function questionKey(o: SolverObligation, what: "claim" | "cover"): string {
  return digestOf((what === "claim" ? obligationShape(o) : coverShape(o)).text);
}

export function printCertificates(certificates: Certificates): string {
  const sorted = [...certificates].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, it]) => `${key} ${it.kind} ${(it.kind === "point" ? it.values : it.clauses.flatMap((clause) => [...clause, 0])).join(" ")}\n`).join("");
}

/** Undefined if the text is not what `printCertificates` writes. */
export function parseCertificates(text: string): Certificates | undefined {
  const found = new Map<string, Certificate>();
  for (const line of text.split("\n").slice(0, -1)) {
    const [, key, kind, numbers = ""] = /^([0-9a-f]{64}) (proof|point) ((?:-?[0-9]{1,15} ?)*)$/.exec(line) ?? [];
    if (key === undefined || found.has(key)) return undefined;
    const values = numbers === "" ? [] : numbers.split(" ").map(Number);
    found.set(key, kind === "point" ? { kind, values } : { kind: "proof", clauses: clausesIn(values) });
  }
  return printCertificates(found) === text ? found : undefined;
}

function clausesIn(values: readonly number[]): readonly Clause[] {
  const clauses: number[][] = [[]];
  for (const value of values) {
    if (value === 0) clauses.push([]);
    else clauses.at(-1)?.push(value);
  }
  return clauses.slice(0, -1);
}
