/** What a build is asked for, and what comes of it. */
import type { FloatCompare } from "../backends/backend.js";
import type { Program } from "../ir/loop/program.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import type { Obligation } from "../proofs/kernel/obligation.js";
import type { Dataflow, Witness } from "../proofs/kernel/witness.js";
import type { SolverChoice } from "../proofs/provers/discharge.js";
import type { LedgerLine } from "../proofs/provers/ledger.js";
import type { Replication } from "./config.js";
import type { Code } from "./emit-code.js";
import type { LemmaStage } from "./numeric/lemma-stage.js";
import type { NumericRequest } from "./numeric/request.js";
import type { FixInputs } from "./onnx/fix-inputs.js";
import type { ImportedModel } from "./onnx/import.js";
import type { Pass } from "./pass.js";
import type { Replay } from "./run/replay.js";
import type { ScheduleStep } from "./schedule.js";
import type { PlannedStep } from "./steps.js";

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
