/** The further operators, against values worked out by hand. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { normaliseNode } from "../../src/onnx/normalise/index.js";
import { refuses } from "../support/refusals.js";
import { type NodeCase, counting, f32, float, i64s, int, ints, rawNodeOf, runNode, tensor, text, valuesOf } from "./support.js";

test("Concat, Split: parts along an axis, in order", (t) => {
  const [a, b] = [counting([2, 1]), counting([2, 2], 10)];
  t.deepEqual(valuesOf({ op: "Concat", inputs: [a, b, a], attributes: { axis: int(-1) } }), [0, 10, 11, 0, 1, 12, 13, 1]);
  const parts = runNode({ op: "Split", inputs: [counting([2, 3]), i64s(1, 2)], constants: [1], attributes: { axis: int(1) }, outputs: 2 });
  t.deepEqual(parts.map(({ data }) => [...data]), [[0, 3], [1, 2, 4, 5]]);
  const equal = runNode({ op: "Split", inputs: [counting([5])], attributes: { num_outputs: int(2) }, outputs: 2 });
  t.deepEqual(equal.map(({ data }) => [...data]), [[0, 1, 2], [3, 4]]);
});

test("Slice: clamps, counts back, and takes int64 limits as the end", (t) => {
  const slice = (starts: number, ends: bigint, steps: number) => valuesOf({
    op: "Slice", constants: [1, 2, 3, 4],
    inputs: [counting([5]), i64s(starts), tensor("i64", [1], [ends]), i64s(0), i64s(steps)],
  });
  t.deepEqual(slice(1, 2n ** 63n - 1n, 2), [1, 3]);
  t.deepEqual(slice(-1, -(2n ** 63n), -2), [4, 2, 0]);
  t.deepEqual(slice(-100, -1n, 1), [0, 1, 2, 3]);
  t.deepEqual(valuesOf({ op: "Slice", opset: 9, inputs: [counting([2, 2])], attributes: { starts: ints(1), ends: ints(9), axes: ints(1) } }), [1, 3]);
  t.throws(() => runNode({ op: "Slice", inputs: [counting([5]), i64s(0), i64s(1)] }), { instanceOf: Refusal, message: /from the computation/ });
});

test("Pad: constant, edge, reflect, wrap, and negative pads", (t) => {
  const pad = (mode: string, ...pads: readonly number[]) => valuesOf({
    op: "Pad", constants: [1], inputs: [counting([3], 1), i64s(...pads), f32([], [9])], attributes: { mode: text(mode) },
  });
  t.deepEqual(pad("constant", 2, 1), [9, 9, 1, 2, 3, 9]);
  t.deepEqual(pad("constant", -1, 1), [2, 3, 9]);
  t.deepEqual(pad("edge", 2, 1), [1, 1, 1, 2, 3, 3]);
  t.deepEqual(pad("reflect", 2, 1), [3, 2, 1, 2, 3, 2]);
  t.deepEqual(pad("wrap", 4, 1), [3, 1, 2, 3, 1, 2, 3, 1]);
  t.deepEqual(pad("edge", -1, 2), [2, 3, 3, 3]);
  t.deepEqual(pad("reflect", 1, -1), [2, 1, 2]);
  const corners = valuesOf({ op: "Pad", opset: 10, inputs: [counting([1, 1], 5)], attributes: { pads: ints(1, 1, 1, 0), value: float(-1) } });
  t.deepEqual(corners, [-1, -1, -1, 5, -1, -1]);
});

test("Squeeze, Unsqueeze, Expand, Tile", (t) => {
  t.deepEqual(runNode({ op: "Squeeze", inputs: [counting([1, 2, 1])] })[0]?.shape, [2]);
  t.deepEqual(runNode({ op: "Squeeze", inputs: [counting([1, 2, 1]), i64s(-1)], constants: [1] })[0]?.shape, [1, 2]);
  t.deepEqual(runNode({ op: "Unsqueeze", inputs: [counting([2, 3]), i64s(-1, 0)], constants: [1] })[0]?.shape, [1, 2, 3, 1]);
  t.deepEqual(valuesOf({ op: "Expand", inputs: [counting([2, 1]), i64s(1, 2, 2)], constants: [1] }), [0, 0, 1, 1]);
  t.deepEqual(valuesOf({ op: "Tile", inputs: [counting([1, 2]), i64s(2, 2)], constants: [1] }), [0, 1, 0, 1, 0, 1, 0, 1]);
});

test("Gather: constant indices, negative ones and progressions", (t) => {
  const x = counting([2, 4]);
  const gather = (axis: number, indices: readonly number[], shape: readonly number[]) =>
    runNode({ op: "Gather", constants: [1], inputs: [x, tensor("i64", shape, indices.map(BigInt))], attributes: { axis: int(axis) } })[0];
  t.deepEqual([...gather(1, [3, 1, -1], [3])?.data ?? []], [3, 1, 3, 7, 5, 7]);
  t.deepEqual([...gather(0, [1], [])?.data ?? []], [4, 5, 6, 7]);
  t.deepEqual(gather(0, [1], [])?.shape, [4]);
  t.deepEqual([...gather(1, [0, 1, 2, 2, 1, 0, 3], [7])?.data ?? []].slice(0, 7), [0, 1, 2, 2, 1, 0, 3]);
  t.deepEqual([...gather(1, [3, 1, 0, 2], [2, 2])?.data ?? []].slice(0, 4), [3, 1, 0, 2]);
  t.throws(() => gather(1, [4], [1]), { instanceOf: Refusal, message: /outside of axis 1/ });
});

test("DepthToSpace undoes SpaceToDepth, and CRD orders channels first", (t) => {
  const x = counting([1, 2, 2, 4]);
  const [deep] = runNode({ op: "SpaceToDepth", inputs: [x], attributes: { blocksize: int(2) } });
  t.deepEqual([...deep?.data ?? []].slice(0, 4), [0, 2, 8, 10]);
  t.deepEqual(valuesOf({ op: "DepthToSpace", inputs: [deep ?? x], attributes: { blocksize: int(2) } }), [...x.data]);
  t.deepEqual(valuesOf({ op: "DepthToSpace", inputs: [counting([1, 4, 1, 1])], attributes: { blocksize: int(2), mode: text("CRD") } }), [0, 1, 2, 3]);
});

test("Reductions: axes, keepdims, and nothing to reduce", (t) => {
  const x = counting([2, 3]);
  t.deepEqual(valuesOf({ op: "ReduceSum", inputs: [x, i64s(-1)], constants: [1], attributes: { keepdims: int(0) } }), [3, 12]);
  t.deepEqual(valuesOf({ op: "ReduceSum", inputs: [x] }), [15]);
  t.deepEqual(runNode({ op: "ReduceSum", inputs: [x] })[0]?.shape, [1, 1]);
  t.deepEqual(valuesOf({ op: "ReduceSum", inputs: [x], attributes: { noop_with_empty_axes: int(1) } }), [...x.data]);
  t.deepEqual(valuesOf({ op: "ReduceMean", opset: 13, inputs: [x], attributes: { axes: ints(0) } }), [1.5, 2.5, 3.5]);
  t.deepEqual(valuesOf({ op: "ReduceMax", opset: 13, inputs: [f32([2, 2], [-3, NaN, -1, -2])], attributes: { axes: ints(1) } }), [NaN, -1]);
  t.deepEqual(valuesOf({ op: "ReduceMin", opset: 13, inputs: [x], attributes: { axes: ints(1) } }), [0, 3]);
  t.deepEqual(valuesOf({ op: "ReduceProd", opset: 13, inputs: [counting([2, 2], 1)], attributes: { axes: ints(1) } }), [2, 12]);
  t.deepEqual(valuesOf({ op: "ReduceL2", opset: 13, inputs: [f32([2], [3, 4])] }), [5]);
  t.deepEqual(valuesOf({ op: "ReduceL1", opset: 13, inputs: [f32([2], [-3, 4])] }), [7]);
  t.deepEqual(valuesOf({ op: "ReduceSumSquare", opset: 13, inputs: [f32([2], [3, 4])] }), [25]);
});

test("Global pools: over all spatial axes", (t) => {
  const x = counting([1, 2, 2, 2]);
  t.deepEqual(valuesOf({ op: "GlobalAveragePool", inputs: [x] }), [1.5, 5.5]);
  t.deepEqual(valuesOf({ op: "GlobalMaxPool", inputs: [x] }), [3, 7]);
  t.deepEqual(runNode({ op: "GlobalMaxPool", inputs: [x] })[0]?.shape, [1, 2, 1, 1]);
});

test("BatchNormalization: (x − mean) / √(var + ε) · scale + B", (t) => {
  const vector = (...values: readonly number[]) => f32([2], values);
  const inputs = [f32([1, 2, 1], [5, 10]), vector(2, 3), vector(1, -1), vector(3, 4), vector(3, 8)];
  t.deepEqual(valuesOf({ op: "BatchNormalization", inputs, attributes: { epsilon: float(1) } }), [3, 5]);
});

test("Clip: bounds from inputs, or from attributes until opset 10", (t) => {
  const x = f32([4], [-5, 0.5, 5, NaN]);
  t.deepEqual(valuesOf({ op: "Clip", inputs: [x, f32([], [-1]), f32([], [1])] }), [-1, 0.5, 1, NaN]);
  t.deepEqual(valuesOf({ op: "Clip", inputs: [x, null, f32([], [1])] }), [-5, 0.5, 1, NaN]);
  t.deepEqual(valuesOf({ op: "Clip", opset: 6 + 1, inputs: [x], attributes: { min: float(0), max: float(6) } }), [0, 0.5, 5, NaN]);
  t.deepEqual(valuesOf({ op: "Clip", inputs: [x, f32([], [2]), f32([], [1])] }), [1, 1, 1, NaN], "the upper bound wins");
});

test("Activations at simple points", (t) => {
  const at = (op: string, values: readonly number[], attributes = {}) => valuesOf({ op, inputs: [f32([values.length], values)], attributes });
  t.deepEqual(at("LeakyRelu", [-4, -0, 4], { alpha: float(0.25) }), [-1, -0, 4]);
  t.deepEqual(at("Elu", [-Infinity, 2]), [-1, 2]);
  t.deepEqual(at("HardSigmoid", [-9, 0, 9]), [0, 0.5, 1]);
  t.deepEqual(at("HardSwish", [-3, 0, 6]), [-0, 0, 6]);
  t.deepEqual(at("ThresholdedRelu", [1, 2, NaN]), [0, 2, 0]);
  t.deepEqual(at("Softsign", [-1, 0, 3]), [-0.5, 0, 0.75]);
  t.deepEqual(at("Sigmoid", [0, -Infinity]), [0.5, 0]);
  t.deepEqual(at("Sign", [-2, -0, 5, NaN]), [-1, -0, 1, NaN]);
  t.deepEqual(at("Round", [0.5, 1.5, -0.5]), [0, 2, -0]);
  t.deepEqual(at("Gelu", [0, 20]), [0, 20]);
  t.deepEqual(at("Gelu", [0, 20], { approximate: text("tanh") }), [0, 20]);
  t.deepEqual(valuesOf({ op: "PRelu", inputs: [f32([2, 2], [-1, -2, 3, -4]), f32([2], [2, 3])] }), [-2, -6, 3, -12]);
});

test("Comparisons, choices and logic", (t) => {
  const [a, b] = [f32([4], [1, 2, 3, NaN]), f32([4], [2, 2, 2, 2])];
  const both = [a, b];
  t.deepEqual(valuesOf({ op: "Less", inputs: both }), [1, 0, 0, 0]);
  t.deepEqual(valuesOf({ op: "LessOrEqual", inputs: both }), [1, 1, 0, 0]);
  t.deepEqual(valuesOf({ op: "Greater", inputs: both }), [0, 0, 1, 0]);
  t.deepEqual(valuesOf({ op: "GreaterOrEqual", inputs: both }), [0, 1, 1, 0]);
  t.deepEqual(valuesOf({ op: "Equal", inputs: both }), [0, 1, 0, 0]);
  const [p, q] = [tensor("bool", [4], [0, 0, 1, 1]), tensor("bool", [4], [0, 1, 0, 1])];
  t.deepEqual(valuesOf({ op: "And", inputs: [p, q] }), [0, 0, 0, 1]);
  t.deepEqual(valuesOf({ op: "Or", inputs: [p, q] }), [0, 1, 1, 1]);
  t.deepEqual(valuesOf({ op: "Xor", inputs: [p, q] }), [0, 1, 1, 0]);
  t.deepEqual(valuesOf({ op: "Not", inputs: [p] }), [1, 1, 0, 0]);
  t.deepEqual(valuesOf({ op: "Where", inputs: [p, f32([], [7]), b] }), [2, 2, 7, 7]);
  t.deepEqual(valuesOf({ op: "Sum", inputs: [b, b, b] }), [6, 6, 6, 6]);
  t.deepEqual(valuesOf({ op: "Mean", inputs: [b, f32([], [4])] }), [3, 3, 3, 3]);
});

test("Dropout is a copy, its mask all true", (t) => {
  const [y, mask] = runNode({ op: "Dropout", inputs: [f32([2], [3, -0])], outputs: 2 });
  t.deepEqual([...y?.data ?? []], [3, -0]);
  t.deepEqual([mask?.type, [...mask?.data ?? []]], ["bool", [1, 1]]);
  const training = (ratio: number, constants: readonly number[]): NodeCase => ({ op: "Dropout", inputs: [f32([2], [3, -0]), f32([], [ratio]), tensor("bool", [], [1])], constants });
  t.deepEqual(valuesOf(training(0, [1, 2])), [3, -0]);
  refuses(t, "attribute-value", () => normaliseNode(rawNodeOf(training(0.25, [1, 2]))));
  refuses(t, "dynamic-shape", () => normaliseNode(rawNodeOf(training(0, [2]))));
});

test("Constants of the model: Constant, ConstantOfShape, Shape, Size", (t) => {
  t.deepEqual(valuesOf({ op: "Constant", inputs: [], attributes: { value_ints: ints(4, 5) } }), [4n, 5n]);
  t.deepEqual(valuesOf({ op: "ConstantOfShape", inputs: [i64s(2, 2)], constants: [0] }), [0, 0, 0, 0]);
  t.deepEqual(valuesOf({ op: "Shape", inputs: [counting([2, 3, 4])], attributes: { start: int(-2) } }), [3n, 4n]);
  t.deepEqual(valuesOf({ op: "Size", inputs: [counting([2, 3])] }), [6n]);
});

test("QuantizeLinear rounds ties to even and saturates, DequantizeLinear scales back", (t) => {
  const scale = f32([], [0.5]);
  const quantised = valuesOf({ op: "QuantizeLinear", inputs: [f32([6], [0.25, 0.75, -0.25, 1000, -1000, NaN]), scale, tensor("i8", [], [1])] });
  t.deepEqual(quantised, [1, 3, 1, 127, -128, 0]);
  t.deepEqual(valuesOf({ op: "QuantizeLinear", inputs: [f32([2], [-1, 200]), scale] }), [0, 255], "without a zero point the type is u8");
  const channels = { inputs: [tensor("u8", [2, 1], [0, 255]), f32([2], [1, 2]), tensor("u8", [2], [128, 0])], attributes: { axis: int(0) } };
  t.deepEqual(valuesOf({ op: "DequantizeLinear", ...channels }), [-128, 510]);
});

test("LayerNormalization: deviation times one over its root mean square", (t) => {
  const inputs = [f32([2, 2], [1, 3, -4, 4]), f32([2], [1, 2]), f32([2], [10, 20])];
  t.deepEqual(valuesOf({ op: "LayerNormalization", inputs, attributes: { epsilon: float(0) } }), [9, 22, 9, 22]);
  const [, mean, inverse] = runNode({ op: "LayerNormalization", inputs, attributes: { epsilon: float(0) }, outputs: 3 });
  t.deepEqual([mean?.shape, [...mean?.data ?? []], [...inverse?.data ?? []]], [[2, 1], [2, 0], [1, 0.25]]);
});

test("LayerNormalization: before opset 17 it is that of 17, as ONNX Runtime reads it", (t) => {
  const inputs = [f32([2, 2], [1, 3, -4, 4]), f32([2], [1, 2])];
  t.deepEqual(valuesOf({ op: "LayerNormalization", opset: 12, inputs }), valuesOf({ op: "LayerNormalization", inputs }));
});

test("LogSoftmax: equal inputs give the negative logarithm of their number", (t) => {
  t.deepEqual(valuesOf({ op: "LogSoftmax", inputs: [f32([2], [7, 7])] }), [-Math.fround(Math.LN2), -Math.fround(Math.LN2)]);
});

test("Pow: exponents that are one rounded operation, and others", (t) => {
  const [x, y] = [Math.fround(0.1), Math.fround(0.7)];
  const power = (exponent: number, ...base: readonly number[]) => valuesOf({ op: "Pow", inputs: [f32([base.length], base), f32([], [exponent])], constants: [1] });
  t.deepEqual(power(2, -3, x), [9, Math.fround(x ** 2)]);
  t.deepEqual(power(1, -3, x), [-3, x]);
  t.deepEqual(power(-1, -3, x), [Math.fround(-1 / 3), Math.fround(1 / x)]);
  t.deepEqual(power(0.5, x, -0, -1, Infinity), [Math.fround(Math.sqrt(x)), 0, NaN, Infinity]);
  t.deepEqual(power(3, -2, 0.5), [-8, 0.125]);
  t.deepEqual(power(-0.5, 4, 0), [0.5, Infinity]);
  const broadcast = { op: "Pow", inputs: [f32([2, 1], [2, y]), tensor("i64", [3], [3n, 0n, -1n])] };
  t.deepEqual(valuesOf(broadcast).slice(0, 5), [8, 1, 0.5, Math.fround(y ** 3), 1]);
});
