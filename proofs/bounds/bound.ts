/**
 * A proven bound on |output of the code − real meaning of the model| for every input in
 * a box. The code computes the meanings of a graph bit for bit (docs/theorem.md); here
 * the same meanings are evaluated over ranges and errors, node by node. The real
 * meaning is that of the original model: a constant that a lemma replaced, or that import
 * computed and rounded, comes with a bound on its deviation from the exact one, so the
 * result is about the model itself.
 */
import type { GraphNode } from "../../ir/graph/graph.js";
import { present, unsupported } from "../../ir/prelude.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { type Backward, backward } from "./backward.js";
import { boundConstant } from "./constants.js";
import { larger, smaller } from "./fixed.js";
import { type NodeSummaries, type NodeTask, boundNode } from "./node.js";
import { type Summary, cellAt, summarise } from "./summary.js";
import { type Value, carried, errorOf } from "./value.js";

/** Per graph input and element, low and high on the grid of fixed.ts. */
export type Box = ReadonlyMap<string, readonly (readonly [low: bigint, high: bigint])[]>;

export interface BoundTask extends NodeTask {
  readonly box: Box;
  /** Per constant that a lemma made, per element, how far it is from the exact value. */
  readonly deviations: ReadonlyMap<string, readonly bigint[]>;
}

export interface NodeBound extends NodeSummaries {
  readonly node: GraphNode;
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
  const { graph, box } = task;
  const constants = { ...task, deviations: new Map(task.deviations) };
  const known = new Map<string, Summary>();
  for (const { name, type, shape } of graph.inputs) known.set(name, inputSummary(name, type, shape, box));
  const nodes: NodeBound[] = [];
  const look = (name: string): Summary => {
    const summary = known.get(name) ?? boundConstant(name, constants);
    known.set(name, summary);
    return summary;
  };
  const refine = (name: string): void => {
    const middle = centre?.get(name);
    if (middle !== undefined && !graph.constants.has(name)) known.set(name, refined(look(name), middle, backward(name, { ...task, nodes, known })));
  };
  for (const node of graph.nodes) {
    if (node.op === "Softmax" || node.op === "Relu") refine(node.inputs[0] ?? ""); // no slopes, or slopes by sign
    const made = boundNode(node, node.inputs.map((name) => (name === null ? null : look(name))), task);
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
