/** Integer arithmetic where ONNX leaves a result open or the node tests say nothing; every result is one of the type. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { f32, float, int, tensor, text, valuesOf } from "./support.js";

const i32 = (...values: readonly number[]) => tensor("i32", [values.length], values);

test("Div: truncates; by 0 it is 0, the least integer by −1 is itself", (t) => {
  t.deepEqual(valuesOf({ op: "Div", inputs: [i32(7, -7, 5, -(2 ** 31)), i32(-2, 2, 0, -1)] }), [-3, -3, 0, -(2 ** 31)]);
});

test("Mod: sign of the divisor, or with fmod of the dividend; by 0 it is the dividend", (t) => {
  t.deepEqual(valuesOf({ op: "Mod", inputs: [i32(7, -7, 7, -7, 5), i32(3, 3, -3, -3, 0)] }), [1, 2, -2, -1, 5]);
  t.deepEqual(valuesOf({ op: "Mod", inputs: [i32(7, -7, 7, -(2 ** 31)), i32(3, 3, -3, -1)], attributes: { fmod: int(1) } }), [1, -1, 1, 0]);
});

test("Mod of floats is exact, from the least to the greatest, and keeps the sign of zero", (t) => {
  const [largest, least] = [(2 - 2 ** -23) * 2 ** 127, 2 ** -149];
  const pairs = [[5.5, 2], [-5.5, 2], [largest, least], [largest, 3], [-6, 3], [1, Infinity], [Infinity, 1], [1, 0], [NaN, 1], [least, largest]] as const;
  const [a, b] = [0, 1].map((side) => f32([pairs.length], pairs.map((pair) => pair[side] ?? 0)));
  t.deepEqual(valuesOf({ op: "Mod", inputs: [a ?? null, b ?? null], attributes: { fmod: int(1) } }), pairs.map(([x, y]) => x % y));
  t.throws(() => valuesOf({ op: "Mod", inputs: [f32([1], [1]), f32([1], [1])] }), { instanceOf: Refusal, message: /without fmod/ });
});

test("Pow of integers is modulo 2ⁿ, a negative exponent gives 0", (t) => {
  t.deepEqual(valuesOf({ op: "Pow", inputs: [i32(3, -2, 2, 2, 0, 7), i32(4, 31, 32, -1, 0, 1)] }), [81, -(2 ** 31), 0, 0, 1, 7]);
  t.deepEqual(valuesOf({ op: "Pow", inputs: [tensor("i64", [2], [3n, -3n]), tensor("i64", [1], [39n])] }), [3n ** 39n, -(3n ** 39n)]);
});

test("BitShift: from the width on 0; BitwiseNot, BitCast", (t) => {
  const shift = (direction: string) => valuesOf({ op: "BitShift", inputs: [tensor("u8", [3], [255, 255, 255]), tensor("u8", [3], [1, 7, 8])], attributes: { direction: text(direction) } });
  t.deepEqual(shift("LEFT"), [254, 128, 0]);
  t.deepEqual(shift("RIGHT"), [127, 1, 0]);
  t.deepEqual(valuesOf({ op: "BitwiseNot", inputs: [tensor("u16", [1], [1])] }), [65534]);
  t.deepEqual(valuesOf({ op: "BitCast", opset: 26, inputs: [f32([2], [1, -0])], attributes: { to: int(6) } }), [0x3f800000, -(2 ** 31)]);
  t.throws(() => valuesOf({ op: "BitCast", opset: 26, inputs: [f32([1], [1])], attributes: { to: int(7) } }), { instanceOf: Refusal, message: /from f32 to i64/ });
});

test("Shrink, IsInf, IsNaN at the borders", (t) => {
  t.deepEqual(valuesOf({ op: "Shrink", inputs: [f32([5], [-2, -1, NaN, 1, 2])], attributes: { lambd: float(1), bias: float(0.5) } }), [-1.5, 0, 0, 0, 1.5]);
  t.deepEqual(valuesOf({ op: "IsInf", inputs: [f32([3], [Infinity, -Infinity, NaN])], attributes: { detect_negative: int(0) } }), [1, 0, 0]);
  t.deepEqual(valuesOf({ op: "IsNaN", inputs: [f32([2], [Infinity, NaN])] }), [0, 1]);
});
