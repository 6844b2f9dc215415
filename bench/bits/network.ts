/**
 * One network of the table of output bits: a text for each schedule, what its outputs are by the
 * meaning of the graph, and what every way to compile and run it gives.
 */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { evalGraph } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import { isFloat } from "../../ir/scalar/types.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, bytesOfElements, tensorOf } from "../../ir/tensor/tensor.js";
import { buildModel } from "../../src/driver.js";
import type { Code } from "../../src/emit-code.js";
import { importModel } from "../../src/onnx/import.js";
import { programsOf } from "../../src/optimise/evaluate.js";
import { usualSteps } from "../../src/optimise/search.js";
import { vectorFor } from "../../src/run/vectors.js";
import type { ScheduleStep } from "../../src/schedule.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { outputDigest } from "../../src/toolchain/run.js";
import { fixDimsOf } from "../network-list.js";
import { nameOf } from "../performance/network.js";
import { type Text, type Way, outputsBy, wayName } from "./places.js";

/** What a text is made of. */
export interface Source {
  readonly model: string;
  readonly contract: MulAddContract;
  readonly graph: Graph;
}

export interface Subject extends Source {
  readonly vectors: readonly (readonly Tensor[])[];
  /** Of all outputs of all vectors, by the meaning of the graph. */
  readonly digest: string;
}

/** The smallest numbers have no exponent of their own: inputs far below 1, so that products are among them. */
const tiny = 2 ** -135;

/** `stored` inputs, or made ones; special values; subnormal numbers. */
export function subjectOf(model: string, contract: MulAddContract, stored?: readonly Tensor[]): Subject {
  const { graph } = importModel(model, { fixDims: fixDimsOf(nameOf(model)), contract });
  const vectors = [stored ?? vectorFor(graph.inputs, 1), vectorFor(graph.inputs, 5, "special"), vectorFor(graph.inputs, 7).map(scaledDown)];
  return { model, contract, graph, vectors, digest: outputDigest(vectors.flatMap((inputs) => meant(graph, inputs, contract))) };
}

function scaledDown(tensor: Tensor): Tensor {
  const { type, shape, data } = tensor;
  return isFloat(type) ? tensorOf(type, shape, [...data].map((x) => Number(x) * tiny)) : tensor;
}

function meant(graph: Graph, inputs: readonly Tensor[], contract: MulAddContract): readonly Tensor[] {
  return [...evalGraph(graph, new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)])), contract).values()];
}

/** The steps of a schedule by the name of a place's; undefined for the default one. */
function stepsFor(schedule: string, { graph, contract }: Source): readonly ScheduleStep[] | undefined {
  if (schedule === "generic") return undefined;
  return schedule === "small core" ? usualSteps(programsOf({ graph, contract })) : scheduleFor(schedule, { graph, contract })?.steps;
}

/** The C of a build without proofs: they are not what is measured. */
export async function codeFor(schedule: string, source: Source): Promise<Code> {
  const { model, contract } = source;
  const request = { model, fixDims: fixDimsOf(nameOf(model)), contract, schedule: stepsFor(schedule, source), until: undefined, skip: [], solver: "auto", jobs: 1, prove: false } as const;
  const { code } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  return present(code, "code");
}

export async function textOf(code: Code, contract: MulAddContract, work: string): Promise<Text> {
  const folder = await mkdtemp(join(work, "text-"));
  await writeEmission(folder, code.emission);
  return { folder, model: code.model, program: code.read.program, fused: contract === "fused" };
}

/** What one way gave. */
export interface Found {
  readonly way: Way;
  readonly digest: string;
  /** Bits of the NaNs among the outputs. */
  readonly nans: readonly string[];
}

/** Every way of the subject, the texts one after the other, `jobs` compilations at once. */
export async function everyWay(subject: Subject, ways: readonly Way[], { work, jobs, flags = [] }: { readonly work: string; readonly jobs: number; readonly flags?: readonly string[] }): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const schedule of new Set(ways.map(({ place }) => place.schedule))) {
    const text = await textOf(await codeFor(schedule, subject), subject.contract, work);
    const due = ways.filter(({ place }) => place.schedule === schedule);
    const worker = async (): Promise<void> => {
      for (let way = due.shift(); way !== undefined; way = due.shift()) found.push(resultOf(way, (await outputsBy(way, text, subject.vectors, flags)).flat()));
    };
    await Promise.all(Array.from({ length: jobs }, worker));
  }
  return found.toSorted((a, b) => ways.indexOf(a.way) - ways.indexOf(b.way));
}

function resultOf(way: Way, outputs: readonly Tensor[]): Found {
  return { way, digest: outputDigest(outputs), nans: [...new Set(outputs.flatMap(nanBits))].toSorted() };
}

function nanBits({ type, data }: Tensor): readonly string[] {
  if (type !== "f32") return [];
  const bytes = new Uint8Array(bytesOfElements(data));
  const words = [...new Uint32Array(bytes.buffer)].filter((word) => (word & 0x7fffffff) > 0x7f800000);
  return [...new Set(words)].map((word) => word.toString(16).padStart(8, "0"));
}

/** Ways whose digest is not the interpreter's, in words. */
export function wrongWays({ digest }: Subject, found: readonly Found[]): readonly string[] {
  return found.filter((it) => it.digest !== digest).map(({ way, digest: other }) => `${wayName(way)}: ${other.slice(0, 8)}`);
}
