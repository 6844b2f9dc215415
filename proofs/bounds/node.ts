/** One node over ranges and errors: by the steps of its operator's meaning, or by a rule for the operator as a whole. */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { Refusal, present, unsupported } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { softmax } from "./elementary.js";
import { evaluateMeaning } from "./evaluate.js";
import type { Summary } from "./summary.js";
import { hull } from "./value.js";

export interface NodeTask {
  readonly graph: Graph;
  readonly contract: MulAddContract;
  /** Tensors of rank 3 or more are known per element up to this many, else per channel; see summary.ts. */
  readonly elements?: number;
}

export interface NodeSummaries {
  readonly outputs: readonly Summary[];
  /** By name of the stage of its meaning. */
  readonly stages: ReadonlyMap<string, Summary>;
}

/** Operators with a rule of their own, not that of their meaning's steps. */
export const boundedWhole: ReadonlySet<string> = new Set(["Softmax"]);

/** What the outputs and stages of one node are, given its inputs (null: omitted). Throws the Refusal `no-bound` with the node's name. */
export function boundNode(node: GraphNode, inputs: readonly (Summary | null)[], about: NodeTask): NodeSummaries {
  return named(node, () => evaluateNode(node, inputs, about));
}

function evaluateNode(node: GraphNode, inputs: readonly (Summary | null)[], { graph, contract, elements }: NodeTask): NodeSummaries {
  const [x] = inputs;
  const view = operatorNode(node, graph);
  if (node.op === "Softmax" && x !== null && x !== undefined) return { outputs: [softmaxOf(x, view.attributes["axes"])], stages: new Map() };
  const meaning = present(operatorFor(node.domain, node.op), node.op).meaning(view);
  const stages = evaluateMeaning(meaning, inputs, contract, elements);
  return { stages, outputs: meaning.outputs.map((name) => present(stages.get(name), name)) };
}

function softmaxOf(x: Summary, axes: unknown): Summary {
  const over: readonly unknown[] = Array.isArray(axes) ? axes : [];
  const count = over.reduce((product: number, axis) => product * (x.shape[Number(axis)] ?? 1), 1);
  const value = softmax(x.cells.reduce(hull), count);
  return { shape: x.shape, by: x.by, cells: x.cells.map(() => value) };
}

/** Refusals of the rules do not know where they are. */
function named<T>(node: GraphNode, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Refusal) || error.where !== undefined) throw error;
    return unsupported("no-bound", `${node.op}: ${error.message}`, node.name, error.remedy);
  }
}
