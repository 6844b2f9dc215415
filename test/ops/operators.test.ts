/** The first operators, against values worked out by hand. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { counting, f32, float, i64s, int, ints, normalFormOf, runNode, tensor, text, valuesOf } from "./support.js";

test("Add: broadcasts as NumPy does", (t) => {
  t.deepEqual(valuesOf({ op: "Add", inputs: [counting([2, 1, 2]), f32([3, 1], [10, 20, 30])] }), [10, 11, 20, 21, 30, 31, 12, 13, 22, 23, 32, 33]);
  t.deepEqual(runNode({ op: "Add", inputs: [f32([], [1]), counting([2, 2])] })[0]?.shape, [2, 2]);
});

test("Add: integers wrap, floats round", (t) => {
  t.deepEqual(valuesOf({ op: "Add", inputs: [tensor("i8", [1], [127]), tensor("i8", [1], [1])] }), [-128]);
  t.deepEqual(valuesOf({ op: "Sub", inputs: [tensor("u8", [1], [3]), tensor("u8", [1], [5])] }), [254]);
  t.deepEqual(valuesOf({ op: "Add", inputs: [f32([1], [2 ** 24]), f32([1], [1])] }), [2 ** 24]);
});

test("Div: integers truncate", (t) => {
  t.deepEqual(valuesOf({ op: "Div", inputs: [tensor("i32", [4], [7, -7, 7, -7]), tensor("i32", [4], [2, 2, -2, -2])] }), [3, -3, -3, 3]);
});

test("Max, Min: of zeros the later operand, of NaN NaN", (t) => {
  const inputs = [f32([3], [0, NaN, 1]), f32([3], [-0, 1, 2]), f32([3], [-5, 1, NaN])];
  t.deepEqual(valuesOf({ op: "Max", inputs }), [-0, NaN, NaN]);
  t.deepEqual(valuesOf({ op: "Min", inputs: inputs.slice(0, 2) }), [-0, NaN, 1]);
});

test("Relu: NaN and −0 stay", (t) => {
  t.deepEqual(valuesOf({ op: "Relu", inputs: [f32([4], [-1, -0, NaN, 3])] }), [0, -0, NaN, 3]);
  t.deepEqual(valuesOf({ op: "Relu", inputs: [tensor("i8", [2], [-3, 4])] }), [0, 4]);
});

test("Gemm: transpositions, factors and the bias added last", (t) => {
  const a = counting([2, 3]);
  const b = counting([3, 2]);
  t.deepEqual(valuesOf({ op: "Gemm", inputs: [a, b] }), [10, 13, 28, 40]);
  t.deepEqual(valuesOf({ op: "Gemm", inputs: [a, counting([2, 3])], attributes: { transB: int(1) } }), [5, 14, 14, 50]);
  t.deepEqual(valuesOf({ op: "Gemm", inputs: [counting([3, 2]), b], attributes: { transA: int(1) } }), [20, 26, 26, 35]);
  t.deepEqual(valuesOf({ op: "Gemm", inputs: [a, b, f32([2], [1, 2])], attributes: { alpha: float(0.5), beta: float(4) } }), [9, 14.5, 18, 28]);
  t.deepEqual(valuesOf({ op: "Gemm", inputs: [a, b, f32([2, 1], [100, 200])] }), [110, 113, 228, 240]);
});

test("Gemm: the fold starts from +0, so the bias is not part of it", (t) => {
  // 1·2²⁴ + 1 loses the 1; bias first would keep it in another order.
  const inputs = [f32([1, 2], [1, 1]), f32([2, 1], [2 ** 24, 1]), f32([1], [-(2 ** 24)])];
  t.deepEqual(valuesOf({ op: "Gemm", inputs }), [0]);
});

test("Gemm: a factor of 1 is no operation", (t) => {
  // beta·C with beta = 1 would turn a signalling pattern or change nothing; what counts is that the text has no product.
  const inputs = [f32([1, 1], [2]), f32([1, 1], [3]), f32([1], [4])];
  t.deepEqual(normalFormOf({ op: "Gemm", inputs }).attributes, { alpha: 1, beta: 1, transA: 0, transB: 0 });
  t.deepEqual(valuesOf({ op: "Gemm", inputs }), [10]);
});

test("MatMul: every rank, and batches broadcast", (t) => {
  t.deepEqual(valuesOf({ op: "MatMul", inputs: [counting([3]), counting([3])] }), [5]);
  t.deepEqual(runNode({ op: "MatMul", inputs: [counting([3]), counting([3])] })[0]?.shape, []);
  t.deepEqual(valuesOf({ op: "MatMul", inputs: [counting([2]), counting([2, 2])] }), [2, 3]);
  t.deepEqual(valuesOf({ op: "MatMul", inputs: [counting([2, 2]), counting([2])] }), [1, 3]);
  const batched = runNode({ op: "MatMul", inputs: [counting([2, 1, 1, 2]), counting([3, 2, 1])] })[0];
  t.deepEqual(batched?.shape, [2, 3, 1, 1]);
  t.deepEqual([...batched?.data ?? []], [1, 3, 5, 3, 13, 23]);
  t.deepEqual(valuesOf({ op: "MatMul", inputs: [tensor("i32", [1, 2], [2, 3]), tensor("i32", [2, 1], [5, 7])] }), [31]);
});

test("Conv: padding is skipped, strides and dilations count", (t) => {
  const x = counting([1, 1, 5], 1);
  const w = f32([1, 1, 3], [1, 10, 100]);
  t.deepEqual(valuesOf({ op: "Conv", inputs: [x, w], attributes: { pads: ints(1, 1) } }), [210, 321, 432, 543, 54]);
  t.deepEqual(valuesOf({ op: "Conv", inputs: [x, w], attributes: { strides: ints(2), pads: ints(1, 1) } }), [210, 432, 54]);
  t.deepEqual(valuesOf({ op: "Conv", inputs: [x, w], attributes: { dilations: ints(2) } }), [531]);
});

test("Conv: padding is not a product with 0", (t) => {
  // 0·∞ would give NaN, and +0 would change the bias −0.
  const inputs = [f32([1, 1, 1], [-1]), f32([1, 1, 3], [Infinity, 0, Infinity]), f32([1], [-0])];
  t.deepEqual(valuesOf({ op: "Conv", inputs, attributes: { pads: ints(1, 1) } }), [-0]);
});

test("Conv: the fold starts from the bias", (t) => {
  const inputs = [f32([1, 2, 1], [1, 1]), f32([1, 2, 1], [2 ** 24, 1]), f32([1], [-(2 ** 24)])];
  t.deepEqual(valuesOf({ op: "Conv", inputs }), [1], "−2²⁴ + 2²⁴ + 1 in this order; from +0 the 1 would be lost");
});

test("Conv: groups", (t) => {
  const x = counting([1, 4, 1, 1], 1);
  const w = f32([4, 2, 1, 1], [1, 0, 0, 1, 1, 1, 1, -1]);
  t.deepEqual(valuesOf({ op: "Conv", inputs: [x, w], attributes: { group: int(2) } }), [1, 2, 7, -1]);
  t.deepEqual(valuesOf({ op: "Conv", inputs: [x, f32([4, 1, 1, 1], [1, 2, 3, 4])], attributes: { group: int(4) } }), [1, 4, 9, 16]);
});

test("Conv: SAME puts the odd padding after or before the input", (t) => {
  const inputs = [counting([1, 1, 4], 1), f32([1, 1, 2], [1, 10])];
  t.deepEqual(valuesOf({ op: "Conv", inputs, attributes: { auto_pad: text("SAME_UPPER") } }), [21, 32, 43, 4]);
  t.deepEqual(valuesOf({ op: "Conv", inputs, attributes: { auto_pad: text("SAME_LOWER") } }), [10, 21, 32, 43]);
  t.deepEqual(valuesOf({ op: "Conv", inputs, attributes: { auto_pad: text("VALID") } }), [21, 32, 43]);
});

test("Conv: in two dimensions the order is channel, row, column", (t) => {
  const x = f32([1, 1, 2, 2], [2 ** 24, 1, 1, -(2 ** 24)]);
  const ones = f32([1, 1, 2, 2], [1, 1, 1, 1]);
  t.deepEqual(valuesOf({ op: "Conv", inputs: [x, ones] }), [0], "((2²⁴ + 1) + 1) − 2²⁴ with both ones lost");
});

test("MaxPool: skips padding, also where all is negative; ceil_mode adds a window", (t) => {
  const x = f32([1, 1, 5], [-5, -4, -3, -2, -1]);
  t.deepEqual(valuesOf({ op: "MaxPool", inputs: [x], attributes: { kernel_shape: ints(3), pads: ints(1, 1), strides: ints(2) } }), [-4, -2, -1]);
  t.deepEqual(valuesOf({ op: "MaxPool", inputs: [x], attributes: { kernel_shape: ints(2), strides: ints(2) } }), [-4, -2]);
  t.deepEqual(valuesOf({ op: "MaxPool", inputs: [x], attributes: { kernel_shape: ints(2), strides: ints(2), ceil_mode: int(1) } }), [-4, -2, -1]);
  t.throws(() => runNode({ op: "MaxPool", inputs: [x], attributes: { kernel_shape: ints(2) }, outputs: 3 }), { instanceOf: Refusal, message: /outputs/ });
});

test("MaxPool: Indices are of the first greatest element, counted in either order", (t) => {
  const x = f32([1, 2, 2, 2], [1, 3, 3, 0, NaN, 7, 5, 6]);
  const of = (storage_order: number) => runNode({ op: "MaxPool", inputs: [x], attributes: { kernel_shape: ints(2, 2), storage_order: int(storage_order) }, outputs: 2 })[1]?.data;
  t.deepEqual([...of(0) ?? []], [1n, -1n]);
  t.deepEqual([...of(1) ?? []], [2n, -1n]);
});

test("AveragePool: counts what the window covers", (t) => {
  const inputs = [counting([1, 1, 5], 1)];
  const attributes = { kernel_shape: ints(3), pads: ints(1, 1) };
  t.deepEqual(valuesOf({ op: "AveragePool", inputs, attributes }), [1.5, 2, 3, 4, 4.5]);
  t.deepEqual(valuesOf({ op: "AveragePool", inputs, attributes: { ...attributes, count_include_pad: int(1) } }), [1, 2, 3, 4, 3]);
});

test("AveragePool: with ceil_mode only input and declared padding count", (t) => {
  const inputs = [counting([1, 1, 4], 1)];
  const attributes = { kernel_shape: ints(3), strides: ints(2), ceil_mode: int(1) };
  t.deepEqual(valuesOf({ op: "AveragePool", inputs, attributes }), [2, 3.5]);
  t.deepEqual(valuesOf({ op: "AveragePool", inputs, attributes: { ...attributes, count_include_pad: int(1) } }), [2, 3.5]);
});

test("AveragePool: a corner counts rows times columns", (t) => {
  const inputs = [f32([1, 1, 3, 3], [9, 9, 9, 9, 9, 9, 9, 9, 9])];
  const attributes = { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) };
  t.deepEqual(valuesOf({ op: "AveragePool", inputs, attributes }), [9, 9, 9, 9, 9, 9, 9, 9, 9]);
  t.deepEqual(valuesOf({ op: "AveragePool", inputs, attributes: { ...attributes, count_include_pad: int(1) } }), [4, 6, 4, 6, 9, 6, 4, 6, 4]);
});

test("Softmax: along one axis since opset 13, over a flattened rest before", (t) => {
  const inputs = [f32([1, 2, 2], [5, 5, 5, 5])];
  t.deepEqual(valuesOf({ op: "Softmax", inputs }), [0.5, 0.5, 0.5, 0.5]);
  t.deepEqual(valuesOf({ op: "Softmax", inputs, opset: 11 }), [0.25, 0.25, 0.25, 0.25]);
  t.deepEqual(normalFormOf({ op: "Softmax", inputs, opset: 11, attributes: { axis: int(-1) } }).attributes, { axes: [2] });
});

test("Softmax: large inputs do not overflow, an infinite one gives NaN", (t) => {
  t.deepEqual(valuesOf({ op: "Softmax", inputs: [f32([2], [1000, 1000])] }), [0.5, 0.5]);
  t.deepEqual(valuesOf({ op: "Softmax", inputs: [f32([2], [0, -Infinity])] }), [1, 0]);
  t.deepEqual(valuesOf({ op: "Softmax", inputs: [f32([2], [Infinity, 0])] }), [NaN, NaN]);
});

test("Tanh: exact where it is exact", (t) => {
  t.deepEqual(valuesOf({ op: "Tanh", inputs: [f32([4], [-0, Infinity, -Infinity, NaN])] }), [-0, 1, -1, NaN]);
});

test("Cast: truncates and saturates, keeps low bits, rounds to nearest even", (t) => {
  const to = (type: number) => ({ to: int(type) });
  t.deepEqual(valuesOf({ op: "Cast", inputs: [f32([5], [1.9, -1.9, 300, -300, NaN])], attributes: to(3) }), [1, -1, 127, -128, 0]);
  t.deepEqual(valuesOf({ op: "Cast", inputs: [tensor("i32", [2], [257, -1])], attributes: to(2) }), [1, 255]);
  t.deepEqual(valuesOf({ op: "Cast", inputs: [tensor("i64", [1], [2n ** 24n + 1n])], attributes: to(1) }), [2 ** 24]);
  t.deepEqual(valuesOf({ op: "Cast", inputs: [f32([3], [0, -0, 0.5])], attributes: to(9) }), [0, 0, 1]);
  t.throws(() => runNode({ op: "Cast", inputs: [f32([1], [1])], attributes: to(17) }), { instanceOf: Refusal, message: /f8e4m3fn/ });
});

test("Reshape, Flatten, Transpose, Identity move elements only", (t) => {
  const x = counting([2, 3, 4]);
  const [reshaped] = runNode({ op: "Reshape", inputs: [x, i64s(0, -1, 2)], constants: [1] });
  t.deepEqual([reshaped?.shape, [...reshaped?.data ?? []]], [[2, 6, 2], [...x.data]]);
  t.deepEqual(runNode({ op: "Flatten", inputs: [x], attributes: { axis: int(-1) } })[0]?.shape, [6, 4]);
  t.deepEqual(runNode({ op: "Flatten", inputs: [x], attributes: { axis: int(0) } })[0]?.shape, [1, 24]);
  t.deepEqual(valuesOf({ op: "Transpose", inputs: [counting([2, 3])] }), [0, 3, 1, 4, 2, 5]);
  const [turned] = runNode({ op: "Transpose", inputs: [x], attributes: { perm: ints(2, 0, 1) } });
  t.deepEqual([turned?.shape, turned?.data[1], turned?.data[6]], [[4, 2, 3], 4, 1]);
  t.deepEqual(valuesOf({ op: "Identity", inputs: [f32([2], [-0, NaN])] }), [-0, NaN]);
});
