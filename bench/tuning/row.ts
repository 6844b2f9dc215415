/** One network tuned: by the clock and by the model, and both compared with the schedule of the target. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { importModel } from "../../src/onnx/import.js";
import type { ScheduleStep } from "../../src/schedule.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import type { Level } from "../../src/toolchain/levels.js";
import { type TuneOptions, type TuneResult, tuneModel } from "../../src/tune/run.js";
import { digestOf, ratioOf, timeVariants } from "../performance/measure.js";
import { prepare, provedCode } from "../performance/network.js";
import { ours } from "../performance/variants.js";

export interface Gain {
  readonly found: TuneResult;
  /** Median over the rounds of its time by that of the default. */
  readonly ratio: number;
  readonly digest: string;
}

export interface TuningRow {
  readonly name: string;
  /** Microseconds, medians: of the default schedule, the measured and the modelled search. */
  readonly times: readonly [number, number, number];
  readonly digest: string;
  readonly measured: Gain;
  readonly modelled: Gain;
  /** Of the measured search, proofs included. */
  readonly seconds: number;
}

export interface TuningBench {
  readonly level: Level;
  readonly rounds: string;
  readonly work: string;
  /** Where answers are kept from one run of the page to the next. */
  readonly cache: string | undefined;
}

const turns = { rounds: 61, slice: 1500 } as const;

export async function tunedRow(model: string, { level, rounds, work, cache }: TuningBench): Promise<TuningRow> {
  const folder = mkdtempSync(join(work, "network-"));
  const search = (measure: boolean): Promise<TuneResult> => tuneModel({ ...common, model, level, cache, measure }, { stage: () => undefined, settled: () => undefined });
  const start = performance.now();
  const measured = await search(true);
  const seconds = (performance.now() - start) / 1000;
  const modelled = await search(false);
  const { graph } = importModel(model, { contract: "separate" });
  const usual = present(scheduleFor(level, { graph, contract: "separate" }), level).steps;
  const built = await provedCode(model, usual);
  const network = prepare(model, built, folder);
  const site = { network, folder, sources: "" };
  const variant = async (steps: readonly ScheduleStep[], label: string): ReturnType<typeof ours> => ours(site, (await provedCode(model, steps)).code, level, label);
  const variants = [await ours(site, built.code, level, "default"), await variant(measured.steps, "measured"), await variant(modelled.steps, "modelled")] as const;
  const times = await timeVariants(rounds, network, variants, turns);
  const [base, ...others] = variants.map((it) => ({ times: present(times.get(it.name), it.name), digest: digestOf(network, it) }));
  const [clocked, predicted] = [present(others[0], "measured"), present(others[1], "modelled")];
  const { times: own, digest } = present(base, "default");
  return {
    name: network.name, digest, seconds, times: [own.median, clocked.times.median, predicted.times.median],
    measured: { found: measured, ratio: ratioOf(clocked.times, own), digest: clocked.digest },
    modelled: { found: modelled, ratio: ratioOf(predicted.times, own), digest: predicted.digest },
  };
}

const common: Omit<TuneOptions, "model" | "level" | "cache" | "measure"> = {
  fixDims: new Map(), fixInputs: new Map(), contract: "separate", aim: "time", limit: 400, budget: undefined,
  solver: "auto", jobs: 2, signal: new AbortController().signal, temporary: () => undefined,
};
