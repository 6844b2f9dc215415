/**
 * What a pass is: a pure function from a program and its dataflow to another program
 * and a witness. Passes are clever and untrusted; the kernel makes the obligations
 * from before, after and witness, and never asks the pass anything.
 */
import type { Program } from "../ir/loop/program.js";
import type { Dataflow, Witness } from "../proofs/kernel/witness.js";

/** A program with the dataflow its last stage claimed (and the kernel justified). */
export interface Staged {
  readonly program: Program;
  readonly dataflow: Dataflow;
}

export interface PassResult {
  readonly after: Program;
  readonly witness: Witness;
}

/** Options of one step as they stand in the schedule file. */
export type PassOptions = Readonly<Record<string, unknown>>;

export interface Pass {
  /** Verb-noun; also the file name, the schedule's word and the stage's name. */
  readonly name: string;
  readonly summary: string;
  /** `undefined`: nothing to do here, the stage is left out. */
  readonly run: (before: Staged, options: PassOptions) => PassResult | undefined;
}
