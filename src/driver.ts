/**
 * The driver: from an ONNX file to proved C. It knows no pass by name: it asks each
 * step of the schedule for a program and a witness, lets the kernel make the
 * obligations, has them discharged, and goes on only if every one is proved.
 */
import type { FloatCompare } from "../backends/backend.js";
import { dirname } from "node:path";
import type { Graph } from "../ir/graph/graph.js";
import type { Program } from "../ir/loop/program.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import { claims } from "../proofs/kernel/claims.js";
import { derivedConstants } from "../proofs/reference/derived.js";
import { type CheckedStage, type Established, beginChain, checkStage, interfaceOf } from "../proofs/kernel/kernel.js";
import type { Obligation } from "../proofs/kernel/obligation.js";
import { referenceProgram } from "../proofs/reference/reference.js";
import type { Dataflow, Witness } from "../proofs/kernel/witness.js";
import { type DischargeOptions, type SolverChoice, discharge, startSolver } from "../proofs/provers/discharge.js";
import { KnownQuestions } from "../proofs/provers/known.js";
import { type LedgerLine, assertSomeObligations } from "../proofs/provers/ledger.js";
import type { Answer } from "../proofs/provers/solver.js";
import { endToEnd } from "./compose/coverage.js";
import { composePhi } from "./compose/phi.js";
import type { Replication } from "./config.js";
import { type Code, emitAndReadBack } from "./emit-code.js";
import { type LemmaStage, lemmaStage } from "./numeric/lemma-stage.js";
import { type NumericRequest, asksNothing } from "./numeric/request.js";
import { referenceDataflow } from "./lower/dataflow.js";
import { rejectEmpty } from "./onnx/extents.js";
import type { FixInputs } from "./onnx/fix-inputs.js";
import { type ImportedModel, importModel } from "./onnx/import.js";
import type { Pass, Staged } from "./pass.js";
import { fallbackPlacement, pipeline } from "./pipeline.js";
import { type Replay, replay } from "./run/replay.js";
import type { ScheduleStep } from "./schedule.js";
import { adviceOn } from "./schedule/matches.js";
import { type PlannedStep, planSteps } from "./steps.js";

export interface BuildRequest {
  /** Path of the ONNX file. */
  readonly model: string;
  readonly fixDims: ReadonlyMap<string, number>;
  /** Inputs that become constants of the build; none if absent. */
  readonly fixInputs?: FixInputs;
  readonly contract: MulAddContract;
  /** Undefined: every pass in the order of the pipeline, with its defaults. */
  readonly schedule: readonly ScheduleStep[] | undefined;
  /** The last pass to run. */
  readonly until: string | undefined;
  readonly skip: readonly string[];
  readonly solver: SolverChoice;
  /** Solver instances at once. */
  readonly jobs: number;
  /** `false` makes obligations but asks nobody: the result is `unchecked`, for comparing engines only. */
  readonly prove: boolean;
  /** How close to the model's meaning the code has to be, as the configuration says; exact if absent. */
  readonly replication?: Replication;
  /** Lemmas to use, and the input box over which the error is bounded; none of it unless asked for. */
  readonly numeric?: NumericRequest;
  /** How the C compares floats; by its operators if absent. */
  readonly floatCompare?: FloatCompare | undefined;
  /** What the schedule's names mean; the pipeline unless a test brings wrong passes. */
  readonly passes?: readonly Pass[];
}

/** What the driver says while it works. */
export interface Progress {
  readonly stage: (name: string) => void;
  readonly settled: (done: number, total: number) => void;
}

export interface StageRecord {
  readonly name: string;
  readonly summary: string;
  /** Undefined for the stage that concerns constants only. */
  readonly program: Program | undefined;
  readonly witness: Witness | Dataflow | undefined;
  /** Equal questions share one formula, in the names of the first that asked. */
  readonly obligations: readonly Obligation[];
  /** One line per obligation; empty when nothing is proved. */
  readonly ledger: readonly LedgerLine[];
  /** Making and discharging the obligations. */
  readonly seconds: number;
}

export type Outcome = "proved" | "refuted" | "unknown" | "unchecked";

export interface Failure {
  readonly stage: string;
  /** Those not proved. */
  readonly lines: readonly LedgerLine[];
  /** Present for a refutation. */
  readonly replay: Replay | undefined;
}

