import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";

const rows = [[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]] as const;

export function filterByTiles(graph: Graph, node: GraphNode): Graph {
  const no = (why: string): never => { throw new Refusal("usage", "lemma", `winograd: ${node.name}: ${why}`, node.name, "leave the lemma out for this node"); };
  if (node.op !== "QLinearConv") return no("no QLinearConv");
  const [x = null, sx = null, zx = null, w = null, sw = null, zw = null, sy = null, zy = null, b = null] = node.inputs;
  const weights = graph.constants.get(w ?? "");
  if (weights === undefined || weights.shape.slice(2).join() !== "3,3" || node.attributes["group"] !== 1) return no("no 3x3");
  if (String(node.attributes["strides"]) !== "1,1" || String(node.attributes["dilations"]) !== "1,1") return no("strides");
  const [filters = 1, channels = 1] = weights.shape;
  if (channels < 8) return no("channels");
  const zws = graph.constants.get(zw ?? "");
  const bias = graph.constants.get(b ?? "");
  const u: number[] = [];
  for (const ri of rows) for (const rj of rows) for (let m = 0; m < filters; m++) for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let k = 0; k < 3; k++) for (let l = 0; l < 3; l++) sum += (ri[k] ?? 0) * (rj[l] ?? 0) * (Number(weights.data[((m * channels + c) * 3 + k) * 3 + l]) - Number(zws?.data[zws.data.length === 1 ? 0 : m] ?? 0));
    u.push(sum);
  }
  const names = [`${node.name}/filters`, `${node.name}/bias`] as const;
  const tensors: readonly [Tensor, Tensor] = [tensorOf("i16", [4, 4, filters, channels], u), tensorOf("i32", [filters], Array.from({ length: filters }, (_, m) => 4 * Number(bias?.data[m] ?? 0)))];
  const made: GraphNode = { ...node, op: "QLinearWinograd", domain: "obligato", opset: 1, attributes: { pads: node.attributes["pads"] ?? [0, 0, 0, 0] }, inputs: [x, sx, zx, names[0], sw, sy, zy, names[1]] };
  return {
    ...graph,
    nodes: graph.nodes.map((other) => (other === node ? made : other)),
    constants: new Map([...graph.constants, [names[0], tensors[0]], [names[1], tensors[1]]]),
    types: new Map([...graph.types, ...names.map((name, k) => [name, { type: tensors[k]!.type, shape: tensors[k]!.shape }] as const)]),
  };
}
