/**
 * Operators on f16 and bf16: the inputs widen to f32, the operator computes there, each result is rounded once. What only
 * moves elements keeps them.
 */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { halfOfNumber, numberOfHalf } from "../../ir/scalar/half.js";
import type { HalfType } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { f32, float, i64s, int, normalFormOf, rawNodeOf, runNode, tensor, text } from "./support.js";
import { widened } from "../../src/onnx/halves.js";

const half = (type: HalfType, shape: readonly number[], values: readonly number[]): Tensor => tensor(type, shape, values.map((x) => halfOfNumber(type, x)));
const numbersOf = ({ type, data }: Tensor): readonly number[] => [...data].map((bits) => (type === "f16" || type === "bf16" ? numberOfHalf(type, Number(bits)) : Number(bits)));

for (const type of ["f16", "bf16"] as const) {
  const digits = type === "f16" ? 11 : 8; // the least integer that is missing is 2^digits + 1
  const odd = 2 ** digits;

  test(`${type}: a sum rounds once, ties to even`, (t) => {
    const [y] = runNode({ op: "Add", inputs: [half(type, [3], [odd, odd, 0.25]), half(type, [3], [1, 3, 0.5])] });
    t.deepEqual([y?.type, y === undefined ? [] : numbersOf(y)], [type, [odd, odd + 4, 0.75]]);
  });

  test(`${type}: folds accumulate in f32 and round at the end`, (t) => {
    const ones = half(type, [1, 3], [odd, 1, 1]);
    const column = half(type, [3, 1], [1, 1, 1]);
    const [product] = runNode({ op: "MatMul", inputs: [ones, column] });
    const [sum] = runNode({ op: "ReduceSum", inputs: [ones, i64s(1)], constants: [1] });
    const [twice] = runNode({ op: "Add", inputs: [half(type, [1], [odd]), half(type, [1], [1])] });
    t.deepEqual([product, sum].map((y) => (y === undefined ? [] : numbersOf(y))), [[odd + 2], [odd + 2]]);
    t.deepEqual(twice === undefined ? [] : numbersOf(twice), [odd]); // where each sum is a node, each is rounded
  });

  test(`${type}: overflow is infinite, subnormals stay`, (t) => {
    const [least, most] = [numberOfHalf(type, 1), numberOfHalf(type, type === "f16" ? 0x7bff : 0x7f7f)];
    const [y] = runNode({ op: "Mul", inputs: [half(type, [3], [most, least, least]), half(type, [3], [2, 0.5, 1.5])] });
    t.deepEqual(y === undefined ? [] : numbersOf(y), [Infinity, 0, 2 * least]);
  });

  test(`${type}: what only moves elements stays as it is`, (t) => {
    const x = tensor(type, [2, 2], [0x7e01, 0xffff, 0x8000, 1]); // NaN payloads too
    t.deepEqual(runNode({ op: "Transpose", inputs: [x] })[0]?.data, Uint16Array.of(0x7e01, 0x8000, 0xffff, 1));
    t.deepEqual(runNode({ op: "Where", inputs: [tensor("bool", [2, 2], [1, 0, 0, 1]), x, half(type, [], [1])] })[0]?.data, Uint16Array.of(0x7e01, halfOfNumber(type, 1), halfOfNumber(type, 1), 1));
    for (const op of ["Identity", "Flatten", "Transpose", "Concat"]) t.deepEqual(widened(rawNodeOf({ op, inputs: [x] })).before, [], op);
    t.is(widened(rawNodeOf({ op: "Relu", inputs: [x] })).before.length, 1);
  });

  test(`${type}: results of other types are not rounded`, (t) => {
    const x = half(type, [1, 4], [1, 5, 2, 4]);
    t.deepEqual(runNode({ op: "Greater", inputs: [x, half(type, [], [2])] })[0], tensor("bool", [1, 4], [0, 1, 0, 1]));
    t.deepEqual(runNode({ op: "ArgMax", inputs: [x], attributes: { axis: int(1) } })[0], tensor("i64", [1, 1], [1n]));
    t.deepEqual(runNode({ op: "TopK", inputs: [x, i64s(1)], constants: [1], outputs: 2 }).map(({ type: of }) => of), [type, "i64"]);
    const normal = runNode({ op: "LayerNormalization", inputs: [x, half(type, [4], [1, 1, 1, 1])], attributes: { axis: int(1) }, outputs: 3 });
    t.deepEqual(normal.map(({ type: of }) => of), [type, "f32", "f32"]);
    t.deepEqual(numbersOf(normal[1] ?? x), [3]);
  });

  test(`${type}: QuantizeLinear divides in the type of its scale, or as it says`, (t) => {
    const [x, scale] = type === "f16" ? [half(type, [1], [5.5]), half(type, [], [0.333251953125])] : [half(type, [1], [11.0625]), half(type, [], [0.66796875])];
    t.true(Math.round((numbersOf(x)[0] ?? 0) / (numbersOf(scale)[0] ?? 0)) === 17); // more than 16.5, which is what the type has of it
    const [own] = runNode({ op: "QuantizeLinear", opset: 23, inputs: [x, scale] });
    const [single] = runNode({ op: "QuantizeLinear", opset: 23, inputs: [x, scale], attributes: { precision: int(1) } });
    t.deepEqual([numbersOf(own ?? x), numbersOf(single ?? x)], [[16], [17]]);
  });

  test(`${type}: the second stage of a normalisation is in the type of X`, (t) => {
    const of = (value: number): number => numberOfHalf(type, halfOfNumber(type, value));
    const [row, factor] = [[0.3, 0.7, -1.3, 0.9, 2.1, -0.1, 0.6, 1.7].map(of), of(1.1)];
    const squares = row.reduce((sum, x) => Math.fround(sum + Math.fround(x * x)), 0);
    const inverse = Math.fround(1 / Math.fround(Math.sqrt(squares / row.length)));
    const normal = row.map((x) => Math.fround(x * inverse));
    const inputs = [half(type, [1, 8], row), half(type, [1], [factor])];
    const attributes = { axis: int(1), epsilon: float(0) };
    const [staged] = runNode({ op: "RMSNormalization", opset: 23, inputs, attributes });
    t.deepEqual(numbersOf(staged ?? half(type, [0], [])), normal.map((x) => of(Math.fround(of(x) * factor))));
    const [once] = runNode({ op: "SimplifiedLayerNormalization", opset: 23, inputs, attributes });
    t.deepEqual(numbersOf(once ?? half(type, [0], [])), normal.map((x) => of(Math.fround(x * factor))));
    t.notDeepEqual(numbersOf(staged ?? half(type, [0], [])), numbersOf(once ?? half(type, [0], [])));
    for (const [op, shape, own] of [["LayerNormalization", [1, 8], { axis: int(1) }], ["GroupNormalization", [1, 8, 1], { num_groups: int(1) }]] as const) {
      const result = (scale: number, bias: number): readonly number[] =>
        runNode({ op, opset: 23, inputs: [half(type, shape, row), ...[scale, bias].map((value) => half(type, [8], row.map(() => value)))], attributes: own }).flatMap(numbersOf);
      t.deepEqual(result(factor, 0.3), result(1, 0).map((x) => of(of(x * factor) + of(0.3))), op);
    }
  });

  test(`${type}: DequantizeLinear gives the type of the scale, or the one it is told`, (t) => {
    const inputs = [tensor("i8", [2], [3, -4]), half(type, [], [0.5])];
    t.deepEqual(runNode({ op: "DequantizeLinear", opset: 23, inputs })[0], half(type, [2], [1.5, -2]));
    t.deepEqual(runNode({ op: "DequantizeLinear", opset: 23, inputs, attributes: { output_dtype: int(1) } })[0], f32([2], [1.5, -2]));
    const single = [tensor("i8", [2], [3, -4]), f32([], [0.5])];
    t.deepEqual(runNode({ op: "DequantizeLinear", opset: 23, inputs: single, attributes: { output_dtype: int(type === "f16" ? 10 : 16) } })[0], half(type, [2], [1.5, -2]));
  });

  test(`${type}: constants that attributes give are of the type`, (t) => {
    const dtype = int(type === "f16" ? 10 : 16);
    t.deepEqual(runNode({ op: "EyeLike", inputs: [f32([2, 2], [0, 0, 0, 0])], attributes: { dtype } })[0], half(type, [2, 2], [1, 0, 0, 1]));
    t.deepEqual(runNode({ op: "Pad", opset: 10, inputs: [half(type, [1], [2])], attributes: { pads: { kind: "ints", value: [1n, 0n] }, value: float(1.5), mode: text("constant") } })[0], half(type, [2], [1.5, 2]));
    t.deepEqual(runNode({ op: "Clip", opset: 10, inputs: [half(type, [2], [-3, 3])], attributes: { min: float(-1), max: float(1) } })[0], half(type, [2], [-1, 1]));
    t.is(normalFormOf({ op: "Cast", inputs: [f32([1], [1])], attributes: { to: dtype } }).attributes["to"], type);
  });

  test(`${type}: inputs of two float types are refused where the operator takes one`, (t) => {
    const x = half(type, [1], [1]);
    t.throws(() => runNode({ op: "Add", inputs: [x, f32([1], [1])] }), { instanceOf: Refusal, message: /mixes/ });
    const channel = [f32([1], [2]), f32([1], [0]), f32([1], [0]), f32([1], [1])];
    t.is(runNode({ op: "BatchNormalization", inputs: [half(type, [1, 1], [1]), ...channel] })[0]?.type, type);
    t.is(runNode({ op: "Pow", inputs: [x, f32([1], [2])], constants: [1] })[0]?.type, type);
  });
}
