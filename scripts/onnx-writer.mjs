/**
 * Writes ONNX models for the examples: the few messages of onnx.proto that a chain
 * of layers needs, with every attribute explicit and every shape static.
 */
import { writeFileSync } from "node:fs";
import protobuf from "protobufjs";

const schema = `
syntax = "proto3";
message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { int64 dim_value = 1; }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message Opset { string domain = 1; int64 version = 2; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; }
`;
const Model = protobuf.parse(schema, { keepCase: true }).root.lookupType("Model");

const float32 = 1;
const attributeType = { f: 1, i: 2, s: 3, ints: 7 };

/** `{ f: 1 }`, `{ i: 0 }`, `{ s: "NOTSET" }` or `{ ints: [3, 3] }`. */
function attributeOf([name, value]) {
  const [field, content] = Object.entries(value)[0];
  return { name, type: attributeType[field], [field]: field === "s" ? Buffer.from(content) : content };
}

function valueInfo({ name, shape }) {
  return { name, type: { tensor_type: { elem_type: float32, shape: { dim: shape.map((dim_value) => ({ dim_value })) } } } };
}

function tensor({ name, shape, data }) {
  const values = Float32Array.from(data);
  return { name, dims: shape, data_type: float32, raw_data: new Uint8Array(values.buffer) };
}

function node({ name, op, inputs, output, attributes = {} }) {
  return { name, op_type: op, input: inputs, output: [output], attribute: Object.entries(attributes).map(attributeOf) };
}

/**
 * Writes a float32 model of opset 13.
 * `input`, `output`: `{ name, shape }`; `weights`: `{ name, shape, data }`; `nodes`: `{ name, op, inputs, output, attributes }`.
 */
export function writeModel(path, { name, input, output, weights, nodes }) {
  const message = {
    ir_version: 7,
    producer_name: "obligato-examples",
    graph: {
      name,
      node: nodes.map(node),
      initializer: weights.map(tensor),
      input: [valueInfo(input)],
      output: [valueInfo(output)],
    },
    opset_import: [{ domain: "", version: 13 }],
  };
  const bytes = Model.encode(Model.create(message)).finish();
  writeFileSync(path, bytes);
  return bytes.length;
}
