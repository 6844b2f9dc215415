/**
 * The reference interpreter of LoopPrograms: what a program computes, loops of every
 * kind run serially in textual order. Indices are checked against their dimensions,
 * statically where intervals suffice. Two engines share one memory: closures with
 * reduced addresses, for speed, and a plain tree walk (`strict`), which also notices
 * elements read before they were written, and reports every step to its hooks.
 */
import { present } from "../prelude.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Environment, type Memory, memoryFor } from "./eval-memory.js";
import { compileProgram } from "./eval-nest.js";
import { type Hooks, walkProgram } from "./eval-strict.js";
import type { Program } from "./program.js";

export type { Environment } from "./eval-memory.js";
export { ExecutionFault } from "./eval-memory.js";
export type { Hooks } from "./eval-strict.js";

export interface EvalOptions {
  /** Tree walk with checks of initialisation; implied by `hooks`. */
  readonly strict?: boolean;
  /** Placed temps share one array per element type. */
  readonly arena?: boolean;
  readonly hooks?: Hooks;
}

/**
 * The outputs by buffer name. Throws ExecutionFault for an index outside its
 * dimension (and, when strict, for a read of an unwritten element), InvariantViolation
 * for missing or mistyped inputs and weights and for operators outside their domain.
 */
export function evalProgram(program: Program, environment: Environment, options: EvalOptions = {}): Map<string, Tensor> {
  const memory = memoryFor(program, environment, options.arena ?? false);
  if (options.strict === true || options.hooks !== undefined) walkProgram(program, memory, options.hooks ?? {});
  else compileProgram(program, memory)();
  return outputsOf(program, memory);
}

function outputsOf(program: Program, memory: Memory): Map<string, Tensor> {
  const outputs = program.buffers.filter(({ kind }) => kind === "output");
  return new Map(outputs.map(({ name, type, shape }) => [name, { type, shape, data: present(memory.get(name), name).data }]));
}
