/**
 * What one instruction does to the registers from which a stack pointer can come. All
 * that is not told exactly is a write of an unknown value; a stack pointer that takes one
 * is refused, so a decoder that says too little costs a bound and never makes one too small.
 */

/** Registers by number; which is the stack pointer, the architecture says. */
export interface Effect {
  /** Registers that hold something unknown afterwards. */
  readonly writes: readonly number[];
  /** One register whose value is known where those it comes from are. */
  readonly sets?: Assignment;
}

export type Assignment =
  | { readonly kind: "offset"; readonly to: number; readonly from: number; readonly plus: number }
  | { readonly kind: "number"; readonly to: number; readonly value: number }
  | { readonly kind: "sum"; readonly to: number; readonly left: number; readonly right: number; readonly sign: 1 | -1 };

/** The calling convention, as far as it concerns the stack. */
export interface StackRules {
  readonly pointer: number;
  /** Registers that a call may change. */
  readonly callerSaved: readonly number[];
  /** Undefined where the instruction lies outside the image. */
  readonly effectAt: (halfWordAt: (address: number) => number | undefined, address: number) => Effect;
}

export const nothing: Effect = { writes: [] };

export function writes(...registers: readonly number[]): Effect {
  return { writes: registers };
}

export function offset(to: number, from: number, plus: number, ...others: readonly number[]): Effect {
  return { writes: others, sets: { kind: "offset", to, from, plus } };
}

export function constant(to: number, value: number): Effect {
  return { writes: [], sets: { kind: "number", to, value: value | 0 } };
}

export function sum(to: number, left: number, right: number, sign: 1 | -1 = 1): Effect {
  return { writes: [], sets: { kind: "sum", to, left, right, sign } };
}
