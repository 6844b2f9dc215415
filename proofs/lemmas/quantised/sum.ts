/**
 * The sums of a quantised group in integers, read from the node that computes them: per
 * channel the differences of the weights from their zero point, their scale and the
 * bias, and in which place of the group's own tensors each of them stands. Everything
 * that is claimed of a sum, and its bound, is about these numbers.
 */
import { operatorNode } from "../../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { present } from "../../../ir/prelude.js";
import { valueOf } from "../../../ir/scalar/types.js";
import { type Tensor, elementCount } from "../../../ir/tensor/tensor.js";
import { type Quantisation, numbersIn, parametersIn, typeOf } from "./group.js";

export interface IntegerSum {
  /** As the node has it: with the zero point 0 where that of the group went into the bias. */
  readonly x: Quantisation;
  readonly y: Quantisation;
  /** Per channel. */
  readonly channels: readonly Channel[];
}

export interface Channel {
  /** w − zw, in the order of the node's weights. */
  readonly weights: readonly number[];
  /** sw. */
  readonly scale: number;
  /** What the sum starts from. */
  readonly start: number;
  /** What Σ (x − zx)·(w − zw) starts from where zx is the zero point of the group: start + (zx − z)·Σ (w − zw), z being that of the node. */
  readonly bias: number;
}

/** Of a QLinearConv or QLinearMatMul with constant weights, of shape [M, …] or [K, M], for a group whose operand has the zero point `zero`. */
export function readSum(graph: Graph, node: GraphNode, zero: number): IntegerSum {
  const name = (slot: number): string | null => node.inputs[slot] ?? null;
  const x = parametersIn(graph, typeOf(graph, name(0) ?? "").type, name(1), name(2));
  const y = parametersIn(graph, typeOf(graph, node.outputs[0] ?? "").type, name(6), name(7));
  const weights = present(graph.constants.get(name(3) ?? ""), "weights");
  const listOf = (slot: number): readonly number[] => numbersIn(graph.constants.get(name(slot) ?? ""));
  const [values, scales, zeros, bias] = [listOf(3), listOf(4), listOf(5), listOf(8)];
  const byRow = node.op === "QLinearConv";
  const count = (byRow ? weights.shape[0] : weights.shape.at(-1)) ?? 1;
  const length = elementCount(weights.shape) / count;
  const own = (list: readonly number[], c: number, none: number): number => list[list.length === 1 ? 0 : c] ?? none;
  const channels = Array.from({ length: count }, (_, c): Channel => {
    const differences = Array.from({ length }, (_each, k) => (values[byRow ? c * length + k : k * count + c] ?? NaN) - own(zeros, c, 0));
    const start = bias[c] ?? 0;
    return { weights: differences, scale: own(scales, c, NaN), start, bias: start + (zero - x.zero) * differences.reduce((sum, w) => sum + w, 0) };
  });
  return { x, y, channels };
}

/** Where weight `k` of channel `c` stands among the weights of the float node. */
export function placeOf(core: GraphNode, count: number, length: number): (c: number, k: number) => number {
  const byRow = core.op === "Conv" || (core.op === "Gemm" && core.attributes["transB"] !== 0);
  return byRow ? (c, k) => c * length + k : (c, k) => k * count + c;
}

/** Whether a constant added to the sums is one element, or one per channel: the last dimension is that of the channels. */
export function isPerChannel({ shape }: Tensor, channels: number): boolean {
  const count = elementCount(shape);
  return count === 1 || (count === channels && shape.at(-1) === channels);
}

/** Least and greatest sum of a channel over all values of x. */
export function rangeOf({ weights, start }: Channel, { zero, least, most }: Quantisation): readonly [number, number] {
  const [down, up] = [least - zero, most - zero];
  const add = (pick: (a: number, b: number) => number): number => weights.reduce((sum, w) => sum + pick(w * down, w * up), start);
  return [add(Math.min), add(Math.max)];
}

/** No partial sum is larger than this, in whatever order the products are added. */
export function largestPartial({ weights, start }: Channel, x: Quantisation): number {
  const size = furthest(x);
  return weights.reduce((sum, w) => sum + Math.abs(w) * size, Math.abs(start));
}

/** max |x − zx|. */
export function furthest({ zero, least, most }: Quantisation): number {
  return Math.max(zero - least, most - zero);
}

/** The divisor of a mean, as the meaning of the integer node has it. */
export function countIn(after: Graph, node: GraphNode): number {
  const meaning = present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, after));
  const factor = meaning.stages.find(({ name }) => name === "factor")?.value;
  const product = factor?.kind === "op" ? factor.args[1] : undefined;
  const count = product?.kind === "op" ? product.args[1] : undefined;
  return count?.kind === "const" ? Number(valueOf(count.constant)) : NaN;
}

/** No sum that the integer node computes is larger than this, whole or in part. */
export function largestSum(graph: Graph, node: GraphNode): number {
  if (node.op.startsWith("QLinear")) {
    const { x, channels } = readSum(graph, node, 0);
    return channels.map((channel) => largestPartial(channel, x)).reduce((a, b) => Math.max(a, b), 0);
  }
  return countIn(graph, node) * furthest(parametersIn(graph, typeOf(graph, node.inputs[0] ?? "").type, node.inputs[1] ?? null, node.inputs[2] ?? null));
}
