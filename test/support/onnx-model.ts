/** Small ONNX models for tests, written field by field as the specification names them. */
import { messageType } from "../../src/onnx/schema.js";

export type Fields = Readonly<Record<string, unknown>>;

/** The bytes of a message, such as `{ ir_version: 8, graph: … }` of ModelProto. */
export function encode(type: string, fields: Fields): Uint8Array {
  return messageType(type).encode(messageType(type).fromObject(fields)).finish();
}

/** A dimension is an extent, the name of a parameter, or null for none. */
export type Dim = number | string | null;

export function value(name: string, dims: readonly Dim[] | undefined, elem_type = 1): Fields {
  const shape = dims === undefined ? {} : { shape: { dim: dims.map(dimension) } };
  return { name, type: { tensor_type: { elem_type, ...shape } } };
}

function dimension(dim: Dim): Fields {
  if (dim === null) return {};
  return typeof dim === "number" ? { dim_value: dim } : { dim_param: dim };
}

export function floats(name: string, dims: readonly number[], float_data: readonly number[]): Fields {
  return { name, dims, data_type: 1, float_data };
}

export function int64s(name: string, values: readonly number[]): Fields {
  return { name, dims: [values.length], data_type: 7, int64_data: values };
}

export function node(op_type: string, input: readonly string[], output: readonly string[], more: Fields = {}): Fields {
  return { name: output[0] ?? op_type, op_type, input, output, ...more };
}

export function graph(nodes: readonly Fields[], parts: Fields): Fields {
  return { name: "test", node: nodes, ...parts };
}

/** A model of one graph, opset 13 and IR version 8 unless `more` says otherwise. */
export function model(ofGraph: Fields, more: Fields = {}): Uint8Array {
  return encode("ModelProto", { ir_version: 8, opset_import: [{ domain: "", version: 13 }], graph: ofGraph, ...more });
}

/** y = Relu(x + w), x of shape [2, 3]: the smallest model that has everything. */
export function smallModel(more: Fields = {}): Uint8Array {
  const nodes = [node("Add", ["x", "w"], ["s"]), node("Relu", ["s"], ["y"])];
  const parts = {
    input: [value("x", [2, 3])], output: [value("y", [2, 3])], value_info: [value("s", [2, 3])],
    initializer: [floats("w", [2, 3], [1, -2, 3, -4, 5, -6])],
  };
  return model(graph(nodes, parts), more);
}
