/** What If, Loop and Scan share: their subgraphs, values of one element, selection and stacking. */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { invalid, unsupported } from "../../../ir/prelude.js";
import type { ElementType, ScalarValue } from "../../../ir/scalar/types.js";
import { type TensorType, elementCount, printTensorType, sameType, tensorOf } from "../../../ir/tensor/tensor.js";
import type { Attributes } from "./compose.js";
import { constantNode } from "./node.js";
import type { RawNode, Subgraph } from "./raw-node.js";

/** The graph that a node must have. */
export function bodyOf(node: RawNode, attribute: string): Subgraph {
  const given = node.attributes.get(attribute);
  if (given !== undefined && given.kind !== "graph") {
    return invalid("attribute-type", `${node.op} attribute ${attribute} is of type ${given.kind}, not graph`, node.name, `give ${attribute} as graph`);
  }
  return (given === undefined ? undefined : node.control.subgraph(attribute)) ?? invalid("attribute", `${node.op} has no ${attribute}`, node.name, `give the graph ${attribute}`);
}

/** Refuses a body whose inputs or outputs are not those that the node hands over and takes. */
export function checkBody(node: RawNode, body: Subgraph, attribute: string, { inputs, outputs }: { readonly inputs: number; readonly outputs: number }): void {
  if (body.inputs.length !== inputs) {
    invalid("subgraph", `${attribute} of ${node.op} has ${body.inputs.length} inputs, the node gives it ${inputs}`, node.name, "make the graph fit the node");
  }
  if (body.outputs.length !== outputs) {
    invalid("subgraph", `${attribute} of ${node.op} has ${body.outputs.length} outputs, the node takes ${outputs}`, node.name, "make the graph fit the node");
  }
}

/** The type of a tensor that is there. */
export function typeOf(node: RawNode, name: string): TensorType {
  if (node.control.held(name) !== undefined) {
    unsupported("not-a-tensor", `${node.op} would have to choose or stack ${name}, which is a sequence or an optional value`, node.name, "give it tensors");
  }
  return node.typeOf(name) ?? invalid("unknown-tensor", `${node.op} reads ${name}, which nothing defines before it`, node.name, "order the nodes and define every tensor");
}

/** Refuses what is not one element of `type`. */
export function checkOneElement(node: RawNode, name: string, type: ElementType): void {
  const found = typeOf(node, name);
  if (found.type !== type) invalid("type-mismatch", `${node.op} takes ${name}, which is ${printTensorType(found)}, as ${type}`, node.name, `give it as ${type}`);
  if (elementCount(found.shape) !== 1) {
    invalid("shape-mismatch", `${node.op} takes ${name}, which is ${printTensorType(found)}, as one value`, node.name, "give a tensor of one element");
  }
}

/** The value of a constant of one element. */
export function valueOf(node: RawNode, name: string): ScalarValue | undefined {
  return node.constantOf(name)?.data[0];
}

/** Puts a node into the graph now; the tensor it makes. */
export function put(node: RawNode, op: string, inputs: readonly string[], attributes: Attributes = {}): string {
  const output = node.fresh(`${node.name}_value`);
  node.control.add([graphNode(node, { op, inputs, attributes, output })]);
  return output;
}

/** Puts a constant into the graph now. */
export function putConstant(node: RawNode, type: ElementType, shape: readonly number[], value: ScalarValue): string {
  const output = node.fresh(`${node.name}_constant`);
  node.control.add([constantNode(node, output, tensorOf(type, shape, new Array<ScalarValue>(elementCount(shape)).fill(value)))]);
  return output;
}

interface Made {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
  readonly output: string;
  /** Made up where it is left out. */
  readonly name?: string;
}

function graphNode(node: RawNode, { op, inputs, attributes, output, name = node.fresh(`${node.name}_${op}`) }: Made): GraphNode {
  return { name, op, domain: "", opset: node.opset, attributes, inputs, outputs: [output] };
}

/** The node that makes output `k` of `node`; none where nobody asks for it. */
export function final(node: RawNode, k: number, op: string, inputs: readonly string[], attributes: Attributes = {}): readonly GraphNode[] {
  const output = node.outputs[k] ?? "";
  if (output === "") return [];
  return [graphNode(node, { op, inputs, attributes, output, ...(k === 0 ? { name: node.name } : {}) })];
}

/** Outputs of `node` as copies of `tensors`, but where they have its names already. */
export function copies(node: RawNode, tensors: readonly string[]): GraphNode[] {
  return tensors.flatMap((tensor, k) => (tensor === node.outputs[k] || isHeld(node, tensor, k) ? [] : final(node, k, "Identity", [tensor])));
}

/** A sequence or an optional value needs no copy: output `k` stands for the same. */
function isHeld(node: RawNode, name: string, k: number): boolean {
  const held = node.control.held(name);
  const output = node.outputs[k] ?? "";
  if (held !== undefined && output !== "") node.control.hold(output, held);
  return held !== undefined;
}

/** A condition of one element as a scalar, which broadcasts to any shape without adding to its rank. */
export function asScalar(node: RawNode, condition: string): string {
  return typeOf(node, condition).shape.length === 0 ? condition : put(node, "Reshape", [condition], { shape: [] });
}

/** X at one position of `axis`, which vanishes. */
export function elementAt(node: RawNode, tensor: string, axis: number, position: number): string {
  return put(node, "Gather", [tensor], { axis, indices: [position], indexShape: [] });
}

/** Refuses parts that differ in type or shape. */
export function checkAlike(node: RawNode, parts: readonly string[], what: string): void {
  const types = parts.map((part) => typeOf(node, part));
  const other = types.find((type) => !sameType(type, types[0] ?? type));
  if (other === undefined || types[0] === undefined) return;
  invalid("shape-mismatch", `${what} of ${node.op} is ${printTensorType(types[0])} in one run and ${printTensorType(other)} in another`, node.name, "give it one type and shape");
}

/** The parts one after another along a new axis: Unsqueeze each, and Concat. `make` adds the last node. */
export function stacked(node: RawNode, parts: readonly string[], axis: number, make: (op: string, inputs: readonly string[], attributes: Attributes) => void): void {
  const [first, ...others] = parts;
  if (others.length === 0) make("Unsqueeze", first === undefined ? [] : [first], { axes: [axis] });
  else make("Concat", parts.map((part) => put(node, "Unsqueeze", [part], { axes: [axis] })), { axis });
}
