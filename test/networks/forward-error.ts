/**
 * How far two implementations of a chain of Gemm and Relu may lie apart, whatever
 * order they sum in: the forward error bound of a dot product of length n with
 * unit roundoff u, γ = (n + 1)·u / (1 − (n + 1)·u), times Σ|w||x| + |b| (Higham,
 * Accuracy and Stability of Numerical Algorithms, §3.1), carried through the layers
 * by |W| and through Relu unchanged. No underflow term: it is below 1e-38 per layer.
 */
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { invariant, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";

interface Enclosed {
  /** Computed in f64. */
  readonly value: Float64Array;
  /** Bound on the distance of any f32 evaluation from `value`. */
  readonly error: Float64Array;
}

const unitRoundoff = 2 ** -24;

/** Bound per output element, for graphs of Gemm (transB), Relu and Identity; both outputs lie within it of the exact one. */
export function forwardError(graph: Graph, input: Tensor): Float64Array {
  let state: Enclosed = { value: Float64Array.from(input.data, Number), error: new Float64Array(input.data.length) };
  for (const node of graph.nodes) state = throughNode(graph, node, state);
  return state.error;
}

function throughNode(graph: Graph, node: GraphNode, state: Enclosed): Enclosed {
  if (node.op === "Identity") return state;
  if (node.op === "Relu") return { value: state.value.map((x) => Math.max(x, 0)), error: state.error };
  invariant(node.op === "Gemm" && node.attributes["transB"] === 1, `no bound for ${node.op}`);
  const weights = present(graph.constants.get(node.inputs[1] ?? ""), "weights");
  const bias = present(graph.constants.get(node.inputs[2] ?? ""), "bias");
  return throughGemm(weights, bias, state);
}

function throughGemm(weights: Tensor, bias: Tensor, { value, error }: Enclosed): Enclosed {
  const [rows = 0, length = 0] = weights.shape;
  const gamma = ((length + 1) * unitRoundoff) / (1 - (length + 1) * unitRoundoff);
  const out = { value: new Float64Array(rows), error: new Float64Array(rows) };
  for (let i = 0; i < rows; i++) {
    const b = Number(bias.data[i]);
    let [sum, magnitude, carried] = [b, Math.abs(b), 0];
    for (let k = 0; k < length; k++) {
      const w = Number(weights.data[i * length + k]);
      const [x, e] = [value[k] ?? 0, error[k] ?? 0];
      sum += w * x;
      magnitude += Math.abs(w) * (Math.abs(x) + e);
      carried += Math.abs(w) * e;
    }
    out.value[i] = sum;
    out.error[i] = carried + gamma * magnitude;
  }
  return out;
}
