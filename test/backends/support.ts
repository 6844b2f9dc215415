/** What the backend tests share: weights by formula, folders for builds, comparison by bits. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evalProgram } from "../../ir/loop/eval.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Program } from "../../ir/loop/program.js";
import { type ElementType, bitsOf } from "../../ir/scalar/types.js";
import { type Tensor, elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { randomFrom, randomTensor } from "../loop/support.js";

/** A program of the tests with everything needed to run it. */
export interface Case {
  readonly name: string;
  readonly program: Program;
  readonly weights: ReadonlyMap<string, Tensor>;
}

export function caseOf(text: string, weights: readonly (readonly [name: string, type: ElementType, shape: readonly number[]])[] = []): Case {
  const program = parseProgram(text);
  const random = randomFrom(program.name.length);
  return { name: program.name, program, weights: new Map(weights.map(([name, type, shape]) => [name, randomTensor({ type, shape }, random)])) };
}

export function inputsOf({ program }: Case, seed: number): readonly Tensor[] {
  const random = randomFrom(seed);
  return program.buffers.filter(({ kind }) => kind === "input").map((buffer) => randomTensor(buffer, random));
}

/** What the interpreter says, in the order of the model. */
export function expected({ program, weights }: Case, inputs: readonly Tensor[]): readonly Tensor[] {
  const names = program.buffers.filter(({ kind }) => kind === "input").map(({ name }) => name);
  const byName = new Map(names.flatMap((name, k) => inputs.slice(k, k + 1).map((tensor) => [name, tensor] as const)));
  return [...evalProgram(program, { inputs: byName, weights }).values()];
}

export function outputsOf({ program }: Case): readonly { readonly type: ElementType; readonly shape: readonly number[] }[] {
  return program.buffers.filter(({ kind }) => kind === "output");
}

/** Bits of every element, NaN canonical: equal arrays are equal tensors. */
export function bits(tensor: Tensor): readonly bigint[] {
  return Array.from({ length: elementCount(tensor.shape) }, (_, k) => bitsOf(tensor.type, tensor.data[k] ?? 0));
}

export function tensor(type: ElementType, values: readonly (number | bigint)[]): Tensor {
  return tensorOf(type, [values.length], values);
}

/** Runs `use` with a fresh folder that is removed afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "obligato-c-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stops a program where C leaves a result open, without a library; gcc 12 warns of conversions in its own checks. */
export const trappingFlags: readonly string[] = ["-fsanitize=signed-integer-overflow,integer-divide-by-zero,shift", "-fsanitize-undefined-trap-on-error", "-Wno-conversion"];
