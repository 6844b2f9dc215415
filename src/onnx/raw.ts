/** From a flat node to what normalisation reads: attributes as values, lookups for its inputs. */
import type { Tensor, TensorType } from "../../ir/tensor/tensor.js";
import type { FlatNode } from "./flat-node.js";
import type { OnnxAttribute } from "./model.js";
import type { ControlFlow, RawAttribute, RawNode } from "./normalise/raw-node.js";
import { type ExternalReader, readTensor } from "./tensors.js";

export interface RawContext {
  readonly types: ReadonlyMap<string, TensorType>;
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly external: ExternalReader;
  readonly fresh: (hint: string) => string;
  readonly control: ControlFlow;
}

export function rawNode(node: FlatNode, { types, constants, external, fresh, control }: RawContext): RawNode {
  const attributes = new Map<string, RawAttribute>();
  for (const [name, value] of node.attributes) attributes.set(name, rawAttribute(value, `${node.name}.${name}`, external));
  return {
    name: node.name,
    op: node.op,
    domain: node.domain,
    opset: node.opset,
    attributes,
    inputs: node.inputs,
    outputs: node.outputs,
    typeOf: (name) => types.get(name),
    constantOf: (name) => constants.get(name),
    fresh,
    control,
  };
}

function rawAttribute(attribute: OnnxAttribute, where: string, external: ExternalReader): RawAttribute {
  if (attribute.kind === "tensor") return { kind: "tensor", value: readTensor(attribute.value, { where, external }) };
  if (attribute.kind === "graph") return { kind: "graph" };
  return attribute.kind === "reference" ? { kind: "other" } : attribute;
}