export interface BuildResult {
  readonly request: BuildRequest;
  /** With the graph that the chain starts from: the model's, or what lemmas made of it. */
  readonly imported: ImportedModel;
  readonly steps: readonly PlannedStep[];
  readonly stages: readonly StageRecord[];
  /** Lemmas and error bound; undefined where neither was asked for. */
  readonly numeric: LemmaStage | undefined;
  /** What the schedule asks for and this model does not have; nothing for the default schedule. */
  readonly advice: readonly string[];
  readonly outcome: Outcome;
  readonly failure: Failure | undefined;
  /** Present when every stage was proved, or nothing was to be. */
  readonly code: Code | undefined;
}

/** Thrown inside a build to end it; never leaves this file. */
class Stopped extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.stage);
    this.failure = failure;
  }
}

interface Chain {
  readonly request: BuildRequest;
  readonly imported: ImportedModel;
  readonly steps: readonly PlannedStep[];
  readonly report: Progress;
  readonly stages: StageRecord[];
  readonly advice: string[];
  readonly answers: Map<string, Answer>;
  readonly known: KnownQuestions;
}

/** Throws a Refusal for what a person can mend; a claim that is not proved is a result. */
export async function buildModel(request: BuildRequest, report: Progress): Promise<BuildResult> {
  const steps = planSteps(request, request.passes ?? pipeline);
  report.stage("import");
  const { fixDims, fixInputs = new Map(), contract, model } = request;
  const original = importModel(model, { fixDims, fixInputs, contract, folder: dirname(model) });
  for (const { name, shape } of original.graph.outputs) rejectEmpty(shape, name); // a constant can be empty, an array of C cannot
  const numeric = await numericStage(request, original.graph, report);
  const imported = numeric === undefined ? original : { ...original, graph: numeric.graph };
  const chain: Chain = { request, imported, steps, report, stages: [], advice: [], answers: new Map(), known: new KnownQuestions() };
  const result = (): Pick<BuildResult, "request" | "imported" | "steps" | "stages" | "numeric" | "advice"> =>
    ({ request, imported, steps, stages: chain.stages, numeric, advice: chain.advice });
  try {
    if (numeric !== undefined) await settleNumeric(chain, numeric);
    const code = await runChain(chain);
    return { ...result(), outcome: request.prove ? "proved" : "unchecked", failure: undefined, code };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const outcome = error.failure.lines.some(({ verdict }) => verdict.kind === "refuted") ? "refuted" : "unknown";
    return { ...result(), outcome, failure: error.failure, code: undefined };
  }
}

async function numericStage({ numeric, contract, solver }: BuildRequest, graph: Graph, report: Progress): Promise<LemmaStage | undefined> {
  if (numeric === undefined || asksNothing(numeric)) return undefined;
  report.stage("lemmas");
  return lemmaStage(graph, contract, numeric, () => startSolver(solver));
}

/** The rewriting before the chain: its own claims, and the bound on the error of the outputs. */
async function settleNumeric(chain: Chain, { name, obligations, verdicts }: LemmaStage): Promise<void> {
  if (obligations.length === 0) return;
  const summary = name === "lemmas" ? "the graph rewritten by lemmas, and its error bounded" : "the error of the outputs bounded";
  await settle(chain, { name, summary, program: undefined, witness: undefined, verdicts }, () => ({ obligations }), undefined);
}

async function runChain(chain: Chain): Promise<Code> {
  const { request, imported, steps } = chain;
  const { graph } = imported;
  await checkConstants(chain, graph);
  const reference = referenceProgram(graph, request.contract);
  const first = await begin(chain, reference);
  let current = first;
  let segment: Segment = { from: first, stages: chain.stages.length, summary: "the C against the operators' meanings, nothing in between" };
  for (const [k, { pass, options }] of steps.entries()) {
    chain.report.stage(pass.name);
    const result = pass.run(current.staged, options);
    if (request.schedule !== undefined) chain.advice.push(...adviceOn(k + 1, pass, options, current.staged.program, result !== undefined));
    if (result === undefined) continue;
    current = await advance(chain, current, { pass, ...result });
    if (result.witness.backward === true) segment = { from: current, stages: chain.stages.length, summary: `the C against the program after ${chain.stages.at(-1)?.name ?? pass.name}, nothing in between` };
  }
  const placed = fallbackPlacement.run(current.staged, {});
  if (placed !== undefined) current = await advance(chain, current, { pass: fallbackPlacement, ...placed });
  const { code, last } = await readBackStage(chain, current);
  await proveEndToEnd(chain, segment, last);
  return code;
}

