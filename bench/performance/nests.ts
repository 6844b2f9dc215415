/**
 * The layers of networks: every nest with sums of products, cut out of the final program as a
 * program of its own (src/tune/task.ts), as each of several builds has it. Nests of equal shape
 * are one layer. Nothing is proved here: the programs are those of the builds that
 * docs/performance.md measures as proved.
 */
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { factsOf } from "../../ir/loop/facts.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { importModel } from "../../src/onnx/import.js";
import { type Programs, continued, programsOf } from "../../src/optimise/evaluate.js";
import { type ScheduleStep, defaultSchedule } from "../../src/schedule.js";
import { type Task, tasksOf } from "../../src/tune/task.js";
import { addsProduct, nameOf } from "./network.js";

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

/** How a network is built: the rounding, and the schedule that a target takes for it. */
export interface LayerBuild {
  readonly contract: MulAddContract;
  /** What its lemmas make of a graph; default: none. */
  readonly graphFor?: (graph: Graph) => Promise<Graph>;
  readonly stepsFor: (graph: Graph) => readonly ScheduleStep[] | Promise<readonly ScheduleStep[]>;
}

/** Of all models, equal ones once. */
export async function layersOf(models: readonly string[], builds: readonly LayerBuild[]): Promise<readonly Layer[]> {
  const byShape = new Map<string, Layer>();
  for (const model of models) {
    for (const { key, ...layer } of await nestsOf(model, builds)) {
      const known = byShape.get(key);
      if (known === undefined) byShape.set(key, layer);
      else known.places.push(...layer.places);
    }
  }
  return [...byShape.values()];
}

/** Nests without a product that is summed up are not layers. */
async function nestsOf(model: string, builds: readonly LayerBuild[]): Promise<readonly (Layer & { readonly key: string })[]> {
  const { graph } = importModel(model, { contract: "separate" });
  const needed = new Map(tasksAfter(programsOf({ graph, contract: "separate" }), defaultSchedule().steps).map(({ site, staged }) => [site, stepsIn(staged.program)]));
  const own = await Promise.all(builds.map(async ({ contract, graphFor, stepsFor }) => {
    const made = graphFor === undefined ? graph : await graphFor(graph);
    return tasksAfter(programsOf({ graph: made, contract }), await stepsFor(made));
  }));
  return (own[0] ?? []).flatMap(({ site }) => {
    const tasks = own.map((all) => present(all.find((task) => task.site === site), site));
    const steps = needed.get(site) ?? 0;
    const programs = tasks.map(({ staged }) => continued(staged, []));
    return steps === 0 ? [] : [{ key: tasks.map(({ shape }) => shape).join(), ...described(graph, site), places: [`${nameOf(model)} ${site}`], steps, programs, weights: graph.constants }];
  });
}

/** Before storage is shared: alone, a nest knows nothing of the arena. */
function tasksAfter(programs: Programs, steps: readonly ScheduleStep[]): readonly Task[] {
  return tasksOf(programs.staged(steps.filter(({ pass }) => pass !== "reuse-buffers" && pass !== "plan-memory")));
}

/** Executions of the stores that add a product to what they had. */
export function stepsIn(program: Program): number {
  const executions = new Map(factsOf(program).statements.map(({ statement, executions: count }) => [statement, count]));
  return storesOf(program).filter(({ store }) => addsProduct(store.value, store.buffer)).reduce((sum, { store }) => sum + (executions.get(store.name) ?? 0), 0);
}

function described({ nodes, types }: Graph, site: string): Pick<Layer, "kind" | "shape"> {
  const node = nodes[Number(/\d+/.exec(site)?.[0])];
  const shapeOf = (name: string | null | undefined): readonly number[] => types.get(name ?? "")?.shape ?? [];
  const window = shapeOf(node?.inputs[node.op === "QLinearConv" ? 3 : 1]).slice(2);
  const kind = node === undefined ? "other" : kindOf(node, shapeOf(node.inputs[0])[1], window);
  const result = shapeOf(node?.outputs[0]).join("×");
  return { kind, shape: kind === "conv" || kind === "depthwise" ? `${window.join("×")} → ${result}` : result };
}

function kindOf({ op, inputs, attributes }: GraphNode, channels: number | undefined, window: readonly number[]): Layer["kind"] {
  if (op === "Gemm" || op === "QGemm") return "dense";
  if (op === "MatMul" || op === "QLinearMatMul") return "matmul";
  if (!/^(?:QLinear)?Conv$/.test(op) || inputs.length < 2) return "other";
  if (channels !== 1 && attributes["group"] === channels) return "depthwise";
  return window.every((size) => size === 1) ? "pointwise" : "conv";
}
