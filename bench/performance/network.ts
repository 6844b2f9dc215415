/**
 * A network to be measured: its proved build, the inputs that every implementation gets, and
 * where its tensors lie in the memory that rounds.h describes.
 */
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Refusal, present } from "../../ir/prelude.js";
import type { Expr } from "../../ir/loop/program.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { storesOf } from "../../ir/loop/visit.js";
import { type BuildResult, buildModel } from "../../src/driver.js";
import type { Code } from "../../src/emit-code.js";
import { vectorFor } from "../../src/run/vectors.js";
import type { LemmaRequest } from "../../proofs/lemmas/rewriting.js";
import type { ScheduleStep } from "../../src/schedule.js";
import { type Interface, blockOf, place } from "../../src/toolchain/rounds.js";
import { fixDimsOf } from "../network-list.js";

export interface Network extends Interface {
  readonly name: string;
  readonly model: string;
  /** File with the inputs as they are laid out. */
  readonly vector: string;
  /** Multiplications that a sum takes up, padding not counted: those are skipped. */
  readonly steps: number;
}

export interface Proved {
  readonly result: BuildResult;
  readonly code: Code;
  readonly proof: Proof;
}

/** What proving a build took. */
export interface Proof {
  readonly obligations: number;
  /** By the clock: making obligations and discharging them, two solvers at once. */
  readonly seconds: number;
}

/** Builds with all proofs; a build that is not proved is not measured. `lemmas` rewrite the graph before the first step. */
export async function provedCode(model: string, schedule: readonly ScheduleStep[] | undefined, contract: MulAddContract = "separate", lemmas: readonly LemmaRequest[] = []): Promise<Proved> {
  const fixDims = fixDimsOf(nameOf(model));
  const numeric = { lemmas, box: undefined, replication: undefined, allowUnbounded: false };
  const request = { model, fixDims, contract, schedule, numeric, until: undefined, skip: [], solver: "auto", jobs: 2, prove: true } as const;
  const result = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  if (result.outcome !== "proved") throw new Refusal("invalid", "not-proved", `the build of ${model} is ${result.outcome}`, result.failure?.stage, "measure proved builds only");
  const proof = { obligations: sumOf(result.stages.map(({ ledger }) => ledger.length)), seconds: sumOf(result.stages.map(({ seconds }) => seconds)) };
  return { result, code: present(result.code, "code of a proved build"), proof };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0);
}

/** For tables: obligations, all of them proved, and seconds. */
export function proofTexts(proof: Proof | undefined): readonly [string, string] {
  return proof === undefined ? ["–", "–"] : [proof.obligations.toLocaleString("en-US"), proof.seconds.toFixed(1)];
}

/** `mlperf_ic_fp32/model.onnx` is named by its folder, `resnet8.onnx` by its file. */
export function nameOf(model: string): string {
  const parts = model.split("/");
  return basename(model) === "model.onnx" ? present(parts.at(-2), model) : basename(model, ".onnx");
}

/** Lays the tensors out and writes the inputs into `folder`. */
export function prepare(model: string, { result, code }: Omit<Proved, "proof">, folder: string): Network {
  const { graph } = result.imported;
  const placed = place(graph.inputs);
  const vector = join(folder, "inputs.bin");
  writeFileSync(vector, blockOf(placed, vectorFor(graph.inputs, 1)));
  return { name: nameOf(model), model, inputs: placed, outputs: place(graph.outputs), vector, steps: stepsOf(code) };
}

/** Executions of the stores that add a product to what they had. */
export function stepsOf({ read: { program }, facts }: Code): number {
  const sums = storesOf(program).filter(({ store }) => addsProduct(store.value, store.buffer));
  return sums.reduce((total, { store }) => total + (facts.statements[store.name]?.executions ?? 0), 0);
}

/** Whether a store adds a product to what its buffer had: rounded twice, or fused. */
export function addsProduct(value: Expr, buffer: string): boolean {
  if (value.kind !== "op") return false;
  if (value.op === "fma.f32") return value.args[2]?.kind === "load" && value.args[2].buffer === buffer;
  if (!/^addw?\.(?:f32|i32)$/.test(value.op)) return false;
  const [sum, product] = value.args;
  return sum?.kind === "load" && sum.buffer === buffer && product?.kind === "op" && /^mulw?\./.test(product.op);
}
