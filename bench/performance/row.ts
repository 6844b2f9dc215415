/** One network measured: every implementation that is there, all of them in turns in one process. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { memoryOf } from "../../src/evidence/memory.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import { levels } from "../../src/toolchain/levels.js";
import type { Turns } from "../../src/toolchain/rounds.js";
import { type Sizes, type Times, digestOf, instructionsOf, ratioOf, sizesOf, timeVariants } from "./measure.js";
import { type Network, prepare, provedCode } from "./network.js";
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
  const times = await timeVariants(bench.rounds, network, variants, bench.turns);
  const measured: Measured[] = [];
  for (const variant of variants) measured.push(await figuresOf(variant, { network, times, bench }));
  const { arenaBytes } = memoryOf(usual.code.read.program);
  return { network, measured, arenaBytes };
}

type Built = Awaited<ReturnType<typeof provedCode>>;

/** Ours with the schedule of each set of instructions; peers with that most machines have. */
async function variantsOf(site: Site, usual: Built, { library }: Bench): Promise<readonly Variant[]> {
  const variants: Variant[] = [];
  for (const level of levels) {
    const steps = scheduleFor(level, { graph: usual.result.imported.graph, contract: "separate" })?.steps;
    const { code } = steps === undefined ? usual : await provedCode(site.network.model, steps);
    variants.push(await ours(site, code, level));
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
  const countable = !variant.name.endsWith("v4"); // callgrind knows no AVX-512
  return {
    name: variant.name, times: own,
    ratio: base === undefined ? undefined : ratioOf(own, base),
    digest: digestOf(network, variant),
    sizes: await sizesOf(variant),
    instructions: countable ? await instructionsOf(bench.rounds, network, variant) : undefined,
  };
}
