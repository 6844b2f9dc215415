/**
 * A step written by hand: program before and after, and the witness that relates
 * them. Each has wrong twins that differ in one token of the program or in one entry
 * of the witness.
 */
import { type ShortDataflow, type ShortWitness, type Step, dataflow, program, witness } from "../kernel/support.js";
import type { Rule } from "../../../proofs/kernel/obligation.js";
import type { TensorType } from "../../../ir/tensor/tensor.js";

/** A twin: the text or the witness changed in one place, and a rule that refutes it. */
export interface Twin {
  readonly name: string;
  readonly rule: Rule;
  /** In the text after: what is replaced, and by what. */
  readonly text?: readonly [string, string];
  /** Parts of the witness that are replaced. */
  readonly phi?: Readonly<Record<string, string>>;
  readonly producers?: Readonly<Record<string, string>>;
  readonly finals?: Readonly<Record<string, string>>;
  readonly once?: string;
}

export interface HandStep {
  readonly name: string;
  readonly before: string;
  readonly dataflow: ShortDataflow;
  readonly after: string;
  readonly witness: ShortWitness;
  readonly tensors?: ReadonlyMap<string, TensorType>;
  readonly twins: readonly Twin[];
}

export function stepOf(hand: HandStep, twin?: Twin): Step {
  const text = twin?.text === undefined ? hand.after : replaced(hand.after, twin.text);
  const short = {
    phi: { ...hand.witness.phi, ...twin?.phi },
    producers: { ...hand.witness.producers, ...twin?.producers },
    finals: { ...hand.witness.finals, ...twin?.finals },
    once: twin?.once ?? hand.witness.once ?? "",
  };
  const step = { before: program(hand.before), dataflow: dataflow(hand.dataflow), after: program(text), witness: witness(short) };
  return hand.tensors === undefined ? step : { ...step, tensors: hand.tensors };
}

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new RangeError(`the text has no ${from}`);
  return text.replace(from, to);
}
