/** What the texts of a built directory are printed from, known to the build that makes them and made anew by an audit. */
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import type { Program } from "../../ir/loop/program.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { Dataflow, Witness } from "../../proofs/kernel/witness.js";
import type { ImportedModel } from "../onnx/import.js";
import type { LemmaStage } from "../numeric/lemma-stage.js";
import type { Counted } from "./counts.js";
import type { TargetFacts, TargetTexts } from "./target-files.js";

/** One stage of the chain, its claims and what was found of each. */
export interface PackageStage {
  readonly name: string;
  /** Undefined for the stage that concerns constants only. */
  readonly program: Program | undefined;
  readonly witness: Witness | Dataflow | undefined;
  readonly obligations: readonly Obligation[];
  /** One per obligation, in their order. */
  readonly ledger: readonly Counted[];
}

export interface PackageCode {
  /** Prefix of every external C name. */
  readonly model: string;
  readonly files: readonly EmittedFile[];
  readonly read: ReadBack;
}

/** All that the texts of a built directory are printed from. */
export interface PackageFacts {
  /** Version of the program that printed them. */
  readonly version: string;
  readonly imported: ImportedModel;
  /** Name of the model's file. */
  readonly modelFile: string;
  readonly modelBytes: number;
  readonly fixDims: ReadonlyMap<string, number>;
  readonly contract: MulAddContract;
  /** Text of the schedule. */
  readonly schedule: string;
  /** Text of the certificates, if the build made any. */
  readonly certificates: string | undefined;
  /** Record of the search that found the schedule, if there was one. */
  readonly search?: string | undefined;
  readonly stages: readonly PackageStage[];
  /** Lemmas and the bound of the error, if the build was asked for any. */
  readonly numeric: LemmaStage | undefined;
  /** Undefined when a stage failed. */
  readonly code: PackageCode | undefined;
  readonly failure: FailureTexts | undefined;
  /** What was compiled for a target, if the build was asked for one. */
  readonly target: PackageTarget | undefined;
}

export interface PackageTarget {
  readonly facts: TargetFacts;
  readonly found: TargetTexts;
}

/** What a failed build says of itself. */
export interface FailureTexts {
  readonly stage: string;
  readonly outcome: string;
  readonly claims: readonly { readonly id: string; readonly kind: string }[];
  /** The refutation, run. */
  readonly replay: string | undefined;
}

/** Folder of a stage: its number in the chain and its name. */
export function stageFolder(name: string, k: number): string {
  return `evidence/stages/${String(k).padStart(2, "0")}-${name}`;
}
