/** Random graphs of one Conv or pool: strides, dilations and paddings that need not make sense. */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { Refusal, present } from "../../ir/prelude.js";
import { type Tensor, type TensorType, tensorOf } from "../../ir/tensor/tensor.js";
import { randomTensor } from "../loop/support.js";

/** A graph with one node; geometries that the operator refuses are drawn again. */
export function randomWindow(random: () => number): Graph {
  for (;;) {
    try {
      return draw(random);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

function draw(random: () => number): Graph {
  const pick = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const rank = pick(1, 2);
  const each = (low: number, high: number): readonly number[] => Array.from({ length: rank }, () => pick(low, high));
  const kernel = each(1, 3);
  const geometry = { kernel_shape: kernel, strides: each(1, 3), dilations: each(1, 4), pads: [...each(0, 4), ...each(0, 4)] };
  const op = present(["Conv", "MaxPool", "AveragePool"][pick(0, 2)], "operator");
  const group = pick(1, 2);
  const own = op === "Conv" ? { group } : op === "MaxPool" ? { ceil_mode: pick(0, 1), storage_order: 0 } : { ceil_mode: pick(0, 1), count_include_pad: pick(0, 1) };
  const x: TensorType = { type: "f32", shape: [1, 2, ...each(1, 5)] };
  const w = randomTensor({ type: "f32", shape: [2, 2 / group, ...kernel] }, random);
  const constants = new Map(op === "Conv" ? [["w", w], ["b", tensorOf("f32", [2], [0.5, -0.25])]] : []);
  return oneNode({ name: "window", op, domain: "", opset: 22, attributes: { ...geometry, ...own }, inputs: ["x", ...constants.keys()], outputs: ["y"] }, x, constants);
}

function oneNode(node: GraphNode, x: TensorType, constants: ReadonlyMap<string, Tensor>): Graph {
  const types = new Map<string, TensorType>([["x", x], ...constants]);
  const y = present(present(operatorFor("", node.op), node.op).shape(operatorNode(node, { types, constants }))[0], "output");
  return {
    name: "one node",
    inputs: [{ name: "x", ...x }],
    outputs: [{ name: "y", ...y }],
    constants,
    nodes: [node],
    types: new Map([...types, ["y", y]]),
    derived: new Map(),
  };
}
