/**
 * Networks in 8 bits: ours against ONNX Runtime, each with the same vectors. `qdq` networks are
 * floats between quantisation steps to ours, as ONNX defines them, and integers to ONNX Runtime,
 * which fuses the steps away; the lemma `integer-quantised` makes them integers to ours as well.
 * `qop` networks (QLinearConv) are integers to both.
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { NetworkDistance } from "../../proofs/lemmas/quantised/network.js";
import type { LemmaRequest } from "../../proofs/lemmas/rewriting.js";
import { countOfSteps } from "../../src/numeric/lemma-stage.js";
import { importModel } from "../../src/onnx/import.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import type { Turns } from "../../src/toolchain/rounds.js";
import { fixDimsOf } from "../network-list.js";
import { type Times, differing, ratioOf, timeVariants } from "./measure.js";
import { type Proof, nameOf, prepare, proofTexts, provedCode } from "./network.js";
import { type Runtime, type Variant, narrowName, onnxruntime, ours, runtimeName } from "./variants.js";

export interface Int8Row {
  readonly name: string;
  /** Every bit as ONNX defines it (T0), or the lemma with its distance (T2). */
  readonly meaning: string;
  /** Multiply-adds of the default schedule. */
  readonly steps: number;
  /** By level of `pairs`: ours and the runtime's, in turns. */
  readonly pairs: readonly { readonly own: Times; readonly runtime: Times; readonly proof: Proof | undefined }[];
  /** Outputs that differ between ours and the runtime, of all. */
  readonly different: number;
  readonly outputs: number;
}

/** What has the same vectors as what. */
const pairs = [{ level: "x86-64-v3", runtime: narrowName }, { level: "x86-64-v4", runtime: runtimeName }] as const;

export interface Int8Bench {
  readonly sources: string;
  readonly work: string;
  readonly rounds: string;
  readonly runtimes: readonly Runtime[];
  readonly turns: Turns;
}

/** The network as it is and, where sums of products of it are floats between quantisation steps, by the lemma. Throws a Refusal where a build is not proved. */
export async function int8Rows(model: string, bench: Int8Bench): Promise<readonly Int8Row[]> {
  const lemma = [{ lemma: "integer-quantised" }] as const;
  const { graph } = importModel(model, { fixDims: fixDimsOf(nameOf(model)), fixInputs: new Map(), contract: "separate" });
  const inFloats = graph.nodes.some(({ op }) => ["Conv", "Gemm", "MatMul"].includes(op));
  const exact = await int8Row(model, bench, []);
  return inFloats ? [exact, await int8Row(model, bench, lemma)] : [exact];
}

async function int8Row(model: string, { sources, work, rounds, runtimes, turns }: Int8Bench, lemmas: readonly LemmaRequest[]): Promise<Int8Row> {
  const folder = mkdtempSync(join(work, "int8-"));
  const usual = await provedCode(model, undefined, "separate", lemmas);
  const network = prepare(model, usual, folder);
  const site = { network, folder, sources };
  const { imported: { graph }, numeric } = usual.result;
  const own: Variant[] = [];
  for (const { level } of pairs) {
    const { steps } = present(scheduleFor(level, { graph, contract: "separate" }), level);
    own.push(await ours(site, await provedCode(model, steps, "separate", lemmas), level));
  }
  const others: Variant[] = [];
  for (const runtime of runtimes) others.push(await onnxruntime(site, runtime));
  const times = await timeVariants(rounds, network, [...own, ...others], turns);
  const timesOf = (name: string): Times => present(times.get(name), name);
  const [first, runtime] = [present(own[0], "ours"), present(others.find(({ name }) => name === runtimeName), runtimeName)];
  return {
    name: network.name, meaning: meaningOf(numeric?.distance), steps: network.steps, pairs: pairs.map((pair, k) => ({ own: timesOf(`ours ${pair.level}`), runtime: timesOf(pair.runtime), proof: own[k]?.own?.proof })),
    different: differing(network, first, runtime), outputs: network.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  };
}

function meaningOf(distance: NetworkDistance | undefined): string {
  if (distance === undefined) return "exact";
  const far = distance.groups.filter(({ steps }) => steps > 0);
  return far.length === 0 ? "lemma, exact" : `lemma, ${far.length} of ${distance.groups.length} groups within ${countOfSteps(Math.max(...far.map(({ steps }) => steps)))}`;
}

/** The program that writes the table, between its markers (bench/table.ts). */
export const programName = "npm run performance-int8";

export function int8Table(rows: readonly Int8Row[]): readonly (readonly string[])[] {
  const micro = ({ median }: Times): string => median.toFixed(1);
  const head = ["network", "result", "million multiply-adds", ...pairs.flatMap(({ level, runtime }) => [`ours ${level}, µs`, "obligations", "proved in, s", `${runtime}, µs`, "ours ÷ it"]), "outputs that differ"];
  const line = ({ name, meaning, steps, pairs: times, different, outputs }: Int8Row): readonly string[] =>
    [name, meaning, (steps / 1e6).toFixed(3), ...times.flatMap(({ own, runtime, proof }) => [micro(own), ...proofTexts(proof), micro(runtime), ratioOf(own, runtime).toFixed(3)]), `${different} of ${outputs}`];
  const exact = rows.filter(({ meaning }) => meaning === "exact");
  const inIntegers = rows.filter(({ name }, k) => rows[k + 1]?.name !== name);
  return [head, ...rows.map(line), meanLine("geometric mean, exact", exact), meanLine("geometric mean, integers", inIntegers)];
}

function meanLine(title: string, rows: readonly Int8Row[]): readonly string[] {
  const ratio = ({ pairs: times }: Int8Row, k: number): number => ratioOf(present(times[k], "a pair").own, present(times[k], "a pair").runtime);
  const mean = (k: number): string => Math.exp(rows.reduce((sum, row) => sum + Math.log(ratio(row, k)), 0) / rows.length).toFixed(3);
  return [title, "", "", ...pairs.flatMap((_, k) => ["", "", "", "", mean(k)]), ""];
}
