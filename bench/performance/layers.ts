/**
 * Share of the machine's peak by layer: every nest with sums of products is cut out of the final
 * program as a program of its own (src/tune/task.ts) and takes turns with the peak, so that both
 * meet the same clock. Nests of equal shape are measured once. Nothing is proved here: the
 * programs are those of the builds that docs/performance.md measures as proved.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { printCandidate } from "../../backends/c/emit.js";
import { arenasOf } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, fileNames, runName } from "../../backends/c/names.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { factsOf } from "../../ir/loop/facts.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { importModel } from "../../src/onnx/import.js";
import { type Programs, continued, programsOf } from "../../src/optimise/evaluate.js";
import { vectorFor } from "../../src/run/vectors.js";
import { type ScheduleStep, defaultSchedule } from "../../src/schedule.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { levelFlags } from "../../src/toolchain/levels.js";
import { runProcess } from "../../src/toolchain/process.js";
import { type Interface, blockOf, entryVariant, linkVariant, medianOf, place, ratioInTurns, timeInTurns } from "../../src/toolchain/rounds.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { type Task, tasksOf } from "../../src/tune/task.js";
import { type Build, builds, nameOfBuild } from "./builds.js";
import { addsProduct, nameOf } from "./network.js";
import { operationsOfPeak, peakVariant } from "./peak.js";

/** One nest, or several that differ in names alone. */
export interface Layer {
  readonly kind: "conv" | "pointwise" | "depthwise" | "dense" | "matmul" | "other";
  /** The shape of its result, and of a window. */
  readonly shape: string;
  /** Where it occurs: network and nest. */
  readonly places: string[];
  /** Multiply-adds that are needed, of one nest. */
  readonly steps: number;
  /** By build, a nest as its schedule has it. */
  readonly programs: readonly Program[];
  readonly weights: Graph["constants"];
}

export interface LayerShare {
  readonly layer: Layer;
  /** By build: µs, and operations needed per time by the peak of its set of instructions and its way of rounding. */
  readonly times: readonly number[];
  readonly shares: readonly number[];
}

/** Those that have vectors to choose. */
export const layerBuilds = builds.filter(({ level }) => level !== "x86-64-v2");

/** Of all models, equal ones once. */
export function layersOf(models: readonly string[]): readonly Layer[] {
  const byShape = new Map<string, Layer>();
  for (const model of models) {
    const { graph } = importModel(model, { contract: "separate" });
    const needed = new Map(tasksAfter(programsOf({ graph, contract: "separate" }), defaultSchedule().steps).map(({ site, staged }) => [site, stepsIn(staged.program)]));
    const own = layerBuilds.map(({ level, contract }) => tasksAfter(programsOf({ graph, contract }), present(scheduleFor(level, { graph, contract }), level).steps));
    for (const { site } of own[0] ?? []) {
      const tasks = own.map((all) => present(all.find((task) => task.site === site), site));
      const [key, steps] = [tasks.map(({ shape }) => shape).join(), needed.get(site) ?? 0];
      if (steps === 0) continue;
      const known = byShape.get(key);
      const name = `${nameOf(model)} ${site}`;
      if (known === undefined) byShape.set(key, { ...described(graph, site), places: [name], steps, programs: tasks.map(({ staged }) => continued(staged, [])), weights: graph.constants });
      else known.places.push(name);
    }
  }
  return [...byShape.values()];
}

/** Before storage is shared: alone, a nest knows nothing of the arena. */
function tasksAfter(programs: Programs, steps: readonly ScheduleStep[]): readonly Task[] {
  return tasksOf(programs.staged(steps.filter(({ pass }) => pass !== "reuse-buffers" && pass !== "plan-memory")));
}

function stepsIn(program: Program): number {
  const executions = new Map(factsOf(program).statements.map(({ statement, executions: count }) => [statement, count]));
  return storesOf(program).filter(({ store }) => addsProduct(store.value, store.buffer)).reduce((sum, { store }) => sum + (executions.get(store.name) ?? 0), 0);
}

function described({ nodes, types }: Graph, site: string): Pick<Layer, "kind" | "shape"> {
  const node = nodes[Number(/\d+/.exec(site)?.[0])];
  const shapeOf = (name: string | null | undefined): readonly number[] => types.get(name ?? "")?.shape ?? [];
  const window = shapeOf(node?.inputs[1]).slice(2);
  const kind = node === undefined ? "other" : kindOf(node, shapeOf(node.inputs[0])[1]);
  const result = shapeOf(node?.outputs[0]).join("×");
  return { kind, shape: kind === "conv" || kind === "depthwise" ? `${window.join("×")} → ${result}` : result };
}

function kindOf({ op, inputs, attributes }: GraphNode, channels: number | undefined): Layer["kind"] {
  if (op === "Gemm") return "dense";
  if (op === "MatMul") return "matmul";
  if (op !== "Conv" || inputs.length < 2) return "other";
  const window = attributes["kernel_shape"];
  if (channels !== 1 && attributes["group"] === channels) return "depthwise";
  return Array.isArray(window) && window.every((size) => size === 1) ? "pointwise" : "conv";
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
  return [["layer", "result", "where", "multiply-adds", ...names.flatMap((name) => [`${name}: µs`, "of peak"])], ...rows.map(line)];
}
