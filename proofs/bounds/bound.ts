/**
 * A proven bound on |output of the code − real meaning of the model| for every input in
 * a box. The code computes the meanings of a graph bit for bit (docs/theorem.md); here
 * the same meanings are evaluated over ranges and errors, node by node. The real
 * meaning is that of the original model: a constant that a lemma replaced comes with a
 * bound on its deviation from the exact one, so the result is about the model itself.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { Refusal, present, unsupported } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { softmax } from "./elementary.js";
import { type Backward, backward } from "./backward.js";
import { evaluateMeaning } from "./evaluate.js";
import { larger, smaller } from "./fixed.js";
import { type Summary, cellAt, constantSummary, summarise } from "./summary.js";
import { type Value, carried, errorOf, hull } from "./value.js";

/** Per graph input and element, low and high on the grid of fixed.ts. */
export type Box = ReadonlyMap<string, readonly (readonly [low: bigint, high: bigint])[]>;

export interface BoundTask {
  /** The graph whose meanings the code computes. */
  readonly graph: Graph;
  readonly contract: MulAddContract;
  readonly box: Box;
  /** Per constant that a lemma made, per element, how far it is from the exact value. */
  readonly deviations: ReadonlyMap<string, readonly bigint[]>;
  /** Tensors of rank 3 or more are known per element up to this many, else per channel; see summary.ts. */
  readonly elements?: number;
}

export interface NodeBound {
  readonly node: GraphNode;
  readonly outputs: readonly Summary[];
  /** By name of the stage of its meaning. */
  readonly stages: ReadonlyMap<string, Summary>;
}

export interface Bound {
  readonly nodes: readonly NodeBound[];
  /** Per graph output: what is known of it, and the largest error of an element. */
  readonly outputs: readonly { readonly name: string; readonly summary: Summary; readonly error: bigint }[];
}

/** Throws the Refusal `no-bound` with the node's name for what cannot be bounded. */
export function boundOf(task: BoundTask): Bound {
  const centre = evaluateNodes({ ...task, box: centreOf(task.box) }, undefined);
  return evaluateNodes(task, centre.known);
}

interface Evaluated extends Bound {
  /** Of every tensor. */
  readonly known: ReadonlyMap<string, Summary>;
}

/** Without a `centre`, the forward evaluation alone. */
function evaluateNodes(task: BoundTask, centre: ReadonlyMap<string, Summary> | undefined): Evaluated {
  const { graph, box, deviations } = task;
  const known = new Map<string, Summary>();
  for (const { name, type, shape } of graph.inputs) known.set(name, inputSummary(name, type, shape, box));
  const nodes: NodeBound[] = [];
  const look = (name: string): Summary => {
    const summary = known.get(name) ?? constantOf(name, graph, deviations);
    known.set(name, summary);
    return summary;
  };
  const refine = (name: string): void => {
    const middle = centre?.get(name);
    if (middle !== undefined && !graph.constants.has(name)) known.set(name, refined(look(name), middle, backward(name, { ...task, nodes, known })));
  };
  for (const node of graph.nodes) {
    if (node.op === "Softmax" || node.op === "Relu") refine(node.inputs[0] ?? ""); // no slopes, or slopes by sign
    const made = named(node, () => evaluateNode(node, node.inputs.map((name) => (name === null ? null : look(name))), task));
    node.outputs.forEach((name, k) => known.set(name, received(present(made.outputs[k], name))));
    nodes.push({ node, ...made });
  }
  const outputs = graph.outputs.map(({ name }) => {
    refine(name);
    const summary = look(name);
    return { name, summary, error: summary.cells.map(errorOf).reduce(larger, 0n) };
  });
  return { nodes, outputs, known };
}

function inputSummary(name: string, type: string, shape: readonly number[], box: Box): Summary {
  if (type !== "f32") unsupported("no-bound", `input ${name} is ${type}`, name, "bounds are for f32");
  const ranges = box.get(name);
  if (ranges?.length !== elementCount(shape)) unsupported("no-bound", `the box says nothing of input ${name}`, name, "give a range for every input");
  return { shape, by: "element", cells: ranges.map(([low, high]): Value => ({ low, high, propagated: 0n, introduced: 0n })) };
}

function constantOf(name: string, graph: Graph, deviations: BoundTask["deviations"]): Summary {
  const tensor = present(graph.constants.get(name), `value of ${name}`);
  if (tensor.type !== "f32") unsupported("no-bound", `constant ${name} is ${tensor.type}`, name, "bounds are for f32");
  if (!Array.from({ length: tensor.data.length }, (_, k) => Number(tensor.data[k])).every(Number.isFinite)) unsupported("no-bound", `constant ${name} is not finite`, name, "leave the bound out");
  return constantSummary(tensor, deviations.get(name));
}

/** The box's middle, on the grid. */
function centreOf(box: Box): Box {
  return new Map([...box].map(([name, ranges]) => [name, ranges.map(([low, high]) => [(low + high) / 2n, (low + high) / 2n] as const)]));
}

/** With the smaller of two errors and the narrower of two ranges for each cell. */
function refined(summary: Summary, centre: Summary, found: Backward | undefined): Summary {
  if (found === undefined) return summary;
  const { cells } = summarise(summary.shape, found.errors.map((propagated, position): Value => {
    const [middle, reach] = [present(centre.cells[cellAt(centre, position)], "a cell"), found.reach[position] ?? 0n];
    return { low: middle.low - reach, high: middle.high + reach, propagated, introduced: 0n };
  }), summary.by);
  return { ...summary, cells: summary.cells.map((cell, k) => narrower(cell, present(cells[k], "a cell"))) };
}

function narrower(a: Value, b: Value): Value {
  return { low: larger(a.low, b.low), high: smaller(a.high, b.high), propagated: smaller(errorOf(a), b.propagated), introduced: 0n };
}

/** What the next node sees: all error so far is propagated. */
function received(summary: Summary): Summary {
  return { ...summary, cells: summary.cells.map(carried) };
}

/** Operators with a rule of their own, not that of their meaning's steps. */
export const boundedWhole: ReadonlySet<string> = new Set(["Softmax"]);

function evaluateNode(node: GraphNode, inputs: readonly (Summary | null)[], { graph, contract, elements }: BoundTask): Omit<NodeBound, "node"> {
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
