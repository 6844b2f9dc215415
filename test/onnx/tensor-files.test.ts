/** Tensor files: what is written reads back to the same bits, and NumPy's own bytes are read and written. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { constantOf, elementTypes, printConstant, type ScalarValue } from "../../ir/scalar/types.js";
import { allocate, type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { parseNpy, printNpy } from "../../src/onnx/npy.js";
import { readTensorFile, writeTensorFile } from "../../src/onnx/tensor-files.js";
import { parseTensorJson, printTensorJson } from "../../src/onnx/tensor-json.js";
import { refuses } from "../support/refusals.js";

const folder = mkdtempSync(join(tmpdir(), "obligato-tensors-"));
test.after.always(() => rmSync(folder, { recursive: true }));

function bitsOf({ type, shape, data }: Tensor): unknown {
  return { type, shape, bits: Array.from(data, (value: ScalarValue) => printConstant(constantOf(type, value))) };
}

const extremes: Readonly<Record<string, readonly ScalarValue[]>> = {
  f32: [0, -0, NaN, Infinity, -Infinity, 1e-45, -1.1754943508222875e-38, 3.4028234663852886e38, 0.10000000149011612, 16777217],
  f64: [0, -0, NaN, Infinity, -Infinity, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 2 ** 53 + 2],
  f16: [0, 0x8000, 0x7e00, 0x7c00, 0xfc00, 1, 0x8400, 0x7bff, 0x2e66, 0x3c01],
  bf16: [0, 0x8000, 0x7fc0, 0x7f80, 0xff80, 1, 0x8080, 0x7f7f, 0x3dcd, 0x3f81],
  i64: [0n, -1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 2n ** 53n, -(2n ** 53n), 7n, 8n, 9n],
  u64: [0n, 1n, 2n ** 64n - 1n, 2n ** 63n, 2n ** 53n + 1n, 2n ** 53n, 6n, 7n, 8n, 9n],
  bool: [0, 1, 1, 0, 0, 0, 1, 1, 0, 1],
};

function sample(type: (typeof elementTypes)[number]): Tensor {
  const values = extremes[type] ?? [0, 1, 127, type.startsWith("i") ? -128 : 255, 2, 3, 4, 5, 6, 7];
  return tensorOf(type, [2, 5], values);
}

for (const ending of ["pb", "npy", "json"]) {
  for (const type of elementTypes) {
    test(`${ending}: ${type} reads back to the same bits`, (t) => {
      const path = join(folder, `${type}.${ending}`);
      writeTensorFile(path, sample(type), "x");
      t.deepEqual(bitsOf(readTensorFile(path)), bitsOf(sample(type)));
    });
  }

  test(`${ending}: scalars and vectors keep their rank`, (t) => {
    for (const shape of [[], [1], [1, 1, 1]]) {
      const path = join(folder, `rank${shape.length}.${ending}`);
      writeTensorFile(path, { type: "f32", shape, data: Float32Array.of(2.5) });
      t.deepEqual(readTensorFile(path), { type: "f32", shape, data: Float32Array.of(2.5) });
    }
  });
}

// Written by NumPy 2.4.6 (numpy.lib.format.write_array).
const numpy = {
  f32: "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAgAAAgH8BAAAA",
  bool: "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==",
  scalar: "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoHAAAAAAAAAA==",
  bigEndian: "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQAC",
  fortran: "k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAMAAgAEAA==",
  version2: "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8dTInLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAIA",
} as const;

function numpyBytes(name: keyof typeof numpy): Uint8Array {
  return new Uint8Array(Buffer.from(numpy[name], "base64"));
}

test("npy: NumPy's own files are read, and our files are NumPy's byte for byte", (t) => {
  const f32 = tensorOf("f32", [2, 2], [1, -0, Infinity, 1e-45]);
  t.deepEqual(parseNpy(numpyBytes("f32"), "f"), f32);
  t.deepEqual(printNpy(f32), numpyBytes("f32"));
  t.deepEqual(printNpy(tensorOf("bool", [2], [1, 0])), numpyBytes("bool"));
  t.deepEqual(printNpy(tensorOf("i64", [], [7n])), numpyBytes("scalar"));
  t.deepEqual(parseNpy(numpyBytes("version2"), "f"), tensorOf("u16", [2], [1, 2]));
});

test("npy: other orders and damaged files are refused", (t) => {
  refuses(t, "element-type", () => parseNpy(numpyBytes("bigEndian"), "f"));
  refuses(t, "npy-order", () => parseNpy(numpyBytes("fortran"), "f"));
  const whole = numpyBytes("f32");
  for (let length = 0; length < whole.length; length++) refuses(t, "npy", () => parseNpy(whole.subarray(0, length), "f"));
  refuses(t, "npy", () => parseNpy(Uint8Array.of(...numpyBytes("bool").subarray(0, -1), 2), "f"));
});

for (const [title, code, text] of [
  ["no JSON", "tensor-json", "{"],
  ["no object", "tensor-json", "[1]"],
  ["an unknown type", "tensor-json", '{"type": "f8", "shape": [1], "data": [1]}'],
  ["no shape", "tensor-json", '{"type": "f32", "data": [1]}'],
  ["a fractional extent", "tensor-json", '{"type": "f32", "shape": [1.5], "data": [1]}'],
  ["a negative extent", "negative-dim", '{"type": "f32", "shape": [-1], "data": [1]}'],
  ["nested data", "tensor-value", '{"type": "f32", "shape": [1], "data": [[1]]}'],
  ["too few elements", "tensor-json", '{"type": "f32", "shape": [2], "data": [1]}'],
  ["an integer out of range", "tensor-value", '{"type": "i8", "shape": [1], "data": [128]}'],
  ["a fractional integer", "tensor-value", '{"type": "i32", "shape": [1], "data": [0.5]}'],
  ["an integer that JSON cannot hold as a number", "tensor-value", '{"type": "i64", "shape": [1], "data": [9007199254740993]}'],
  ["a bool that is 2", "tensor-value", '{"type": "bool", "shape": [1], "data": [2]}'],
  ["a word for a float", "tensor-value", '{"type": "f32", "shape": [1], "data": ["nan"]}'],
] as const) {
  test(`json: ${title} is refused as ${code}`, (t) => {
    refuses(t, code, () => parseTensorJson(text, "f"));
  });
}

test("json: special values are text", (t) => {
  t.is(printTensorJson(tensorOf("f32", [3], [NaN, -0, 0.5])), '{"type": "f32", "shape": [3], "data": ["NaN", "-0", 0.5]}\n');
  t.is(printTensorJson(tensorOf("i64", [2], [5n, 2n ** 60n])), '{"type": "i64", "shape": [2], "data": [5, "1152921504606846976"]}\n');
});

test("a file with another ending, and one that is not there, are usage errors", (t) => {
  const path = join(folder, "x.txt");
  writeFileSync(path, "");
  const tensor: Tensor = { type: "f32", shape: [1], data: allocate("f32", 1) };
  t.is(refuses(t, "tensor-file", () => readTensorFile(path)).refusal, "usage");
  t.is(refuses(t, "tensor-file", () => writeTensorFile(path, tensor)).refusal, "usage");
  t.is(refuses(t, "no-file", () => readTensorFile(join(folder, "none.npy"))).refusal, "usage");
});
