/**
 * How far two implementations of a chain of Gemm and Relu may lie apart to first
 * order, whatever order they sum in: layer l introduces at most
 * γ·(Σ|w||x| + |b|), γ = (n + 1)·u / (1 − (n + 1)·u), in each element (Higham, Accuracy
 * and Stability of Numerical Algorithms, §3.1), and that reaches output o by the
 * derivative J = ∂o/∂l, signs kept: Σ over l and i of |J[o, i]| · introduced[l, i].
 * Second-order terms, and a Relu that switches within the error, are left out, so it
 * is a yardstick for a test and no proof.
 */
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { invariant, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";

interface Layer {
  readonly weights: Tensor;
  /** Bound on what the layer introduces, per element. */
  readonly introduced: Float64Array;
  /** 1 where the Relu after the layer lets the element through, or there is none. */
  readonly passes: Float64Array;
}

const unitRoundoff = 2 ** -24;

/** First-order bound per output element on the distance from the exact output, for graphs of Gemm (transB), Relu and Identity. */
export function forwardError(graph: Graph, input: Tensor): Float64Array {
  const layers = layersOf(graph, Float64Array.from(input.data, Number));
  const count = present(layers.at(-1), "a last layer").introduced.length;
  const bound = new Float64Array(count);
  for (let o = 0; o < count; o++) bound[o] = errorOf(o, layers);
  return bound;
}

function errorOf(output: number, layers: readonly Layer[]): number {
  let error = 0;
  let derivative = new Float64Array(present(layers.at(-1), "a last layer").introduced.length);
  derivative[output] = 1;
  for (const { weights, introduced, passes } of layers.toReversed()) {
    const through = derivative.map((d, i) => d * (passes[i] ?? 0));
    through.forEach((d, i) => (error += Math.abs(d) * (introduced[i] ?? 0)));
    derivative = transposedProduct(weights, through);
  }
  return error;
}

function transposedProduct({ shape: [rows = 0, columns = 0], data }: Tensor, vector: Float64Array): Float64Array<ArrayBuffer> {
  const product = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const v = vector[i] ?? 0;
    if (v !== 0) for (let k = 0; k < columns; k++) product[k] = (product[k] ?? 0) + v * Number(data[i * columns + k]);
  }
  return product;
}

function layersOf(graph: Graph, input: Float64Array): readonly Layer[] {
  const layers: Layer[] = [];
  let value = input;
  for (const node of graph.nodes) {
    if (node.op === "Relu") {
      present(layers.at(-1), "a layer before Relu").passes.set(value.map((x) => (x < 0 ? 0 : 1)));
      value = value.map((x) => Math.max(x, 0));
    } else if (node.op !== "Identity") {
      const { layer, result } = gemm(graph, node, value);
      layers.push(layer);
      value = result;
    }
  }
  return layers;
}

function gemm(graph: Graph, node: GraphNode, x: Float64Array): { readonly layer: Layer; readonly result: Float64Array<ArrayBuffer> } {
  invariant(node.op === "Gemm" && node.attributes["transB"] === 1, `no bound for ${node.op}`);
  const weights = present(graph.constants.get(node.inputs[1] ?? ""), "weights");
  const bias = present(graph.constants.get(node.inputs[2] ?? ""), "bias");
  const [rows = 0, length = 0] = weights.shape;
  const gamma = ((length + 1) * unitRoundoff) / (1 - (length + 1) * unitRoundoff);
  const [result, introduced] = [new Float64Array(rows), new Float64Array(rows)];
  for (let i = 0; i < rows; i++) {
    let [sum, magnitude] = [Number(bias.data[i]), Math.abs(Number(bias.data[i]))];
    for (let k = 0; k < length; k++) {
      const product = Number(weights.data[i * length + k]) * (x[k] ?? 0);
      sum += product;
      magnitude += Math.abs(product);
    }
    result[i] = sum;
    introduced[i] = gamma * magnitude;
  }
  return { layer: { weights, introduced, passes: new Float64Array(rows).fill(1) }, result };
}
