/** The model as a reader of evidence wants it: interface and nodes, one line each. */
import type { Attribute, Graph, GraphNode, GraphValue } from "../../ir/graph/graph.js";
import { printTensorType } from "../../ir/tensor/tensor.js";

export function printModelSummary(graph: Graph): string {
  const value = (kind: string) => (v: GraphValue): string => `${kind} ${JSON.stringify(v.name)} ${printTensorType(v)}`;
  const lines = [
    `graph ${JSON.stringify(graph.name)}`,
    ...graph.inputs.map(value("input")),
    ...[...(graph.fixedInputs ?? [])].map(([name, tensor]) => `fixed input ${JSON.stringify(name)} ${printTensorType(tensor)}`),
    ...graph.outputs.map(value("output")),
    ...[...graph.constants].map(([name, tensor]) => `constant ${JSON.stringify(name)} ${printTensorType(tensor)}${graph.derived.has(name) ? " derived" : ""}`),
    ...graph.nodes.map((node) => printNode(node, graph)),
  ];
  return `${lines.join("\n")}\n`;
}

function printNode({ name, op, opset, attributes, inputs, outputs }: GraphNode, { types }: Graph): string {
  const given = Object.entries(attributes).map(([key, v]) => `${key} = ${printAttribute(v)}`).join(", ");
  const made = outputs.filter((output) => output !== "").map((output) => {
    const type = types.get(output);
    return `${JSON.stringify(output)} ${type === undefined ? "" : printTensorType(type)}`;
  });
  const taken = inputs.map((input) => (input === null ? "none" : JSON.stringify(input))).join(", ");
  return `node ${JSON.stringify(name)} ${op}-${opset}(${taken}) {${given}} -> ${made.join(", ")}`;
}

function printAttribute(value: Attribute): string {
  return typeof value === "object" && "data" in value ? printTensorType(value) : JSON.stringify(value);
}
