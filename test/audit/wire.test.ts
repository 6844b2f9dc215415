/**
 * The second reader of ONNX files sees what the first sees, in every model at hand, and
 * a difference in any part of a file is found between the readings of two files.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { bytesOfElements } from "../../ir/tensor/tensor.js";
import { differenceOf } from "../../src/audit/wire/compare.js";
import { readModelAgain } from "../../src/audit/wire/model.js";
import { bytesOfTensor } from "../../src/audit/wire/tensor-bytes.js";
import { decodeModel } from "../../src/onnx/decode.js";
import { readTensor } from "../../src/onnx/tensors.js";
import { type Fields, encode, floats, graph, model, node, value } from "../support/onnx-model.js";
import { testdata } from "../support/testdata.js";

/** The first difference between the two readings, and how many values were compared. */
function compared(bytes: Uint8Array): { readonly difference: string | undefined; readonly values: number } {
  const { unknownFields: _, ...first } = decodeModel(bytes, "a model");
  let values = 0;
  return { difference: differenceOf(first, readModelAgain(bytes), "model", () => values++), values };
}

const largest = 2 ** 22; // bytes: the rest is as large only by its weights

function modelsUnder(...path: string[]): readonly string[] {
  const root = testdata(...path);
  const names = root === undefined ? [] : readdirSync(root).map((name) => join(root, name, "model.onnx"));
  return names.filter((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? largest) < largest);
}

for (const folder of [["models"], ["onnx-node", "v1.22.0"], ["onnx-node", "v1.7.0"]]) {
  test(`wire: both readers see the same in every model of ${folder.join("/")}`, (t) => {
    const files = modelsUnder(...folder);
    if (files.length === 0) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    let values = 0;
    for (const file of files) {
      const seen = compared(readFileSync(file));
      t.is(seen.difference, undefined, file);
      values += seen.values;
    }
    t.log(`${files.length} models, ${values} values`);
    t.true(values > files.length);
  });
}

/** A part of every kind that the format has and the readers read. */
function everything(change: Fields = {}): Uint8Array {
  const attributes = [
    { name: "f", type: 1, f: 0.1 }, { name: "i", type: 2, i: -3 }, { name: "s", type: 3, s: Buffer.from("text") },
    { name: "t", type: 4, t: floats("c", [2], [NaN, -0]) }, { name: "fs", type: 6, floats: [1, 2] }, { name: "is", type: 7, ints: [-1, 5] },
    { name: "ss", type: 8, strings: [Buffer.from("a"), Buffer.from([0xff])] }, { name: "r", ref_attr_name: "outer" },
  ];
  const initializer = [
    floats("a", [3], [1, -0, 1e-40]), { name: "b", dims: [2], data_type: 1, raw_data: Buffer.from([0, 0, 192, 127, 0, 0, 0, 128]) },
    { name: "c", dims: [2], data_type: 3, int32_data: [-128, 127] }, { name: "d", dims: [1], data_type: 7, int64_data: ["-9223372036854775808"] },
    { name: "e", dims: [1], data_type: 11, double_data: [0.1] }, { name: "g", dims: [2], data_type: 12, uint64_data: [4294967295, 0] },
    { name: "h", dims: [2], data_type: 9, int32_data: [1, 0] },
    { name: "i", dims: [3], data_type: 22, raw_data: Uint8Array.of(0x9f, 0x78) }, { name: "j", dims: [3], data_type: 21, int32_data: [0x9f, 0x78] },
    { name: "k", dims: [5], data_type: 26, int32_data: [-0x1c, 3] },
  ];
  const parts = { input: [value("x", ["N", 2, null])], output: [value("y", undefined)], initializer };
  return model(graph([node("Foo", ["x", "", "a"], ["y"], { domain: "ai.onnx", overload: "o", attribute: attributes })], parts), { producer_name: "p", producer_version: "1", ...change });
}

test("wire: every encoding of values is read alike", (t) => {
  const { difference, values } = compared(everything());
  t.is(difference, undefined);
  t.true(values > 60);
});

test("wire: elements come out as the same bytes, whichever field holds them", (t) => {
  const external = (): Uint8Array => new Uint8Array();
  for (const tensor of readModelAgain(everything()).graph.initializers) {
    t.deepEqual(new Uint8Array(bytesOfTensor(tensor, () => undefined) ?? []), new Uint8Array(bytesOfElements(readTensor(tensor, { where: tensor.name, external }).data)), tensor.name);
  }
  const outside = { ...(readModelAgain(everything()).graph.initializers[0] ?? t.fail()), external: new Map([["location", "w.bin"], ["offset", "4"]]) };
  t.deepEqual(bytesOfTensor(outside as never, (location) => (location === "w.bin" ? Uint8Array.from({ length: 20 }, (_, k) => k) : undefined)), Uint8Array.from({ length: 12 }, (_, k) => k + 4));
});

test("wire: a byte of a file that either reader reads otherwise is a difference, or both refuse", (t) => {
  const bytes = everything();
  const before = readModelAgain(bytes);
  let [different, alike, refused] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes, (byte, k) => (k === at ? byte ^ 1 : byte));
    try {
      const { unknownFields: _, ...first } = decodeModel(changed, "a model");
      t.is(differenceOf(first, readModelAgain(changed), "model", () => undefined), undefined, `byte ${at}`);
      if (differenceOf(first, before, "model", () => undefined) === undefined) alike++;
      else different++;
    } catch {
      refused++;
    }
  }
  t.log(`${different} flips seen, ${alike} without meaning, ${refused} refused`);
  t.true(different > bytes.length / 3);
});

test("wire: bytes that are no message are refused", (t) => {
  for (const bad of [[0x08], [0x0a, 5, 0], [0x0b], [0x0d, 0, 0], [0x08, ...new Array<number>(10).fill(0xff)]]) t.throws(() => readModelAgain(Uint8Array.from(bad)));
  t.throws(() => readModelAgain(Uint8Array.from([...encode("ModelProto", { ir_version: 8 }), ...encode("ModelProto", { ir_version: 9 })])), undefined, "a field twice");
});
