/** Decoding: what is read, and that damaged or hostile bytes are refused before anything is made of them. */
import test from "ava";
import { decodeModel } from "../../src/onnx/decode.js";
import { messageType } from "../../src/onnx/schema.js";
import { checkWire } from "../../src/onnx/wire.js";
import { encode, graph, model, node, smallModel, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";

function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A length-delimited field. */
function field(id: number, payload: Uint8Array): Uint8Array {
  return concat(bytes((id << 3) | 2, payload.length), payload);
}

test("a model: its parts are decoded one to one", (t) => {
  const decoded = decodeModel(smallModel({ producer_name: "tool", producer_version: "1" }), "m");
  t.is(decoded.irVersion, 8n);
  t.is(decoded.producer, "tool 1");
  t.deepEqual([...decoded.opsets], [["", 13n]]);
  t.deepEqual(
    decoded.graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]),
    [["Add", ["x", "w"], ["s"]], ["Relu", ["s"], ["y"]]],
  );
  t.deepEqual(decoded.graph.initializers[0]?.floats, [1, -2, 3, -4, 5, -6]);
  t.deepEqual(
    decoded.graph.inputs[0]?.type,
    { kind: "tensor", dataType: 1, dims: [{ kind: "value", value: 2n }, { kind: "value", value: 3n }] },
  );
});

test("int64 attributes keep all 64 bits", (t) => {
  const attribute = { name: "i", type: 2, i: "-9223372036854775807" };
  const decoded = decodeModel(model(graph([node("Op", [], ["y"], { attribute: [attribute] })], { output: [value("y", [1])] })), "m");
  t.deepEqual(decoded.graph.nodes[0]?.attributes.get("i"), { kind: "int", value: -9223372036854775807n });
});

test("an attribute without discriminator is what it holds; an explicit zero is a value", (t) => {
  const attribute = [{ name: "old", f: 0.5 }, { name: "zero", type: 2 }, { name: "none", type: 7 }, { name: "blob", type: 3, s: bytes(0xff) }];
  const decoded = decodeModel(model(graph([node("Op", [], ["y"], { attribute })], { output: [value("y", [1])] })), "m");
  t.deepEqual([...(decoded.graph.nodes[0]?.attributes ?? [])], [
    ["old", { kind: "float", value: 0.5 }], ["zero", { kind: "int", value: 0n }], ["none", { kind: "ints", value: [] }], ["blob", { kind: "other" }],
  ]);
});

for (const [title, attribute] of [
  ["two values", { name: "a", f: 1, i: 1 }],
  ["a value of another kind than its type", { name: "a", type: 7, i: 1 }],
  ["no value and no type", { name: "a" }],
  ["no name", { type: 2, i: 1 }],
  ["a tensor type and no tensor", { name: "a", type: 4 }],
] as const) {
  test(`an attribute with ${title} is refused`, (t) => {
    const broken = model(graph([node("Op", [], ["y"], { attribute: [attribute] })], { output: [value("y", [1])] }));
    refuses(t, "attribute", () => decodeModel(broken, "m"));
  });
}

test("an attribute that occurs twice is refused", (t) => {
  const attribute = [{ name: "a", type: 2, i: 1 }, { name: "a", type: 2, i: 2 }];
  refuses(t, "attribute", () => decodeModel(model(graph([node("Op", [], ["y"], { attribute })], { output: [] })), "m"));
});

test("files of other formats are named", (t) => {
  const files = ["version https://git-lfs.github.com/spec/v1", "PK\u0003\u0004zip", "\u001c\0\0\0TFL3", "<html>", "{}"];
  for (const text of files) refuses(t, "not-onnx", () => decodeModel(new TextEncoder().encode(text), "m"));
  refuses(t, "not-onnx", () => decodeModel(bytes(), "m"));
});

test("bytes that parse but hold no graph or no version are refused", (t) => {
  refuses(t, "not-onnx", () => decodeModel(encode("ModelProto", { ir_version: 8 }), "m"));
  refuses(t, "not-onnx", () => decodeModel(encode("ModelProto", { graph: { name: "g" } }), "m"));
});

test("a length beyond the buffer is refused without being allocated", (t) => {
  refuses(t, "truncated", () => decodeModel(bytes(0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), "m"));
  refuses(t, "truncated", () => decodeModel(bytes(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "m"));
});

test("a length inside the file but beyond its message is refused", (t) => {
  const inner = concat(bytes(0x12, 5), new TextEncoder().encode("ab")); // graph name of 5 bytes in a message of 4
  refuses(t, "truncated", () => decodeModel(concat(bytes(0x08, 8), field(7, inner), bytes(0x12, 0)), "m"));
});

test("wrong wire types, field number 0, groups and overlong integers are refused", (t) => {
  refuses(t, "not-onnx", () => decodeModel(bytes(0x0a, 1, 8), "m")); // ir_version as bytes
  refuses(t, "not-onnx", () => decodeModel(bytes(0x38, 1), "m")); // graph as integer
  refuses(t, "not-onnx", () => decodeModel(bytes(0x02, 0), "m"));
  refuses(t, "not-onnx", () => decodeModel(bytes(0x9b, 0x06), "m")); // start of a group
  refuses(t, "not-onnx", () => decodeModel(bytes(0x08, ...new Array<number>(11).fill(0x80), 0), "m"));
});

test("a singular field that occurs twice is refused: decoders disagree which one counts", (t) => {
  const twice = concat(bytes(0x08, 8), field(7, bytes()), field(7, bytes()));
  t.regex(refuses(t, "not-onnx", () => decodeModel(twice, "m")).message, /graph twice/);
});

test("names that are not UTF-8 are refused", (t) => {
  refuses(t, "not-onnx", () => decodeModel(concat(bytes(0x08, 8), field(7, field(2, bytes(0xc0, 0x80)))), "m"));
});

test("nesting is bounded", (t) => {
  refuses(t, "not-onnx", () => checkWire(nested(5000), messageType("TypeProto"), "m"));
  t.notThrows(() => checkWire(nested(10), messageType("TypeProto"), "m"));
});

/** A sequence of sequences of …: TypeProto.sequence_type (4) and its elem_type (1) in turn. */
function nested(depth: number): Uint8Array {
  let inner: readonly number[] = [];
  for (let k = 0; k < depth; k++) inner = [k % 2 === depth % 2 ? 0x0a : 0x22, ...varint(inner.length), ...inner];
  return Uint8Array.from(inner);
}

function varint(value: number): Uint8Array {
  const digits: number[] = [];
  for (let rest = value; rest >= 0x80; rest >>= 7) digits.push((rest & 0x7f) | 0x80);
  return bytes(...digits, value >> (7 * digits.length));
}

test("a packed list whose length is no multiple of its element is refused", (t) => {
  refuses(t, "not-onnx", () => checkWire(bytes(0x22, 3, 0, 0, 0), messageType("TensorProto"), "m"));
});

test("small values that would fill the memory are refused by count", (t) => {
  const many = new Uint8Array(2 ** 25 + 2); // 16 million int64, a tag and a one-byte value each
  for (let k = 0; k < many.length; k += 2) many[k] = 0x38;
  refuses(t, "too-large", () => checkWire(many, messageType("TensorProto"), "m"));
});

test("unknown fields are counted and skipped", (t) => {
  const more = concat(smallModel(), field(15, bytes(1, 2, 3)), bytes(0x88, 0x01, 0)); // fields 15 and 17
  t.is(decodeModel(more, "m").unknownFields, 2);
});
