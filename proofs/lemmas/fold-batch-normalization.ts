/**
 * The lemma fold-batch-normalization applied to a node: BN(Σ w·x + b) = Σ (w·s)·x + b'.
 *
 * s and the offset are not computed by a formula of their own: they are the slope and
 * the value at 0 of the normalisation's meaning (ir/ops/batch-normalization.ts) over
 * the reals, enclosed in exact rationals. New weights are the f32 next to w·s; how far
 * each is from it is part of the result and of the error bound.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { Refusal, present } from "../../ir/prelude.js";
import { type Tensor, type TensorType, elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { type Interval, distance, intervalOf, minusInterval, nearest, nearlyHalfUlp, plusInterval, timesInterval } from "../bounds/enclosure.js";
import { evaluateMeaning } from "../bounds/evaluate.js";
import { approximate, one } from "../bounds/fixed.js";
import { constantSummary } from "../bounds/summary.js";
import { zero } from "../bounds/value.js";
import { type Claims, ground } from "../kernel/claims.js";
import { textOf } from "./text.js";

/** The pair of nodes, and what is folded into what. */
interface Pair {
  readonly sum: GraphNode;
  readonly normalization: GraphNode;
  readonly weights: Tensor;
  /** Undefined: +0 for every channel. */
  readonly bias: Tensor | undefined;
  readonly channels: number;
  /** The channel that the weight at a row-major position belongs to. */
  readonly channelOf: (position: number) => number;
}

function inapplicable(node: GraphNode, why: string): never {
  throw new Refusal("usage", "lemma", `fold-batch-normalization: ${node.name}: ${why}`, node.name, "leave the lemma out for this node");
}

/** Whether a node is b + Σ w·x with its channels on axis 1, w and b its inputs 1 and 2. */
function hasPlainSum({ op, attributes, inputs }: GraphNode, { types }: Graph): boolean {
  if (op === "MatMul") return inputs.every((name) => types.get(name ?? "")?.shape.length === 2);
  return op === "Conv" || (op === "Gemm" && attributes["alpha"] === 1 && attributes["beta"] === 1);
}

/** The node with other weights and a bias: a MatMul becomes a Gemm, which has one. */
function withParameters(sum: GraphNode, weights: string, bias: string, outputs: readonly string[]): GraphNode {
  const form = sum.op === "MatMul" ? { op: "Gemm", attributes: { alpha: 1, beta: 1, transA: 0, transB: 0 } } : {};
  return { ...sum, ...form, inputs: [sum.inputs[0] ?? null, weights, bias], outputs };
}

/** Finds what `node` normalises, or refuses with the reason. */
function pairOf(graph: Graph, node: GraphNode): Pair {
  const input = node.inputs[0] ?? "";
  const sum = graph.nodes.find(({ outputs }) => outputs.includes(input));
  if (node.op !== "BatchNormalization" || sum === undefined || sum.domain !== "") return inapplicable(node, "it is no normalisation of a node's result");
  if (!hasPlainSum(sum, graph)) return inapplicable(node, `it follows ${sum.op}, not a Conv, a Gemm without factors or a product of matrices`);
  const weights = graph.constants.get(sum.inputs[1] ?? "");
  const biasName = sum.inputs[2] ?? undefined;
  const bias = biasName === undefined ? undefined : graph.constants.get(biasName);
  if (weights?.type !== "f32" || (biasName !== undefined && bias === undefined)) return inapplicable(node, "weights or bias are no f32 constants");
  if (node.inputs.slice(1).some((name) => !graph.constants.has(name ?? ""))) return inapplicable(node, "its parameters are no constants");
  const constants = [...node.inputs.slice(1), sum.inputs[1], biasName].flatMap((name) => graph.constants.get(name ?? "") ?? []);
  if (constants.some(({ data }) => !allFinite(data))) return inapplicable(node, "a weight or parameter is not finite");
  const [rows = 1, columns = 1] = weights.shape;
  const byRow = sum.op === "Conv" || (sum.op === "Gemm" && sum.attributes["transB"] !== 0);
  const channels = byRow ? rows : columns;
  const inner = elementCount(weights.shape.slice(1));
  if (bias !== undefined && ![1, channels].includes(bias.data.length)) return inapplicable(node, "the bias is not one per channel");
  return { sum, normalization: node, weights, bias, channels, channelOf: (at) => (byRow ? Math.floor(at / inner) : at % columns) };
}

function allFinite(data: Tensor["data"]): boolean {
  for (const x of data) if (!Number.isFinite(Number(x))) return false;
  return true;
}

