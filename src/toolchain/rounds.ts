/**
 * Times implementations of one network in turns (rounds.c): all of them in one process, a slice
 * each per round, so that a change of the machine's speed meets all alike. This file lays out
 * their inputs and outputs, writes what makes an entry a variant (rounds.h), and reads the times.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cTypes } from "../../backends/c/names.js";
import { Refusal, present } from "../../ir/prelude.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { type Tensor, type TensorType, bytesOfElements, elementCount } from "../../ir/tensor/tensor.js";
import { type ProcessOptions, runProcess } from "./process.js";
import { requireTool } from "./tools.js";

/** One input or output in the memory of a variant. */
export interface Placed extends TensorType {
  readonly name: string;
  /** Bytes, a multiple of 64. */
  readonly offset: number;
  readonly bytes: number;
}

export interface Interface {
  readonly inputs: readonly Placed[];
  readonly outputs: readonly Placed[];
}

const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** Tensors one after the other, each from a multiple of 64 bytes. */
export function place(tensors: readonly (TensorType & { readonly name: string })[]): readonly Placed[] {
  let at = 0;
  return tensors.map(({ name, type, shape }) => {
    const bytes = bytesOf[type] * elementCount(shape);
    const offset = at;
    at += aligned(bytes);
    return { name, type, shape, offset, bytes };
  });
}

export function blockBytes(tensors: readonly Placed[]): number {
  return tensors.reduce((sum, { bytes }) => sum + aligned(bytes), 0);
}

/** The inputs as a variant finds them. */
export function blockOf(placed: readonly Placed[], values: readonly Tensor[]): Uint8Array {
  const block = Buffer.alloc(blockBytes(placed));
  values.forEach(({ data }, k) => block.set(bytesOfElements(data), present(placed[k], "input").offset));
  return block;
}

/** Where rounds.h lies, for the compiler. */
export const roundsFolder = join(dirname(fileURLToPath(import.meta.url)), "../../../src/toolchain");

/** The memory of a variant. */
export function memoryLines({ inputs, outputs }: Interface): readonly string[] {
  return [
    '#include "rounds.h"',
    "#include <stdbool.h>",
    "#include <stdint.h>",
    `unsigned char variant_inputs[${blockBytes(inputs)}] __attribute__((aligned(64)));`,
    `unsigned char variant_outputs[${blockBytes(outputs)}] __attribute__((aligned(64)));`,
    "const size_t variant_input_bytes = sizeof variant_inputs;",
    "const size_t variant_output_bytes = sizeof variant_outputs;",
  ];
}

export interface Entry {
  /** The line that declares it or brings its code. */
  readonly include: string;
  readonly name: string;
  /** Arrays that it takes after the interface, as declarations and as arguments. */
  readonly lent?: readonly { readonly declaration: string; readonly argument: string }[];
}

/** The C that makes a variant of an entry that takes pointers to the inputs and outputs in their order. */
export function entryVariant(tensors: Interface, { include, name, lent = [] }: Entry): string {
  const pointer = (block: string, qualifier: string) => ({ type, offset }: Placed): string => `(${qualifier}${cTypes[type]} *)(${block} + ${offset})`;
  const untyped = (text: string): string => `(void *)${text}`; // arrays of arrays have types of their own
  const args = [...tensors.inputs.map(pointer("variant_inputs", "const ")), ...tensors.outputs.map(pointer("variant_outputs", ""))].map(untyped);
  return [
    ...memoryLines(tensors),
    include,
    ...lent.map(({ declaration }) => `static ${declaration} __attribute__((aligned(64)));`),
    "int variant_setup(void) { return 0; }",
    `void variant_run(void) { (void)${name}(${[...args, ...lent.map(({ argument }) => argument)].join(", ")}); }`,
    "",
  ].join("\n");
}

export type Limits = Pick<ProcessOptions, "signal">;

/** The program that gives the variants turns. */
export async function buildRounds(folder: string, limits: Limits = {}): Promise<string> {
  const binary = join(folder, "rounds");
  await checked(requireTool("gcc", "to build what is measured"), ["-std=gnu99", "-O2", "-Wall", "-Wextra", "-rdynamic", join(roundsFolder, "rounds.c"), "-ldl", "-o", binary], limits);
  return binary;
}

/** A shared object of a variant, of C files and objects. */
export async function linkVariant(object: string, files: readonly string[], flags: readonly string[] = [], limits: Limits = {}): Promise<string> {
  await checked(requireTool("gcc", "to build what is measured"), ["-std=gnu99", "-w", "-O3", "-ffp-contract=off", "-fPIC", "-shared", ...flags, `-I${roundsFolder}`, `-I${dirname(object)}`, ...files, "-ldl", "-lm", "-o", object], limits);
  return object;
}

export interface Turns {
  readonly rounds: number;
  /** Microseconds of one slice. */
  readonly slice: number;
}

/** Nanoseconds of one run, a figure per round, for each object. */
export async function timeInTurns(rounds: string, vector: string, objects: readonly string[], turns: Turns, limits: Limits = {}): Promise<readonly (readonly number[])[]> {
  const { output } = await checked(rounds, [String(turns.rounds), String(turns.slice), vector, ...objects], limits);
  const lines = output.trim().split("\n").map((line) => line.split(" ").slice(1).map(Number));
  return objects.map((object, k) => present(lines[k], object));
}

async function checked(path: string, args: readonly string[], limits: Limits): Promise<{ readonly output: string; readonly errors: string }> {
  const { status, output, errors } = await runProcess(path, args, { timeLimit: 600_000, ...limits });
  if (status !== 0) throw new Refusal("invalid", "measurement", `${path} ends with ${status}: ${errors.slice(0, 500)}`, undefined, "see what it says");
  return { output: output.toString("utf8"), errors };
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [present(sorted[sorted.length % 2 === 0 ? middle - 1 : middle], "a value"), present(sorted[middle], "a value")];
  return (low + high) / 2;
}

/** The median over the rounds of what `a` took by what `b` took in the same round. */
export function ratioInTurns(a: readonly number[], b: readonly number[]): number {
  return medianOf(a.map((value, k) => value / present(b[k], "a round")));
}
