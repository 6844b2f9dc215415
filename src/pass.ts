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

/** One word of an option table; `about` says in half a sentence what it means. */
export type OptionWord = { readonly about: string; readonly required?: true } & (
  /** A whole number of at least 1, and a list of such. */
  | { readonly kind: "count" | "counts" }
  | { readonly kind: "flag" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  /** A pattern of names with `*` for any characters, or a list of them in order of preference. */
  | { readonly kind: "patterns" }
  /** A list of objects with these words. */
  | { readonly kind: "rules"; readonly words: OptionTable }
);

/** The options that a pass understands, by word. */
export type OptionTable = Readonly<Record<string, OptionWord>>;

export interface Pass {
  /** Verb-noun; also the file name, the schedule's word and the stage's name. */
  readonly name: string;
  readonly summary: string;
  /** Without it, none. */
  readonly options?: OptionTable;
  /** `undefined`: nothing to do here, the stage is left out. */
  readonly run: (before: Staged, options: PassOptions) => PassResult | undefined;
}
