/**
 * The reference interpreter of graphs: every node by its operator's meaning, in the
 * order of the graph. What it computes is what the model says, bit for bit, under the
 * given contract.
 */
import { InvariantViolation, invariant, present } from "../prelude.js";
import { operatorFor } from "../ops/index.js";
import type { OperatorNode } from "../ops/operator.js";
import { evalMeaning } from "../tensor/eval.js";
import type { MulAddContract } from "../tensor/meaning.js";
import { type Tensor, type TensorType, printTensorType, sameType } from "../tensor/tensor.js";
import type { Graph, GraphNode } from "./graph.js";

/** The outputs of `graph` by name. Throws where an input is missing or of another type. */
export function evalGraph(graph: Graph, inputs: ReadonlyMap<string, Tensor>, contract: MulAddContract): Map<string, Tensor> {
  const values = new Map(graph.constants);
  for (const { name, type, shape } of graph.inputs) {
    const value = inputs.get(name);
    invariant(value !== undefined && sameType(value, { type, shape }), `input ${name} must be ${printTensorType({ type, shape })}`);
    values.set(name, value);
  }
  for (const node of graph.nodes) evalNode(node, graph, values, contract);
  return new Map(graph.outputs.map(({ name }) => [name, present(values.get(name), `value of output ${name}`)]));
}

function evalNode(node: GraphNode, graph: Graph, values: Map<string, Tensor>, contract: MulAddContract): void {
  const inputs = node.inputs.map((name) => (name === null ? null : present(values.get(name), `value of ${name}`)));
  const definition = operatorFor(node.domain, node.op);
  if (definition === undefined) throw new InvariantViolation(`${node.name}: no operator ${node.op}`);
  const outputs = evalMeaning(definition.meaning(operatorNode(node, graph)), inputs, contract);
  node.outputs.forEach((name, k) => {
    const value = present(outputs[k], `output ${k} of ${node.name}`);
    if (name !== "") values.set(name, value);
  });
}

/** The view of `node` that operator definitions take. */
export function operatorNode(node: GraphNode, graph: Pick<Graph, "types" | "constants">): OperatorNode {
  const { name, op, opset, attributes } = node;
  const typeOf = (input: string): TensorType => present(graph.types.get(input), `type of ${input}`);
  return {
    name, op, opset, attributes,
    inputs: node.inputs.map((input) => (input === null ? null : typeOf(input))),
    outputCount: node.outputs.length,
    constant: (slot) => graph.constants.get(node.inputs[slot] ?? ""),
  };
}