/** What the end-to-end claims start from: φ of the stages before a backward one does not compose with those after. */
interface Segment {
  readonly from: Current;
  /** Stages up to there. */
  readonly stages: number;
  readonly summary: string;
}

/** A program of the chain: what passes see of it, and what the kernel knows of it. */
interface Current {
  readonly staged: Staged;
  readonly established: Established;
}

async function checkConstants(chain: Chain, graph: Graph): Promise<void> {
  if (graph.derived.size === 0) return;
  const into = claims("import");
  derivedConstants(into, graph, chain.request.contract);
  const stage = { name: "import", summary: "constants that import derived", program: undefined, witness: undefined };
  await settle(chain, stage, () => into, undefined);
}

async function begin(chain: Chain, reference: Program): Promise<Current> {
  const dataflow = referenceDataflow(reference);
  const options = { stage: "reference", model: interfaceOf(chain.imported.graph) };
  const stage = { name: "reference", summary: "the operators' meanings as loops", program: reference, witness: dataflow };
  const { established } = await settle(chain, stage, () => beginChain(options, reference, dataflow), undefined);
  return { staged: { program: established.program, dataflow }, established };
}

interface Step {
  readonly pass: Pick<Pass, "name" | "summary">;
  readonly after: Program;
  readonly witness: Witness;
  /** Claims of the last stage that are not about two programs. */
  readonly besides?: readonly Obligation[];
}

async function advance(chain: Chain, before: Current, { pass, after, witness, besides = [] }: Step): Promise<Current> {
  const name = stageName(chain, pass.name);
  const options = { stage: name, model: interfaceOf(chain.imported.graph) };
  const stage = { name, summary: pass.summary, program: after, witness };
  const make = (): CheckedStage => {
    const { obligations, established } = checkStage(options, before.established, after, witness);
    return { obligations: [...obligations, ...besides], established };
  };
  const { established } = await settle(chain, stage, make, before.staged.program);
  return { staged: { program: established.program, dataflow: witness }, established }; // the text the kernel read, not the pass's objects
}

/** A pass that runs twice makes two stages. */
function stageName({ stages }: Chain, pass: string): string {
  const taken = stages.filter(({ name }) => name === pass || name.startsWith(`${pass}-`)).length;
  return taken === 0 ? pass : `${pass}-${taken + 1}`;
}

async function readBackStage(chain: Chain, current: Current): Promise<{ readonly code: Code; readonly last: Current }> {
  chain.report.stage("read-back");
  const { program, dataflow } = current.staged;
  const { code, step } = emitAndReadBack({ program, dataflow, imported: chain.imported, request: chain.request });
  return { code, last: await advance(chain, current, step) };
}

/**
 * The program read back, directly against the reference: no program in between enters a
 * claim. The chain has decided the build already; what is open here is told by name.
 */
async function proveEndToEnd(chain: Chain, { from: { established }, stages, summary }: Segment, { staged }: Current): Promise<void> {
  chain.report.stage(endToEnd);
  const start = performance.now();
  const links = chain.stages.slice(stages).flatMap(({ program, witness }) => (program !== undefined && witness !== undefined && "phi" in witness ? [{ program, phi: witness.phi }] : []));
  const witness = { ...staged.dataflow, phi: composePhi(established, links) };
  const options = { stage: endToEnd, model: interfaceOf(chain.imported.graph) };
  const { obligations } = checkStage(options, established, staged.program, witness);
  await record(chain, { name: endToEnd, summary, program: staged.program, witness }, obligations, start);
}

interface NewStage extends Omit<StageRecord, "obligations" | "ledger" | "seconds"> {
  /** Verdicts of others than the kernel and the provers, by obligation. */
  readonly verdicts?: LemmaStage["verdicts"];
}

/** Makes the obligations of a stage and has them discharged; ends the build unless all are proved. */
async function settle<T extends { readonly obligations: readonly Obligation[] }>(
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
async function record(chain: Chain, { verdicts, ...stage }: NewStage, obligations: readonly Obligation[], start: number): Promise<readonly LedgerLine[]> {
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
