/** What is measured of variants: time in turns, instructions, bits, memory and code. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Refusal, present } from "../../ir/prelude.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { type Tensor, elementCount, elementsFromBytes } from "../../ir/tensor/tensor.js";
import { type Turns, medianOf, ratioInTurns, timeInTurns } from "../../src/toolchain/rounds.js";
import { outputDigest } from "../../src/toolchain/run.js";
import { runProcess } from "../../src/toolchain/process.js";
import { findTool, requireTool } from "../../src/toolchain/tools.js";
import type { Network } from "./network.js";
import type { Variant } from "./variants.js";

export interface Times {
  /** Microseconds of one inference: the median of the rounds, and the least. */
  readonly median: number;
  readonly least: number;
  /** Nanoseconds, a figure per round. */
  readonly rounds: readonly number[];
}

async function checked(path: string, args: readonly string[]): Promise<{ readonly output: string; readonly errors: string }> {
  const { status, output, errors } = await runProcess(path, args, { timeLimit: 600_000 });
  if (status !== 0) throw new Refusal("invalid", "measurement", `${path} ends with ${status}: ${errors.slice(0, 500)}`, undefined, "see what it says");
  return { output: output.toString("utf8"), errors };
}

/** All variants of a network in one process, by name. */
export async function timeVariants(rounds: string, { vector }: Network, variants: readonly Variant[], turns: Turns): Promise<ReadonlyMap<string, Times>> {
  const times = await timeInTurns(rounds, vector, variants.map(({ object }) => object), turns);
  return new Map(variants.map(({ name }, k) => {
    const values = present(times[k], name);
    return [name, { median: medianOf(values) / 1000, least: Math.min(...values) / 1000, rounds: values }];
  }));
}

/** The median over the rounds of what `a` took by what `b` took in the same round. */
export function ratioOf(a: Times, b: Times): number {
  return ratioInTurns(a.rounds, b.rounds);
}

/** Instructions of one inference by callgrind, which knows no AVX-512; undefined without valgrind or where it fails. */
export async function instructionsOf(rounds: string, { vector }: Network, { object }: Variant): Promise<number | undefined> {
  const valgrind = findTool("valgrind");
  if (valgrind === undefined) return undefined;
  const options = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no", "--toggle-collect=counted"];
  const { errors } = await runProcess(valgrind, [...options, rounds, "0", "1", vector, object], { timeLimit: 600_000 });
  const count = Number(/Collected\s*:\s*(\d+)/.exec(errors)?.[1]);
  return Number.isFinite(count) && count > 0 ? count : undefined;
}

/** Of the last run. */
function outputsOf({ outputs }: Network, { object }: Variant): readonly Tensor[] {
  const bytes = readFileSync(`${object}.out`);
  return outputs.map(({ type, shape, offset, bytes: size }) => ({ type, shape, data: elementsFromBytes(type, bytes.subarray(offset, offset + size)) }));
}

/** Outputs of the last run, as a digest of 8 digits. */
export function digestOf(network: Network, variant: Variant): string {
  return outputDigest(outputsOf(network, variant)).slice(0, 8);
}

/** Of the largest output: sums in another order, and other elementary functions, stay far below. */
const farthest = 1e-3;

/** Throws the Refusal `measurement` where `b` computes something else than `a`, or nothing: its time would mean nothing. */
export function checkOutputs(network: Network, a: Variant, b: Variant): void {
  const [ours, theirs] = [outputsOf(network, a), outputsOf(network, b)];
  ours.forEach(({ data }, k) => {
    const [x, y] = [Array.from(data, Number), Array.from(present(theirs[k], "an output").data, Number)];
    const size = x.filter(Number.isFinite).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const far = x.findIndex((value, at) => !(Math.abs(value - (y[at] ?? NaN)) <= farthest * size) && !Object.is(value, y[at]));
    if (far >= 0) throw new Refusal("invalid", "measurement", `output ${k} of ${b.name} has ${y[far]} at ${far}, that of ${a.name} ${x[far]}`, network.name, "see what it computes");
  });
}

/** Elements of the outputs that differ in their bytes. */
export function differing({ outputs }: Network, a: Variant, b: Variant): number {
  const [x, y] = [readFileSync(`${a.object}.out`), readFileSync(`${b.object}.out`)];
  const unequal = ({ offset, type, shape }: Network["outputs"][number]): number =>
    Array.from({ length: elementCount(shape) }, (_, k) => offset + k * bytesOf[type]).filter((at) => !x.subarray(at, at + bytesOf[type]).equals(y.subarray(at, at + bytesOf[type]))).length;
  return outputs.reduce((sum, output) => sum + unequal(output), 0);
}

export interface Sizes {
  readonly code: number;
  readonly constants: number;
  /** Static and zeroed data. */
  readonly ram: number;
}

/** Sections of the objects of an implementation, in bytes; undefined for a library. */
export async function sizesOf({ parts }: Variant): Promise<Sizes | undefined> {
  if (parts.length === 0) return undefined;
  const { output } = await checked(requireTool("size", "(binutils) to measure code"), ["-A", "-d", ...parts]);
  const sum = (pattern: RegExp): number => output.split("\n").map((line) => line.split(/\s+/)).filter(([name = ""]) => pattern.test(name)).reduce((total, [, bytes]) => total + Number(bytes), 0);
  return { code: sum(/^\.text/), constants: sum(/^\.rodata|^\.data\.rel\.ro/), ram: sum(/^\.(?:data|bss)$/) };
}

export function fileDigest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 8);
}
