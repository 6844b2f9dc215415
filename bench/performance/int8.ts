/**
 * Networks in 8 bits: ours against ONNX Runtime, each with the same vectors. `qdq` networks are
 * floats between quantisation steps to ours, and integers to ONNX Runtime, which fuses the steps
 * away; `qop` networks (QLinearConv) are integers to both.
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import type { Turns } from "../../src/toolchain/rounds.js";
import { type Times, differing, ratioOf, timeVariants } from "./measure.js";
import { type Proof, prepare, proofTexts, provedCode } from "./network.js";
import { type Runtime, type Variant, narrowName, onnxruntime, ours, runtimeName } from "./variants.js";

export interface Int8Row {
  readonly name: string;
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

/** Of proved builds; throws a Refusal where one is not. */
export async function int8Row(model: string, { sources, work, rounds, runtimes, turns }: Int8Bench): Promise<Int8Row> {
  const folder = mkdtempSync(join(work, "int8-"));
  const usual = await provedCode(model, undefined);
  const network = prepare(model, usual, folder);
  const site = { network, folder, sources };
  const { graph } = usual.result.imported;
  const own: Variant[] = [];
  for (const { level } of pairs) {
    const { steps } = present(scheduleFor(level, { graph, contract: "separate" }), level);
    own.push(await ours(site, await provedCode(model, steps), level));
  }
  const others: Variant[] = [];
  for (const runtime of runtimes) others.push(await onnxruntime(site, runtime));
  const times = await timeVariants(rounds, network, [...own, ...others], turns);
  const timesOf = (name: string): Times => present(times.get(name), name);
  const [first, runtime] = [present(own[0], "ours"), present(others.find(({ name }) => name === runtimeName), runtimeName)];
  return {
    name: network.name, steps: network.steps, pairs: pairs.map((pair, k) => ({ own: timesOf(`ours ${pair.level}`), runtime: timesOf(pair.runtime), proof: own[k]?.own?.proof })),
    different: differing(network, first, runtime), outputs: network.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  };
}

/** The program that writes the table, between its markers (bench/table.ts). */
export const programName = "npm run performance-int8";

export function int8Table(rows: readonly Int8Row[]): readonly (readonly string[])[] {
  const micro = ({ median }: Times): string => median.toFixed(1);
  const head = ["network", "million multiply-adds", ...pairs.flatMap(({ level, runtime }) => [`ours ${level}, µs`, "obligations", "proved in, s", `${runtime}, µs`, "ours ÷ it"]), "outputs that differ"];
  const line = ({ name, steps, pairs: times, different, outputs }: Int8Row): readonly string[] =>
    [name, (steps / 1e6).toFixed(3), ...times.flatMap(({ own, runtime, proof }) => [micro(own), ...proofTexts(proof), micro(runtime), ratioOf(own, runtime).toFixed(3)]), `${different} of ${outputs}`];
  const mean = (k: number): string => Math.exp(rows.reduce((sum, { pairs: times }) => sum + Math.log(ratioOf(present(times[k], "a pair").own, present(times[k], "a pair").runtime)), 0) / rows.length).toFixed(3);
  return [head, ...rows.map(line), ["geometric mean", "", ...pairs.flatMap((_, k) => ["", "", "", "", mean(k)]), ""]];
}
