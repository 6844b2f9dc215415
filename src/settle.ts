/** A stage settled: its obligations discharged and noted down, and the build ended unless every one is proved. */
import type { Program } from "../ir/loop/program.js";
import type { Obligation } from "../proofs/kernel/obligation.js";
import { type DischargeOptions, discharge } from "../proofs/provers/discharge.js";
import type { KnownQuestions } from "../proofs/provers/known.js";
import { type LedgerLine, assertSomeObligations } from "../proofs/provers/ledger.js";
import type { Answer } from "../proofs/provers/solver.js";
import type { BuildRequest, Failure, Progress, StageRecord } from "./build-result.js";
import type { LemmaStage } from "./numeric/lemma-stage.js";
import type { ImportedModel } from "./onnx/import.js";
import { replay } from "./run/replay.js";
import type { PlannedStep } from "./steps.js";

/** Thrown inside a build to end it; the driver turns it into a result. */
export class Stopped extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.stage);
    this.failure = failure;
  }
}

/** A build in progress. */
export interface Chain {
  readonly request: BuildRequest;
  readonly imported: ImportedModel;
  readonly steps: readonly PlannedStep[];
  readonly report: Progress;
  readonly stages: StageRecord[];
  readonly advice: string[];
  readonly answers: Map<string, Answer>;
  readonly known: KnownQuestions;
}

export interface NewStage extends Omit<StageRecord, "obligations" | "ledger" | "seconds"> {
  /** Verdicts of others than the kernel and the provers, by obligation. */
  readonly verdicts?: LemmaStage["verdicts"];
}

/** Makes the obligations of a stage and has them discharged; ends the build unless all are proved. */
export async function settle<T extends { readonly obligations: readonly Obligation[] }>(
  chain: Chain,
  stage: NewStage,
  make: () => T,
  before: Program | undefined,
): Promise<T> {
  chain.report.stage(stage.name);
  const start = performance.now();
  const made = make();
  const ledger = await record(chain, stage, made.obligations, start);
  const lines = ledger.filter(({ verdict }) => verdict.kind !== "proved");
  if (lines.length === 0) return made;
  const refuted = lines.some(({ verdict }) => verdict.kind === "refuted");
  const weights = chain.imported.graph.constants;
  const shown = refuted && stage.program !== undefined ? replay({ before, after: stage.program, weights }) : undefined;
  throw new Stopped({ stage: stage.name, lines, replay: shown });
}

/** Discharges the obligations of a stage and notes it down. */
export async function record(chain: Chain, { verdicts, ...stage }: NewStage, obligations: readonly Obligation[], start: number): Promise<readonly LedgerLine[]> {
  assertSomeObligations(obligations, stage.name);
  const ledger = chain.request.prove ? (await discharge(obligations, optionsOf(chain))).map((line) => decided(named(line), verdicts?.get(line.id))) : [];
  const shared = obligations.map((o) => (o.kind === "solver" ? chain.known.shared(o) : o));
  chain.stages.push({ ...stage, obligations: shared, ledger, seconds: (performance.now() - start) / 1000 });
  return ledger;
}

function decided(line: LedgerLine, verdict: LedgerLine["verdict"] | undefined): LedgerLine {
  if (verdict === undefined) return line;
  return verdict.kind === "unknown" ? { ...line, verdict, detail: verdict.detail } : { ...line, verdict, prover: verdict.by };
}

/** The cache here is the build's own memory, and a reader of the ledger should be told so. */
function named(line: LedgerLine): LedgerLine {
  if (line.prover !== "cache" && line.cover?.by !== "cache") return line;
  const by = "equal question earlier in this build";
  const verdict = line.verdict.kind === "unknown" || line.verdict.by !== "cache" ? line.verdict : { ...line.verdict, by };
  const cover = line.cover?.by === "cache" ? { ...line.cover, by } : line.cover;
  return { ...line, verdict, cover, prover: line.prover === "cache" ? by : line.prover };
}

/** Answers are kept for the build: stages ask many equal questions. */
function optionsOf({ request, answers, known, report }: Chain): DischargeOptions {
  return { jobs: request.jobs, solver: request.solver, cache: answers, known, onProgress: (done, total) => report.settled(done, total) };
}