/** `graph` with `node` folded into the node before it, which then makes its result. */
export function foldNormalization(graph: Graph, node: GraphNode): Graph {
  const pair = pairOf(graph, node);
  if (!onlyReader(graph, pair)) inapplicable(node, "another node, or an output, reads what it normalises");
  const { sum } = pair;
  const exact = exactOf(graph, pair);
  const names = [`${node.name}/weights`, `${node.name}/bias`] as const;
  const folded = withParameters(sum, ...names, node.outputs);
  const tensors = [tensorOf("f32", pair.weights.shape, exact.weights.map(nearest)), tensorOf("f32", [pair.channels], exact.bias.map(nearest))] as const;
  return {
    ...graph,
    nodes: graph.nodes.filter((other) => other !== node).map((other) => (other === sum ? folded : other)),
    constants: new Map([...graph.constants, [names[0], tensors[0]], [names[1], tensors[1]]]),
    types: new Map([...graph.types, [names[0], typeOf(tensors[0])], [names[1], typeOf(tensors[1])]]),
  };
}

function typeOf({ type, shape }: Tensor): TensorType {
  return { type, shape };
}

function onlyReader(graph: Graph, { sum, normalization }: Pair): boolean {
  const [result = ""] = sum.outputs;
  const readers = graph.nodes.flatMap(({ inputs }) => inputs.filter((name) => name === result));
  return readers.length === 1 && normalization.inputs.indexOf(result) === 0 && !graph.outputs.some(({ name }) => name === result);
}

interface Exact {
  readonly weights: readonly Interval[];
  readonly bias: readonly Interval[];
}

/** w·s per weight, b·s + BN(0) per channel, with s = BN(1) − BN(0). */
function exactOf(graph: Graph, { normalization, weights, bias, channels, channelOf }: Pair): Exact {
  const offset = normalised(graph, normalization, channels, 0n);
  const slope = normalised(graph, normalization, channels, one).map((value, c) => minusInterval(value, present(offset[c], "an offset")));
  const scaleOf = (c: number): Interval => present(slope[c], `channel ${c}`);
  const start = (c: number): number => Number(bias?.data[bias.data.length === 1 ? 0 : c] ?? 0);
  return {
    weights: Array.from({ length: weights.data.length }, (_, at) => timesInterval(intervalOf(Number(weights.data[at])), scaleOf(channelOf(at)))),
    bias: offset.map((value, c) => plusInterval(timesInterval(intervalOf(start(c)), scaleOf(c)), value)),
  };
}

/** The exact result of the normalisation's meaning where every channel of its input is x. */
function normalised(graph: Graph, node: GraphNode, channels: number, x: bigint): readonly Interval[] {
  const view = operatorNode(node, graph);
  const input = { type: "f32", shape: [1, channels] } as const;
  const definition = present(operatorFor(node.domain, node.op), node.op);
  const meaning = definition.meaning({ ...view, inputs: [input, ...view.inputs.slice(1)] });
  const parameters = node.inputs.slice(1).map((name) => constantSummary(present(graph.constants.get(name ?? ""), "a parameter"), undefined));
  const values = { shape: input.shape, by: "element", cells: new Array(channels).fill({ ...zero, low: x, high: x }) } as const;
  const stages = evaluateMeaning(meaning, [values, ...parameters], "separate");
  return present(stages.get(meaning.outputs[0] ?? ""), "the result").cells;
}

/** The claims that `after` is `before` with the normalisation `name` folded; returns how far each new constant is from the exact one. */
export function justifyFold(into: Claims, step: number, before: Graph, after: Graph, name: string): ReadonlyMap<string, readonly bigint[]> {
  const node = present(before.nodes.find((other) => other.name === name), name);
  const pair = pairOf(before, node);
  const folded = present(after.nodes.find((other) => other.name === pair.sum.name), pair.sum.name);
  const claim = (detail: string, sentence: string, holds: boolean, found: string): void =>
    ground(into, { rule: "B1", detail: `${step}.${detail}`, sentence, subject: { node: name, statement: "", buffer: "" } }, holds, found);
  claim("reader", "Only the normalisation reads what it normalises.", onlyReader(before, pair), "readers counted");
  const due = before.nodes.filter((other) => other !== node).map((other) => (other === pair.sum ? withParameters(other, folded.inputs[1] ?? "", folded.inputs[2] ?? "", node.outputs) : other));
  claim("nodes", "The other nodes are as they were, and the folded one makes the result of the normalisation.", textOf(due) === textOf(after.nodes) && folded.inputs.length === 3, "compared");
  const exact = exactOf(before, pair);
  return new Map((["weights", "bias"] as const).map((part, k) => {
    const made = folded.inputs[k + 1] ?? "";
    const tensor = after.constants.get(made);
    const shape = part === "weights" ? pair.weights.shape : [pair.channels];
    const fits = tensor?.type === "f32" && allFinite(tensor.data) && textOf(tensor.shape) === textOf(shape);
    const distances = fits ? exact[part].map((value, at) => distance(value, Number(tensor.data[at]))) : [];
    const far = distances.findIndex((d, at) => d > nearlyHalfUlp(Number(tensor?.data[at])));
    claim(part, `Every element of the folded ${part} is within 0.51 ulp of the exact one.`, fits && far < 0, far < 0 ? `${distances.length} elements` : `element ${far} is ${approximate(distances[far] ?? 0n)} off`);
    return [made, distances];
  }));
}
