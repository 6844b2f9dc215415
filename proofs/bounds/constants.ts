/**
 * Constants of a graph: known to the bit, but for their distance from the exact ones. What
 * a lemma made comes with a proven distance; what import computed from other constants is
 * as far off as the roundings of the node that it was, evaluated like any node.
 */
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal, present, unsupported } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { type NodeTask, boundNode } from "./node.js";
import { type Summary, cellAt, constantSummary } from "./summary.js";
import { errorOf } from "./value.js";

export interface ConstantTask extends NodeTask {
  /** Per constant and element, the distance from the exact value; what import computed is added when it is asked for. */
  readonly deviations: Map<string, readonly bigint[]>;
}

/** Throws the Refusal `no-bound` for a constant that is no finite f32, or was computed by what has no rule. */
export function boundConstant(name: string, task: ConstantTask): Summary {
  const { graph, deviations } = task;
  const tensor = present(graph.constants.get(name), `value of ${name}`);
  if (tensor.type !== "f32") unsupported("no-bound", `constant ${name} is ${tensor.type}`, name, "bounds are for f32");
  if (!Array.from({ length: tensor.data.length }, (_, k) => Number(tensor.data[k])).every(Number.isFinite)) unsupported("no-bound", `constant ${name} is not finite`, name, "leave the bound out");
  if (!deviations.has(name)) deviations.set(name, roundings(name, task));
  return constantSummary(tensor, deviations.get(name));
}

/** None for what stands in the model. */
function roundings(name: string, task: ConstantTask): readonly bigint[] {
  const maker = task.graph.derived.get(name);
  if (maker === undefined || (maker.op === "Constant" && maker.domain === "")) return [];
  const inputs = maker.inputs.map((input) => (input === null ? null : boundConstant(input, task)));
  const summary = present(boundNode(maker, inputs, task).outputs[maker.outputs.indexOf(name)], name);
  return Array.from({ length: elementCount(summary.shape) }, (_, position) => errorOf(present(summary.cells[cellAt(summary, position)], "a cell")));
}

/** A constant of f32 that import rounded when it computed it, or whose roundings have no bound; undefined where all are exact. */
export function roundedConstant(graph: Graph, contract: MulAddContract): string | undefined {
  const task = { graph, contract, deviations: new Map<string, readonly bigint[]>() };
  return [...graph.derived.keys()].find((name) => graph.constants.get(name)?.type === "f32" && !isExact(name, task));
}

function isExact(name: string, task: ConstantTask): boolean {
  try {
    boundConstant(name, task);
    return (task.deviations.get(name) ?? []).every((distance) => distance === 0n);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "no-bound") throw error;
    return false;
  }
}
