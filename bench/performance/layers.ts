/**
 * Share of the machine's peak by layer: each (nests.ts) takes turns with the peak, so that both
 * meet the same clock.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { printCandidate } from "../../backends/c/emit.js";
import { arenasOf } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, fileNames, runName } from "../../backends/c/names.js";
import type { Graph } from "../../ir/graph/graph.js";
import type { Program } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import { vectorFor } from "../../src/run/vectors.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { levelFlags } from "../../src/toolchain/levels.js";
import { runProcess } from "../../src/toolchain/process.js";
import { type Interface, blockOf, entryVariant, linkVariant, medianOf, place, ratioInTurns, timeInTurns } from "../../src/toolchain/rounds.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { type Build, builds, nameOfBuild } from "./builds.js";
import { type Layer, type LayerBuild, layersOf } from "./nests.js";
import { operationsOfPeak, peakVariant } from "./peak.js";

export interface LayerShare {
  readonly layer: Layer;
  /** By build: µs, and operations needed per time by the peak of its set of instructions and its way of rounding. */
  readonly times: readonly number[];
  readonly shares: readonly number[];
}

/** Those that have vectors to choose. */
export const layerBuilds = builds.filter(({ level }) => level !== "x86-64-v2");

/** As scheduledTargets choose. */
const buildsOfLayers = layerBuilds.map(({ level, contract }): LayerBuild => ({ contract, stepsFor: (graph) => present(scheduleFor(level, { graph, contract }), level).steps }));

export function hostLayersOf(models: readonly string[]): Promise<readonly Layer[]> {
  return layersOf(models, buildsOfLayers);
}

export interface LayerBench {
  readonly sources: string;
  readonly work: string;
  readonly rounds: string;
}

const turns = { rounds: 41, slice: 700 } as const;
const model = "model";

export async function measuredLayer(layer: Layer, name: string, { sources, work, rounds }: LayerBench): Promise<LayerShare> {
  const objects = await Promise.all(layer.programs.map((program, k) => nestVariant({ program, weights: layer.weights, folder: join(work, `${name}-${k}`), build: present(layerBuilds[k], "build") })));
  const peaks = await Promise.all(layerBuilds.map((build) => peakVariant(sources, work, build)));
  const vector = join(work, `${name}.bin`);
  const [widest] = layer.programs.map((program) => program.buffers.filter(({ kind }) => kind === "input")).toSorted((a, b) => bytesIn(b) - bytesIn(a));
  writeFileSync(vector, blockOf(place(widest ?? []), vectorFor(widest ?? [], 1)));
  const times = await timeInTurns(rounds, vector, [...objects, ...peaks], turns);
  const timesOf = (k: number): readonly number[] => present(times[k], "a time");
  const shares = layerBuilds.map((build, k) => (2 * layer.steps / operationsOfPeak(build)) / ratioInTurns(timesOf(k), timesOf(objects.length + k)));
  return { layer, times: objects.map((_, k) => medianOf(timesOf(k)) / 1000), shares };
}

function bytesIn(buffers: Program["buffers"]): number {
  return place(buffers).reduce((sum, { bytes }) => sum + bytes, 0);
}

interface Nest {
  readonly program: Program;
  readonly weights: Graph["constants"];
  readonly folder: string;
  readonly build: Build;
}

async function nestVariant({ program, weights, folder, build: { level } }: Nest): Promise<string> {
  const files = printCandidate(program, { model, weights, floatCompare: "float" });
  await writeEmission(folder, { files, harness: [] });
  const names = fileNames(model);
  const objects: string[] = [];
  for (const source of [names.source, names.weights].filter((file) => files.some((it) => it.name === file))) {
    objects.push(join(folder, source.replace(/c$/, "o")));
    await runProcess(requireTool("gcc", "to compile what is measured"), [...levelFlags(level), "-c", join(folder, source), "-o", objects.at(-1) ?? ""]);
  }
  const lent = [...arenasOf(program).keys()].map((type) => ({ declaration: `${cTypes[type]} ${arenaName(type)}[${arenaMacro(model, type)}]`, argument: arenaName(type) }));
  writeFileSync(join(folder, "variant.c"), entryVariant(interfaceOf(program), { include: `#include "${names.header}"`, name: runName(model), lent }));
  return linkVariant(join(folder, "variant.so"), [join(folder, "variant.c"), ...objects]);
}

function interfaceOf(program: Program): Interface {
  const of = (kind: "input" | "output"): Interface["inputs"] => place(program.buffers.filter((buffer) => buffer.kind === kind));
  return { inputs: of("input"), outputs: of("output") };
}

/** The program that writes the table, between its markers (bench/table.ts). */
export const programName = "npm run performance-layers";

/** The share that a schedule is to reach. */
export const goal = 0.9;

export function layerTable(rows: readonly LayerShare[]): readonly (readonly string[])[] {
  const names = layerBuilds.map(nameOfBuild).map((name) => name.replace("ours ", "").replace("x86-64-", ""));
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const line = ({ layer: { kind, shape, places, steps }, times, shares }: LayerShare): readonly string[] =>
    [kind, shape, places.join(", "), steps.toLocaleString("en-US"), ...names.flatMap((_, k) => [times[k]?.toFixed(2) ?? "", percent(shares[k] ?? 0)])];
  const convolutions = rows.filter(({ layer: { kind } }) => kind.startsWith("conv") || kind === "pointwise");
  const together = ["conv and pointwise", "together", "", "", ...names.flatMap((_, k) => ["", percent(shareOfAll(convolutions, k))])];
  return [["layer", "result", "where", "multiply-adds", ...names.flatMap((name) => [`${name}: µs`, "of peak"])], ...rows.map(line), together];
}

/** Of layers one after the other, each as often as it occurs: all operations by all time. */
function shareOfAll(rows: readonly LayerShare[], build: number): number {
  const work = rows.map(({ layer: { steps, places }, shares }) => ({ operations: steps * places.length, share: shares[build] ?? 0 }));
  const time = work.reduce((sum, { operations, share }) => sum + (operations / share), 0);
  return work.reduce((sum, { operations }) => sum + operations, 0) / time;
}
