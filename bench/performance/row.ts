/** One network measured: every implementation that is there, all of them in turns in one process. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import type { Turns } from "../../src/toolchain/rounds.js";
import { type Sizes, type Times, checkOutputs, digestOf, instructionsOf, ratioOf, sizesOf, timeVariants } from "./measure.js";
import { findTool } from "../../src/toolchain/tools.js";
import { type Build, builds, nameOfBuild } from "./builds.js";
import { type Network, type Proved, prepare, provedCode } from "./network.js";
import { operationsOfPeak, peakVariant } from "./peak.js";
import { type Tvm, tvmLevels, tvmVariant } from "./tvm.js";
import { type Runtime, type Site, type Variant, narrowName, onnxruntime, ours, peer, peers, runtimeName } from "./variants.js";

export interface Measured {
  readonly name: string;
  readonly times: Times;
  /** Median over the rounds of the time by that of ONNX Runtime; undefined without it. */
  readonly ratio: number | undefined;
  /** Likewise, of ONNX Runtime held to AVX2. */
  readonly narrowRatio: number | undefined;
  readonly instructions: number | undefined;
  readonly digest: string;
  /** Of the run in which the instructions were counted. */
  readonly countedDigest: string | undefined;
  readonly sizes: Sizes | undefined;
  readonly own: Variant["own"];
}

export interface Row {
  readonly network: Network;
  readonly measured: readonly Measured[];
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
  readonly runtimes: readonly Runtime[];
  readonly tvm: Tvm | undefined;
  readonly turns: Turns;
}

/** Peers, and tools to measure with, that are not installed. */
export function notMeasured({ runtimes, tvm }: Pick<Bench, "runtimes" | "tvm">): readonly string[] {
  const missing = (tool: string): boolean => findTool(tool) === undefined;
  return [
    ...(runtimes.length === 0 ? [runtimeName] : []),
    ...peers.filter(({ tool }) => missing(tool)).map(({ name }) => name),
    ...(tvm === undefined ? ["TVM"] : []),
    ...(missing("valgrind") ? ["instructions (valgrind)"] : []),
  ];
}

export async function measuredRow(model: string, bench: Bench): Promise<Row> {
  const folder = mkdtempSync(join(bench.work, "network-"));
  const usual = await provedCode(model, undefined);
  const network = prepare(model, usual, folder);
  const variants = await variantsOf({ network, folder, sources: bench.sources }, usual, bench);
  const peaks = await Promise.all(builds.map(async (build) => ({ name: peakName(build), object: await peakVariant(bench.sources, folder, build), parts: [] })));
  const times = await timeVariants(bench.rounds, network, [...variants, ...peaks], bench.turns);
  for (const variant of variants) checkOutputs(network, present(variants[0], "a build of ours"), variant);
  const measured = await Promise.all(variants.map((variant) => figuresOf(variant, { network, times, bench }))); // counts do not depend on what else runs
  return { network, measured, peaks: builds.map((build) => peakOf(build, network, times)) };
}

const peakName = (build: Build): string => `peak of ${nameOfBuild(build)}`;

function peakOf(build: Build, { steps }: Network, times: ReadonlyMap<string, Times>): Peak {
  const [own, peak] = [present(times.get(nameOfBuild(build)), "times"), present(times.get(peakName(build)), "times")];
  const operations = operationsOfPeak(build);
  return { build, best: operations / 1000 / peak.least, share: (2 * steps / operations) / ratioOf(own, peak) };
}

/** Ours with the schedule of each build; peers with the set of instructions that most machines have. */
async function variantsOf(site: Site, usual: Proved, { runtimes, tvm }: Bench): Promise<readonly Variant[]> {
  const variants: Variant[] = [];
  for (const { level, contract, label } of builds) {
    const steps = scheduleFor(level, { graph: usual.result.imported.graph, contract })?.steps;
    const proved = steps === undefined ? usual : await provedCode(site.network.model, steps, contract);
    variants.push(await ours(site, proved, level, label));
  }
  for (const it of runtimes) variants.push(await onnxruntime(site, it));
  for (const it of peers) {
    const variant = await peer(site, it, "x86-64-v3");
    if (variant !== undefined) variants.push(variant);
  }
  if (tvm !== undefined) for (const level of tvmLevels) variants.push(await tvmVariant(site, tvm, level));
  return variants;
}

interface Context {
  readonly network: Network;
  readonly times: ReadonlyMap<string, Times>;
  readonly bench: Bench;
}

async function figuresOf(variant: Variant, { network, times, bench }: Context): Promise<Measured> {
  const own = present(times.get(variant.name), variant.name);
  const ratioTo = (base: Times | undefined): number | undefined => (base === undefined ? undefined : ratioOf(own, base));
  const countable = !variant.name.includes("v4") && variant.name !== narrowName; // callgrind knows no AVX-512: to it, both runtimes are one
  const [digest, sizes] = [digestOf(network, variant), await sizesOf(variant)];
  const instructions = countable ? await instructionsOf(bench.rounds, network, variant) : undefined;
  return {
    name: variant.name, times: own,
    ratio: ratioTo(times.get(runtimeName)),
    narrowRatio: ratioTo(times.get(narrowName)),
    digest, sizes, instructions, own: variant.own,
    countedDigest: instructions === undefined ? undefined : digestOf(network, variant),
  };
}
