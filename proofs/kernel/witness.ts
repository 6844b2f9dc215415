/**
 * The witness of a stage: where each operator instance of `after` comes from, which
 * store each load reads, which store last wrote each output element. Untrusted data:
 * the kernel makes the obligations, a pass only says what it believes.
 */
import type { Condition, IndexExpr } from "../../ir/loop/index-expr.js";

/** One branch of an ordered if–else: the first case whose `when` holds applies. */
export interface Case<T> {
  readonly when: readonly Condition[];
  readonly then: T;
  /** The pass declares that no instance gets here; the kernel proves it. */
  readonly empty?: true;
}

/** An instance of a store: its name and one expression per loop around it, outermost first. */
export interface Instance {
  readonly statement: string;
  readonly point: readonly IndexExpr[];
}

/** An operator node of a statement's value: the argument positions from the root, `[]` being the root. */
export interface NodeInstance extends Instance {
  readonly path: readonly number[];
}

/** `dead`: no live instance and no output has this instance as a source. */
export type PhiTarget = NodeInstance | "dead";

export interface Witness {
  /** Per store of `after` whose value is an operator: the instance of `before` it computes, over its loop variables. */
  readonly phi: Readonly<Record<string, readonly Case<PhiTarget>[]>>;
  /** Per store of `after`: per load of its value, left to right, the producing store (inputs and weights have no cases). */
  readonly producers: Readonly<Record<string, readonly (readonly Case<Instance>[])[]>>;
  /** Per output buffer: the last store of each element, over variables d0, d1, … */
  readonly finals: Readonly<Record<string, readonly Case<Instance>[]>>;
  /** Buffers of which no element is written twice: W3 is then one obligation per pair of their stores. */
  readonly once: readonly string[];
  /** φ goes the other way: per store of `before`, the instance of `after` that computes it. Equality has no direction. */
  readonly backward?: true;
}

/** The part of a witness that stands on its own, without a `before`. */
export type Dataflow = Omit<Witness, "phi" | "backward">;
