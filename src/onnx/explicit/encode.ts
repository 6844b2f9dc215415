/**
 * From an ExplicitModel to the bytes of an ONNX file. The order of everything is that of the
 * model, attributes and opsets by name, so equal models are equal bytes; there is no date.
 */
import type { GraphValue } from "../../../ir/graph/graph.js";
import { type Tensor, bytesOfElements } from "../../../ir/tensor/tensor.js";
import { invariant } from "../../../ir/prelude.js";
import { dataTypeOf } from "../element-types.js";
import type { RawAttribute } from "../normalise/raw-node.js";
import { messageType } from "../schema.js";
import type { ExplicitModel, ExplicitNode } from "./explicit-model.js";

type Fields = Readonly<Record<string, unknown>>;

/** Where the elements of a tensor are: in the file itself (undefined), or in another. */
export type Placement = (name: string, bytes: Uint8Array) => Fields | undefined;

const inFile: Placement = () => undefined;

/** The file; `producer` is the name and version that it carries. */
export function encodeModel(model: ExplicitModel, producer: readonly [name: string, version: string], place: Placement = inFile): Uint8Array {
  const opsets = [...model.opsets].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const fields = {
    ir_version: int64(BigInt(model.irVersion)),
    opset_import: opsets.map(([domain, version]) => ({ domain, version: int64(BigInt(version)) })),
    producer_name: producer[0],
    producer_version: producer[1],
    graph: {
      node: model.nodes.map(nodeFields),
      name: model.name,
      initializer: [...model.initializers].map(([name, tensor]) => tensorFields(tensor, name, place)),
      input: model.inputs.map(valueFields),
      output: model.outputs.map(valueFields),
      value_info: model.values.map(valueFields),
    },
  };
  return messageType("ModelProto").encode(fields).finish();
}

/** 64 bits as protobufjs takes them. */
function int64(value: bigint): Fields {
  const bits = BigInt.asUintN(64, value);
  return { low: Number(bits & 0xffff_ffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: false };
}

function valueFields({ name, type, shape }: GraphValue): Fields {
  const dim = shape.map((extent) => ({ dim_value: int64(BigInt(extent)) }));
  return { name, type: { tensor_type: { elem_type: dataTypeOf(type), shape: { dim } } } };
}

function tensorFields({ type, shape, data }: Tensor, name: string, place: Placement): Fields {
  const bytes = bytesOfElements(data);
  return { dims: shape.map((extent) => int64(BigInt(extent))), data_type: dataTypeOf(type), name, ...(place(name, bytes) ?? { raw_data: bytes }) };
}

function nodeFields({ name, op, domain, inputs, outputs, attributes }: ExplicitNode): Fields {
  return {
    input: inputs.map((input) => input ?? ""), output: outputs, name, op_type: op, ...(domain === "" ? {} : { domain }),
    attribute: [...attributes].map(([key, value]) => ({ name: key, ...attributeFields(value, key) })),
  };
}

/** The value and its AttributeProto.AttributeType. */
function attributeFields(attribute: RawAttribute, name: string): Fields {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  switch (attribute.kind) {
    case "float": return { type: 1, f: attribute.value };
    case "int": return { type: 2, i: int64(attribute.value) };
    case "string": return { type: 3, s: utf8(attribute.value) };
    case "tensor": return { type: 4, t: tensorFields(attribute.value, "", inFile) };
    case "floats": return { type: 6, floats: attribute.value };
    case "ints": return { type: 7, ints: attribute.value.map(int64) };
    case "strings": return { type: 8, strings: attribute.value.map(utf8) };
    case "graph":
    case "graphs":
    case "other": return invariant(false, `attribute ${name} cannot be written`) as never;
  }
}
