/** One network tuned: by the clock and by the model, and both compared with the schedule of the target. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { importModel } from "../../src/onnx/import.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import type { Level } from "../../src/toolchain/levels.js";
import { type TuneOptions, type TuneResult, tuneModel } from "../../src/tune/run.js";
import { type Times, digestOf, ratioOf, timeVariants } from "../performance/measure.js";
import { prepare, provedCode } from "../performance/network.js";
import { ours } from "../performance/variants.js";

/** What one search found, beside the default in the same rounds. */
export interface Gain {
  readonly found: TuneResult;
  /** Microseconds, the median. */
  readonly time: number;
  /** Median over the rounds of its time by that of the default. */
  readonly ratio: number;
  readonly digest: string;
}

export interface TuningRow {
  readonly name: string;
  /** Microseconds of the default schedule, the median. */
  readonly time: number;
  readonly digest: string;
  readonly gains: readonly Gain[];
  /** Of the first search, proofs included. */
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

/** By the clock, and by the model alone. */
export function tunedRow(model: string, bench: TuningBench): Promise<TuningRow> {
  return rowOf(model, bench, [{ measure: true }, { measure: false }]);
}

/** By the clock, every choice that registers hold. */
export function exhaustiveRow(model: string, bench: TuningBench): Promise<TuningRow> {
  return rowOf(model, bench, [{ measure: true, perNest: "all", limit: Infinity }]);
}

type How = Pick<TuneOptions, "measure"> & Partial<Pick<TuneOptions, "perNest" | "limit">>;

async function rowOf(model: string, bench: TuningBench, ways: readonly How[]): Promise<TuningRow> {
  const start = performance.now();
  const found: TuneResult[] = [];
  let seconds = 0;
  for (const way of ways) {
    found.push(await tuneModel({ ...common, ...way, model, level: bench.level, cache: bench.cache }, { stage: () => undefined, settled: () => undefined }));
    if (found.length === 1) seconds = (performance.now() - start) / 1000;
  }
  return { ...(await compared(model, bench, found)), seconds };
}

async function compared(model: string, { level, rounds, work }: TuningBench, found: readonly TuneResult[]): Promise<Omit<TuningRow, "seconds">> {
  const folder = mkdtempSync(join(work, "network-"));
  const { graph } = importModel(model, { contract: "separate" });
  const built = await provedCode(model, present(scheduleFor(level, { graph, contract: "separate" }), level).steps);
  const network = prepare(model, built, folder);
  const site = { network, folder, sources: "" };
  const usual = await ours(site, built, level, "default");
  const others: (typeof usual)[] = [];
  for (const [k, { steps }] of found.entries()) others.push(await ours(site, await provedCode(model, steps), level, `found-${k}`));
  const times = await timeVariants(rounds, network, [usual, ...others], turns);
  const timesOf = ({ name }: typeof usual): Times => present(times.get(name), name);
  const own = timesOf(usual);
  const gains = found.map((it, k): Gain => {
    const variant = present(others[k], "a variant per search");
    return { found: it, time: timesOf(variant).median, ratio: ratioOf(timesOf(variant), own), digest: digestOf(network, variant) };
  });
  return { name: network.name, time: own.median, digest: digestOf(network, usual), gains };
}

const common: Omit<TuneOptions, "model" | "level" | "cache" | "measure"> = {
  fixDims: new Map(), fixInputs: new Map(), contract: "separate", aim: "time", limit: 400, budget: undefined,
  solver: "auto", jobs: 2, signal: new AbortController().signal, temporary: () => undefined,
};
