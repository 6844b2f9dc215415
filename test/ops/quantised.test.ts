/** Operators on quantised tensors: against exact integer arithmetic written directly, and where rounding and saturation decide. */
import test from "ava";
import type { ScalarValue } from "../../ir/scalar/types.js";
import { importModel } from "../../src/onnx/import.js";
import { type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";
import { type NodeCase, f32, int, ints, runNode, tensor, valuesOf } from "./support.js";

const u8 = (shape: readonly number[], ...values: readonly number[]) => tensor("u8", shape, values);
const i8 = (shape: readonly number[], ...values: readonly number[]) => tensor("i8", shape, values);
const one = f32([], [1]);

/** Ties to even, then the range of u8 or i8. */
function quantise(x: number, zeroPoint: number, [low, high]: readonly [number, number]): number {
  const down = Math.floor(x);
  const rest = x - down;
  const nearest = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  return Math.min(high, Math.max(low, nearest + zeroPoint));
}

test("MatMulInteger: zero points per tensor and per column", (t) => {
  const inputs: NodeCase["inputs"] = [u8([2, 2], 0, 255, 3, 4), i8([2, 2], -128, 127, 5, 6), u8([], 128), i8([2], 1, -1)];
  const a = [[-128, 127], [-125, -124]];
  const b = [[-129, 128], [4, 7]];
  const expected = a.flatMap((row) => [0, 1].map((j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)));
  t.deepEqual(valuesOf({ op: "MatMulInteger", inputs }), expected);
  t.deepEqual(valuesOf({ op: "MatMulInteger", inputs: [u8([1, 1], 255), u8([1, 1], 255)] }), [65025]);
});

test("ConvInteger: padding is the zero point, whatever its value", (t) => {
  const attributes = { pads: ints(1, 1) };
  const node: NodeCase = { op: "ConvInteger", inputs: [u8([1, 1, 3], 10, 20, 30), u8([1, 1, 3], 1, 2, 3), u8([], 10)], attributes };
  t.deepEqual(valuesOf(node), [0 * 2 + 10 * 3, 0 * 1 + 10 * 2 + 20 * 3, 10 * 1 + 20 * 2]);
});

test("QLinearMatMul: scales per column, ties to even, saturation", (t) => {
  const [a, b] = [u8([1, 2], 200, 100), i8([2, 3], 1, 2, -3, 1, -2, -3)];
  const scaleB = [0.5, 0.25, 4];
  const inputs: NodeCase["inputs"] = [a, f32([], [0.5]), u8([], 99), b, f32([3], scaleB), i8([], 0), one, u8([], 7)];
  const sums = [101 * 1 + 1 * 1, 101 * 2 + 1 * -2, 101 * -3 + 1 * -3];
  t.deepEqual(valuesOf({ op: "QLinearMatMul", inputs }), sums.map((sum, j) => quantise(sum * 0.5 * (scaleB[j] ?? 0), 7, [0, 255])));
  const half = (sum: number): ScalarValue | undefined => valuesOf({ op: "QLinearMatMul", inputs: [i8([1, 1], sum), one, i8([], 0), i8([1, 1], 1), one, i8([], 0), f32([], [2]), i8([], 0)] })[0];
  t.deepEqual([1, 3, -1, -3, 5].map(half), [0, 2, 0, -2, 2]);
});

test("QLinearConv: weights per channel, bias, groups of one", (t) => {
  const x = u8([1, 2, 2, 2], 128, 130, 120, 255, 0, 128, 129, 127);
  const w = i8([2, 1, 1, 1], 3, -5);
  const [scaleW, zeroW, bias] = [[0.5, 0.125], [1, -1], [10, -20]];
  const node: NodeCase = {
    op: "QLinearConv", attributes: { group: int(2) },
    inputs: [x, f32([], [2]), u8([], 128), w, f32([2], scaleW), i8([2], ...zeroW), one, i8([], -3), tensor("i32", [2], bias)],
  };
  const centred = Array.from<ScalarValue, number>(x.data, (value) => Number(value) - 128);
  const expected = centred.map((value, at) => {
    const m = at < 4 ? 0 : 1;
    const sum = (bias[m] ?? 0) + value * ((m === 0 ? 3 : -5) - (zeroW[m] ?? 0));
    return quantise(sum * 2 * (scaleW[m] ?? 0), -3, [-128, 127]);
  });
  t.deepEqual(valuesOf(node), expected);
  t.true(expected.includes(127), "one of them saturates");
});

test("quantised operators refuse types and sizes of parameters that do not fit", (t) => {
  const conv = (zeroPoint: NodeCase["inputs"][number], scale = one): NodeCase => ({
    op: "QLinearConv", inputs: [u8([1, 1, 2], 1, 2), one, zeroPoint, u8([2, 1, 1], 1, 1), scale, u8([], 0), one, u8([], 0)],
  });
  t.notThrows(() => runNode(conv(u8([], 0))));
  refuses(t, "type-mismatch", () => runNode(conv(i8([], 0))));
  refuses(t, "shape-mismatch", () => runNode(conv(u8([], 0), f32([3], [1, 1, 1]))));
});

test("QLinear operators of com.microsoft: floats between, QLinearAdd rounds with the zero point added", (t) => {
  const domain = "com.microsoft";
  const [x, y] = [u8([4], 0, 100, 200, 255), u8([4], 255, 100, 50, 0)];
  const pair: NodeCase["inputs"] = [x, f32([], [0.5]), u8([], 100), y, f32([], [0.25]), u8([], 0), one, u8([], 3)];
  const expected = [[-50, 63.75], [0, 25], [50, 12.5], [77.5, 0]].map(([a = 0, b = 0]) => quantise(a + b + 3, 0, [0, 255]));
  t.deepEqual(valuesOf({ op: "QLinearAdd", domain, inputs: pair }), expected);
  const leaky = valuesOf({ op: "QLinearLeakyRelu", domain, inputs: [x, one, u8([], 100), one, u8([], 50)], attributes: { alpha: { kind: "float", value: 0.5 } } });
  t.deepEqual(leaky, [0, 50, 150, 205]);
  const joined = valuesOf({ op: "QLinearConcat", domain, inputs: [one, u8([], 0), x, one, u8([], 0), y, f32([], [2]), u8([], 0)] });
  t.deepEqual(joined, [0, 100, 200, 255, 255, 200, 100, 0]);
  const pooled = valuesOf({ op: "QLinearAveragePool", domain, inputs: [u8([1, 1, 4], 0, 100, 200, 255), one, u8([], 0), one, u8([], 0)], attributes: { kernel_shape: ints(2), strides: ints(2) } });
  t.deepEqual(pooled, [50, 228]);
  t.deepEqual(valuesOf({ op: "QLinearSoftmax", domain, inputs: [u8([1, 2], 9, 9), one, u8([], 0), f32([], [0.25]), u8([], 1)], attributes: { axis: int(-1), opset: int(13) } }), [3, 3]);
  const image = u8([1, 2, 2], 1, 9, 2, 8);
  t.deepEqual(valuesOf({ op: "QLinearGlobalAveragePool", domain, inputs: [image, one, u8([], 0), one, u8([], 1)], attributes: { channels_last: int(1) } }), [3, 9]);
});

test("a zero point of zero is no operand: the sum is that without a difference, and one that is missing is refused", (t) => {
  const int8 = (name: string, dims: readonly number[], int32_data: readonly number[]) => ({ name, dims, data_type: 3, int32_data });
  const initializer = [floats("sx", [], [0.5]), int8("zx", [], [3]), int8("w", [1, 1, 2], [5, -7]), floats("sw", [], [1]), int8("zw", [], [0]), floats("sy", [], [1]), int8("zy", [], [0])];
  const inputs = ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy"];
  const read = (names: readonly string[], given: readonly Fields[] = initializer) => importModel(model(graph([node("QLinearConv", names, ["y"])], { input: [value("x", [1, 1, 4], 3)], output: [value("y", [1, 1, 3], 3)], initializer: given }))).graph;
  t.deepEqual(read(inputs).nodes[0]?.inputs.map((name) => name !== null), [true, true, true, true, true, false, true, true]);
  const missing = t.throws(() => read(inputs.map((name) => (name === "zw" ? "" : name))));
  t.regex(missing.message, /QLinearConv/);
  const wrong = [{ ...int8("zw", [], [0]), data_type: 2 }, int8("zw", [0], []), int8("zw", [3], [0, 0, 0])];
  for (const [k, code] of ["type-mismatch", "shape-mismatch", "shape-mismatch"].entries()) {
    refuses(t, code, () => read(inputs, initializer.map((it) => (it.name === "zw" ? wrong[k] ?? it : it))));
  }
});
