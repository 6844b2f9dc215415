/**
 * The canonical text of a graph: what it computes, without the names inside. Two graphs with
 * one text compute the same bits: the same operators by their meanings, on the same values, in
 * the same order. Constants are named by the digest of their bytes; copies are wires.
 */
import { createHash } from "node:crypto";
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present } from "../../ir/prelude.js";
import { type Tensor, bytesOfElements, printTensorType } from "../../ir/tensor/tensor.js";

/** One line per input, node and output. */
export function graphText(graph: Graph): string {
  const values = new Map<string, string>();
  graph.inputs.forEach(({ name }, k) => values.set(name, `input${k}`));
  for (const [name, tensor] of graph.constants) values.set(name, constantText(tensor));
  const valueOf = (name: string): string => present(values.get(name), `value of ${name}`);
  const lines = graph.inputs.map((input, k) => `input${k} ${JSON.stringify(input.name)} ${printTensorType(input)}`);
  for (const node of graph.nodes) {
    const [only] = node.inputs;
    if (node.op === "Identity" && node.domain === "" && typeof only === "string") {
      values.set(node.outputs[0] ?? "", valueOf(only));
      continue;
    }
    const called = `node${lines.length}`;
    node.outputs.forEach((output, k) => values.set(output, `${called}.${k}`));
    const taken = node.inputs.map((input) => (input === null ? "none" : valueOf(input)));
    lines.push(`${called} ${node.op}(${taken.join(", ")}) ${meaningDigest(node, graph)}`);
  }
  lines.push(...graph.outputs.map((output) => `output ${JSON.stringify(output.name)} ${printTensorType(output)} ${valueOf(output.name)}`));
  return `${lines.join("\n")}\n`;
}

/** SHA-256 of the canonical text, in hex. */
export function graphDigest(graph: Graph): string {
  return digest(graphText(graph));
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function constantText(tensor: Tensor): string {
  return `${printTensorType(tensor)}:${digest(bytesOfElements(tensor.data))}`;
}

/** Of what the node computes: its meaning says all that its attributes do. */
function meaningDigest(node: GraphNode, graph: Graph): string {
  const definition = present(operatorFor(node.domain, node.op), `operator ${node.op}`);
  const meaning = definition.meaning(operatorNode(node, graph));
  return digest(JSON.stringify(meaning, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)));
}
