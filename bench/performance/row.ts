/** One network measured: every implementation that is there, all of them in turns in one process. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { memoryOf } from "../../src/evidence/memory.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import type { Turns } from "../../src/toolchain/rounds.js";
import { type Sizes, type Times, digestOf, instructionsOf, ratioOf, sizesOf, timeVariants } from "./measure.js";
import { type Build, builds, nameOfBuild } from "./builds.js";
import { type Network, type Proved, prepare, provedCode } from "./network.js";
import { operationsOfPeak, peakVariant } from "./peak.js";
import { type Site, type Variant, onnxruntime, ours, peer, peers } from "./variants.js";

export const runtime = "ONNX Runtime";

export interface Measured {
  readonly name: string;
  readonly times: Times;
  /** Median over the rounds of the time by that of ONNX Runtime; undefined without it. */
  readonly ratio: number | undefined;
  readonly instructions: number | undefined;
  readonly digest: string;
  readonly sizes: Sizes | undefined;
}

export interface Row {
  readonly network: Network;
  readonly measured: readonly Measured[];
  readonly arenaBytes: number;
  readonly peaks: readonly Peak[];
}

export interface Peak {
  readonly build: Build;
  /** GFLOP/s in the same turns: the best round. */
  readonly best: number;
  /** What the build of ours reaches of it, of 1: the median over the rounds. */
  readonly share: number;
}

export interface Bench {
  readonly sources: string;
  readonly work: string;
  readonly rounds: string;
  readonly library: string | undefined;
  readonly turns: Turns;
}

export async function measuredRow(model: string, bench: Bench): Promise<Row> {
  const folder = mkdtempSync(join(bench.work, "network-"));
  const usual = await provedCode(model, undefined);
  const network = prepare(model, usual, folder);
  const variants = await variantsOf({ network, folder, sources: bench.sources }, usual, bench);
  const peaks = await Promise.all(builds.map(async (build) => ({ name: peakName(build), object: await peakVariant(bench.sources, folder, build), parts: [] })));
  const times = await timeVariants(bench.rounds, network, [...variants, ...peaks], bench.turns);
  const measured: Measured[] = [];
  for (const variant of variants) measured.push(await figuresOf(variant, { network, times, bench }));
  const { arenaBytes } = memoryOf(usual.code.read.program);
  return { network, measured, arenaBytes, peaks: builds.map((build) => peakOf(build, network, times)) };
}

const peakName = (build: Build): string => `peak of ${nameOfBuild(build)}`;

function peakOf(build: Build, { steps }: Network, times: ReadonlyMap<string, Times>): Peak {
  const [own, peak] = [present(times.get(nameOfBuild(build)), "times"), present(times.get(peakName(build)), "times")];
  const operations = operationsOfPeak(build);
  return { build, best: operations / 1000 / peak.least, share: (2 * steps / operations) / ratioOf(own, peak) };
}

/** Ours with the schedule of each build; peers with the set of instructions that most machines have. */
async function variantsOf(site: Site, usual: Proved, { library }: Bench): Promise<readonly Variant[]> {
  const variants: Variant[] = [];
  for (const { level, contract, label } of builds) {
    const steps = scheduleFor(level, { graph: usual.result.imported.graph, contract })?.steps;
    const { code } = steps === undefined ? usual : await provedCode(site.network.model, steps, contract);
    variants.push(await ours(site, code, level, label));
  }
  if (library !== undefined) variants.push(await onnxruntime(site, library));
  for (const it of peers) {
    const variant = await peer(site, it, "x86-64-v3");
    if (variant !== undefined) variants.push(variant);
  }
  return variants;
}

interface Context {
  readonly network: Network;
  readonly times: ReadonlyMap<string, Times>;
  readonly bench: Bench;
}

async function figuresOf(variant: Variant, { network, times, bench }: Context): Promise<Measured> {
  const own = present(times.get(variant.name), variant.name);
  const base = times.get(runtime);
  const countable = !variant.name.includes("v4"); // callgrind knows no AVX-512
  return {
    name: variant.name, times: own,
    ratio: base === undefined ? undefined : ratioOf(own, base),
    digest: digestOf(network, variant),
    sizes: await sizesOf(variant),
    instructions: countable ? await instructionsOf(bench.rounds, network, variant) : undefined,
  };
}
