/** Weight buffers: every element by its map, every bit kept. */
import test from "ava";
import { type IndexExpr, floordiv, literal, minus, mod, plus, shift, times, variable } from "../../ir/loop/index-expr.js";
import type { Buffer } from "../../ir/loop/program.js";
import { materialiseWeight } from "../../ir/loop/weights.js";
import { type Tensor, bytesOfElements, tensorOf } from "../../ir/tensor/tensor.js";

const d = (axis: number) => variable(`d${axis}`);
const ramp = (...shape: readonly number[]): Tensor => tensorOf("f32", shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => k + 1));

function weight(shape: readonly number[], index: readonly IndexExpr[]): Buffer {
  return { name: "w", type: "f32", shape, kind: "weight", map: { tensor: "W", index } };
}

const values = (buffer: Buffer, tensor: Tensor): number[] => Array.from(materialiseWeight(buffer, new Map([["W", tensor]])).data, Number);

test("a transposition", (t) => {
  t.deepEqual(values(weight([3, 2], [d(1), d(0)]), ramp(2, 3)), [1, 4, 2, 5, 3, 6]);
});

test("packing into tiles of 4 pads with +0", (t) => {
  const packed = weight([2, 2, 4], [plus(times(d(0), 4), d(2)), d(1)]);
  t.deepEqual(values(packed, ramp(5, 2)), [1, 3, 5, 7, 2, 4, 6, 8, 9, 0, 0, 0, 10, 0, 0, 0]);
});

test("indices before and after the tensor are +0, reversed rows are read backwards", (t) => {
  t.deepEqual(values(weight([5], [shift(d(0), -1)]), ramp(3)), [0, 1, 2, 3, 0]);
  t.deepEqual(values(weight([2, 5], [d(0), shift(d(1), -1)]), ramp(2, 3)), [0, 1, 2, 3, 0, 0, 4, 5, 6, 0]);
  t.deepEqual(values(weight([4], [minus(literal(2), d(0))]), ramp(3)), [3, 2, 1, 0]);
});

test("floordiv and mod of a flat index", (t) => {
  t.deepEqual(values(weight([6], [mod(d(0), 3), floordiv(d(0), 3)]), ramp(3, 2)), [1, 3, 5, 2, 4, 6]);
});

test("scalars, and scalars spread over a buffer", (t) => {
  t.deepEqual(values(weight([], []), ramp()), [1]);
  t.deepEqual(values(weight([2, 2], []), ramp()), [1, 1, 1, 1]);
});

test("−0 and the payload of a signalling NaN survive a copy", (t) => {
  const data = new Float32Array(Uint32Array.of(0x80000000, 0x7f800001, 0xffc12345, 0x00000001).buffer);
  const reversed = materialiseWeight(weight([4], [minus(literal(3), d(0))]), new Map([["W", { type: "f32", shape: [4], data }]]));
  t.deepEqual([...bytesOfElements(reversed.data)], [...new Uint8Array(Uint32Array.of(1, 0xffc12345, 0x7f800001, 0x80000000).buffer)]);
});

test("a missing tensor, another type or another rank is an error that names both", (t) => {
  const w = weight([2], [d(0)]);
  t.throws(() => materialiseWeight(w, new Map()), { message: /missing tensor "W" of weight w/ });
  t.throws(() => materialiseWeight(w, new Map([["W", tensorOf("i8", [2], [1, 2])]])), { message: /weight w is f32, its tensor "W" is i8/ });
  t.throws(() => materialiseWeight(w, new Map([["W", ramp(2, 2)]])), { message: /1 of 2 dimensions/ });
});
