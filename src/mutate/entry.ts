/**
 * An entry of the catalogue: a wrong pass, caught in the act. `after` is what it made
 * of `before`, `witness` the story it believes: consistent in itself, and wrong.
 */
import type { Program } from "../../ir/loop/program.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import type { Dataflow, Witness } from "../../proofs/kernel/witness.js";
import { programOf, witnessOf } from "./notation.js";

/** A right program with its dataflow: what the wrong passes start from. */
export interface Original {
  readonly program: Program;
  readonly dataflow: Dataflow;
  /** The model's tensors by ONNX name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface WrongPass {
  readonly name: string;
  /** The bug in one line. */
  readonly bug: string;
  /** The public bug of its class, or the attack it repeats; by name in sources.ts if absent. */
  readonly source?: string;
  readonly before: Original;
  readonly after: Program;
  readonly witness: Witness;
  /** Contents of weight buffers as the wrong pass writes them out; the right ones if absent. */
  readonly contents?: ReadonlyMap<string, Tensor>;
  /**
   * What a machine runs for `after`, where that is not what its text means: C truncates
   * where floordiv rounds down. Replayed in place of `after`.
   */
  readonly runs?: Program;
}

export interface EntryText {
  readonly name: string;
  readonly bug: string;
  readonly source?: string;
  readonly before: Original;
  readonly after: string;
  readonly witness: string;
  readonly contents?: ReadonlyMap<string, Tensor>;
  readonly runs?: string;
}

export function original(program: string, dataflow: string, tensors: readonly (readonly [string, Tensor])[] = []): Original {
  return { program: programOf(program), dataflow: witnessOf(dataflow), tensors: new Map(tensors) };
}

export function entry({ name, bug, source, before, after, witness, contents, runs }: EntryText): WrongPass {
  return {
    name, bug, before, after: programOf(after), witness: witnessOf(witness),
    ...(source === undefined ? {} : { source }),
    ...(contents === undefined ? {} : { contents }),
    ...(runs === undefined ? {} : { runs: programOf(runs) }),
  };
}
