/** Tensors of a file: every encoding, and external data that stays in the model's folder. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { constantOf, printConstant, type ScalarValue } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { decodeTensorFile } from "../../src/onnx/decode.js";
import { externalDataIn } from "../../src/onnx/external-data.js";
import { readTensor } from "../../src/onnx/tensors.js";
import { encode, type Fields } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";

function read(fields: Fields, folder?: string): Tensor {
  return readTensor(decodeTensorFile(encode("TensorProto", fields), "t"), { where: "t", external: externalDataIn(folder).read });
}

function bitsOf({ type, data }: Tensor): readonly string[] {
  return Array.from(data, (value: ScalarValue) => printConstant(constantOf(type, value)));
}

const values = [
  ["f32 raw", { data_type: 1, raw_data: Uint8Array.of(0, 0, 0, 0x80, 1, 0, 0, 0) }, ["f32:0x80000000", "f32:0x00000001"]],
  ["f32 list", { data_type: 1, float_data: [-0, Infinity] }, ["f32:0x80000000", "f32:0x7f800000"]],
  ["u8 list", { data_type: 2, int32_data: [0, 255] }, ["u8:0x00", "u8:0xff"]],
  ["i8 list", { data_type: 3, int32_data: [-128, 127] }, ["i8:0x80", "i8:0x7f"]],
  ["u16 list", { data_type: 4, int32_data: [1, 65535] }, ["u16:0x0001", "u16:0xffff"]],
  ["i16 raw", { data_type: 5, raw_data: Uint8Array.of(0, 0x80, 2, 1) }, ["i16:0x8000", "i16:0x0102"]],
  ["i32 list", { data_type: 6, int32_data: [-1, 5] }, ["i32:0xffffffff", "i32:0x00000005"]],
  ["i64 list", { data_type: 7, int64_data: ["-9223372036854775808", "9007199254740993"] }, ["i64:0x8000000000000000", "i64:0x0020000000000001"]],
  ["bool list", { data_type: 9, int32_data: [1, 0] }, ["bool:0x01", "bool:0x00"]],
  ["f64 list", { data_type: 11, double_data: [-0, 5e-324] }, ["f64:0x8000000000000000", "f64:0x0000000000000001"]],
  ["u32 list", { data_type: 12, uint64_data: [4294967295, 0] }, ["u32:0xffffffff", "u32:0x00000000"]],
  ["i4 raw", { data_type: 22, raw_data: Uint8Array.of(0x87) }, ["i8:0x07", "i8:0xf8"]],
  ["i4 list", { data_type: 22, int32_data: [0x2f] }, ["i8:0xff", "i8:0x02"]],
  ["i4 list of signed bytes", { data_type: 22, int32_data: [-0x71] }, ["i8:0xff", "i8:0xf8"]],
  ["u4 raw", { data_type: 21, raw_data: Uint8Array.of(0x87) }, ["u8:0x07", "u8:0x08"]],
  ["i2 raw, upper half unused", { data_type: 26, raw_data: Uint8Array.of(0xf6) }, ["i8:0xfe", "i8:0x01"]],
  ["u2 list", { data_type: 25, int32_data: [0x0b] }, ["u8:0x03", "u8:0x02"]],
  ["u64 list", { data_type: 13, uint64_data: ["18446744073709551615", "1"] }, ["u64:0xffffffffffffffff", "u64:0x0000000000000001"]],
] as const;

for (const [title, fields, expected] of values) {
  test(`${title}: the bits are those of the file`, (t) => {
    t.deepEqual(bitsOf(read({ ...fields, dims: [2] })), expected);
  });
}

test("integers of 4 bits: the first in the low half, an odd one alone in the last byte", (t) => {
  const { width, data } = read({ data_type: 22, dims: [3], raw_data: Uint8Array.of(0x21, 0xf8) });
  t.deepEqual([width, data], [4, Int8Array.of(1, 2, -8)]);
  for (let byte = 0; byte < 256; byte++) {
    const [low, high] = read({ data_type: 22, dims: [2], raw_data: Uint8Array.of(byte) }).data;
    t.deepEqual([low, high], [BigInt(byte) & 15n, BigInt(byte) >> 4n].map((bits) => Number(BigInt.asIntN(4, bits))));
  }
});

test("a scalar has one element, an empty tensor none", (t) => {
  t.deepEqual(read({ data_type: 1, float_data: [2] }), { type: "f32", shape: [], data: Float32Array.of(2) });
  t.deepEqual(read({ data_type: 7, dims: [0] }), { type: "i64", shape: [0], data: new BigInt64Array() });
});

const refused = [
  ["too few elements", "tensor-size", { data_type: 1, dims: [3], float_data: [1] }],
  ["too many elements", "tensor-size", { data_type: 1, dims: [1], float_data: [1, 2] }],
  ["a byte per element of 4 bits", "tensor-size", { data_type: 22, dims: [3], raw_data: Uint8Array.of(1, 2, 3) }],
  ["a list entry of 4-bit pairs that is no byte", "tensor-value", { data_type: 22, dims: [1], int32_data: [256] }],
  ["too few bytes", "tensor-size", { data_type: 1, dims: [1], raw_data: Uint8Array.of(1, 2, 3) }],
  ["no data at all", "tensor-size", { data_type: 1, dims: [2] }],
  ["data in two fields", "tensor-data", { data_type: 1, dims: [1], float_data: [1], int32_data: [1] }],
  ["data in the field of another type", "tensor-data", { data_type: 1, dims: [1], int32_data: [1] }],
  ["segments", "tensor-data", { data_type: 1, dims: [1], float_data: [1], segment: { begin: 0, end: 1 } }],
  ["an unknown data location", "tensor-data", { data_type: 1, dims: [1], data_location: 7 }],
  ["a value outside its type", "tensor-value", { data_type: 3, dims: [1], int32_data: [128] }],
  ["a bool that is 2", "tensor-value", { data_type: 9, dims: [1], int32_data: [2] }],
  ["a raw bool that is 2", "tensor-value", { data_type: 9, dims: [1], raw_data: Uint8Array.of(2) }],
  ["a negative extent", "negative-dim", { data_type: 1, dims: [-1] }],
  ["2 GiB", "too-large", { data_type: 1, dims: [1 << 15, 1 << 14] }],
  ["an extent near 2⁶³", "too-large", { data_type: 1, dims: ["9223372036854775807", 0] }],
  ["too many dimensions", "rank", { data_type: 1, dims: new Array<number>(1000).fill(1) }],
  ["strings", "element-type", { data_type: 8, dims: [1], string_data: [Uint8Array.of(65)] }],
  ["no element type", "element-type", { dims: [1] }],
  ["an element type that does not exist", "element-type", { data_type: 99, dims: [1] }],
] as const;

for (const [title, code, fields] of refused) {
  test(`${title}: refused as ${code}`, (t) => {
    refuses(t, code, () => read(fields));
  });
}

for (const [data_type, name] of [[17, "f8e4m3fn"], [19, "f8e5m2"], [23, "f4e2m1"]] as const) {
  test(`${name}: refused with its name and shape`, (t) => {
    const refusal = refuses(t, "element-type", () => read({ data_type, dims: [2, 3], raw_data: new Uint8Array(12) }));
    t.is(refusal.refusal, "unsupported");
    t.true(refusal.message.includes(`${name}[2,3]`), refusal.message);
  });
}

// External data.

const folder = mkdtempSync(join(tmpdir(), "obligato-external-"));
const inside = join(folder, "model");
const data = Uint8Array.from({ length: 16 }, (_, k) => k);
mkdirSync(join(inside, "sub"), { recursive: true });
writeFileSync(join(inside, "w.bin"), data);
writeFileSync(join(inside, "sub", "w.bin"), data);
writeFileSync(join(folder, "secret.bin"), data);
symlinkSync("../secret.bin", join(inside, "out.bin"));
symlinkSync("w.bin", join(inside, "in.bin"));
symlinkSync("..", join(inside, "up"));
test.after.always(() => rmSync(folder, { recursive: true }));

function external(entries: Readonly<Record<string, string>>, more: Fields = {}): Fields {
  const external_data = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return { data_type: 2, dims: [4], data_location: 1, external_data, ...more };
}

test("external data: offset and length select the bytes", (t) => {
  t.deepEqual([...read(external({ location: "w.bin", offset: "4", length: "4" }), inside).data], [4, 5, 6, 7]);
  t.deepEqual([...read(external({ location: "w.bin", offset: "12" }), inside).data], [12, 13, 14, 15]);
  t.deepEqual([...read(external({ location: "sub/w.bin", length: "4" }), inside).data], [0, 1, 2, 3]);
  t.deepEqual([...read(external({ location: "in.bin", length: "4" }), inside).data], [0, 1, 2, 3]);
});

test("external data: the digest of the file is recorded, the declared one checked", (t) => {
  const source = externalDataIn(inside);
  const checksum = createHash("sha1").update(data).digest("hex");
  const tensor = decodeTensorFile(encode("TensorProto", external({ location: "w.bin", length: "4", checksum })), "t");
  t.is(readTensor(tensor, { where: "t", external: source.read }).data.length, 4);
  t.deepEqual([...source.digests], [["w.bin", createHash("sha256").update(data).digest("hex")]]);
  refuses(t, "external-data", () => read(external({ location: "w.bin", length: "4", checksum: "00" }), inside));
});

for (const [title, entries] of [
  ["a path out of the folder", { location: "../secret.bin", length: "4" }],
  ["a path that leaves and returns", { location: "sub/../w.bin", length: "4" }],
  ["a backslash path out of the folder", { location: "..\\secret.bin", length: "4" }],
  ["an absolute path", { location: "/etc/hostname", length: "4" }],
  ["a drive", { location: "C:/w.bin", length: "4" }],
  ["a link out of the folder", { location: "out.bin", length: "4" }],
  ["a linked folder", { location: "up/secret.bin", length: "4" }],
  ["a folder", { location: "sub", length: "4" }],
  ["a missing file", { location: "none.bin", length: "4" }],
  ["no location", { length: "4" }],
  ["an empty location", { location: "" }],
  ["a location with a NUL", { location: "w.bin\0", length: "4" }],
  ["an offset beyond the file", { location: "w.bin", offset: "13", length: "4" }],
  ["a negative offset", { location: "w.bin", offset: "-4", length: "4" }],
  ["an offset that is no number", { location: "w.bin", offset: "0x4", length: "4" }],
  ["a length other than the tensor's", { location: "w.bin", length: "5" }],
  ["a huge offset", { location: "w.bin", offset: "99999999999999999999", length: "4" }],
] as const) {
  test(`external data: ${title} is refused`, (t) => {
    refuses(t, "external-data", () => read(external(entries), inside));
  });
}

test("external data: refused without a folder, and next to data of its own", (t) => {
  refuses(t, "external-data", () => read(external({ location: "w.bin", length: "4" })));
  refuses(t, "tensor-data", () => read(external({ location: "w.bin", length: "4" }, { int32_data: [1, 2, 3, 4] }), inside));
});
