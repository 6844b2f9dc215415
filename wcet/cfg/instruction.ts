/**
 * What the timing analysis knows of a machine instruction: where control goes after
 * it, and its class in the core's timing table. What it computes does not matter here.
 */

/**
 * `next`: falls through · `jump`: always to `target` · `branch`: to `target` or through ·
 * `call`: to the function at `target`, then through · `return`: leaves the function, or
 * falls through too if `conditional`.
 */
export type Flow =
  | { readonly kind: "next" }
  | { readonly kind: "jump" | "branch" | "call"; readonly target: number }
  | { readonly kind: "return"; readonly conditional: boolean };

/** Classes that timing tables tell apart; see wcet/cores. */
export type InstructionClass =
  | "alu" | "mul" | "mul-long" | "div" | "load" | "store" | "load-multiple" | "store-multiple" | "branch"
  | "fp-alu" | "fp-mul" | "fp-mac" | "fp-div" | "fp-sqrt" | "fp-move" | "fp-load" | "fp-store" | "fp-load-multiple" | "fp-store-multiple"
  | "fp-status" | "barrier";

export interface Instruction {
  readonly address: number;
  /** In bytes. */
  readonly size: 2 | 4;
  readonly flow: Flow;
  readonly class: InstructionClass;
  /** Registers that a multiple load or store transfers. */
  readonly registers?: number;
  /** Registers whose values it may need and that it gives new ones, by number; known for RISC-V. */
  readonly reads?: readonly number[];
  readonly writes?: readonly number[];
}

/** Why an instruction cannot be analysed. */
export interface Undecodable {
  readonly address: number;
  readonly why: string;
}

export const falls: Flow = { kind: "next" };

export function isUndecodable(it: Instruction | Undecodable): it is Undecodable {
  return "why" in it;
}

/** Sign-extends the low `bits` of `value`. */
export function signed(value: number, bits: number): number {
  const shift = 32 - bits;
  return (value << shift) >> shift;
}
