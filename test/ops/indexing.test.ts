/** Operators that look elements up or rank them, where the node tests say nothing: positions that do not exist, ties, NaN. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { counting, f32, i64s, int, ints, runNode, tensor, text, valuesOf } from "./support.js";

test("Gather, GatherElements, GatherND: negative indices count from the end, one that does not exist gives 0", (t) => {
  const x = counting([3], 5);
  t.deepEqual(valuesOf({ op: "Gather", inputs: [x, i64s(2, -3, 3, -4)] }), [7, 5, 0, 0]);
  t.deepEqual(valuesOf({ op: "GatherElements", inputs: [x, i64s(2, -3, 3)] }), [7, 5, 0]);
  t.deepEqual(valuesOf({ op: "GatherND", inputs: [counting([2, 2]), tensor("i64", [3, 2], [0n, 1n, -1n, 0n, 2n, 0n])] }), [1, 2, 0]);
  t.deepEqual(runNode({ op: "Gather", inputs: [counting([2, 3]), tensor("i32", [], [1])], attributes: { axis: int(1) } })[0]?.shape, [2]);
});

test("ScatterElements, ScatterND: updates in order, a reduction from what was there, one for no element is left out", (t) => {
  const x = f32([3], [1, 2, 3]);
  const elements = (reduction: string, indices: readonly number[], updates: readonly number[]) =>
    valuesOf({ op: "ScatterElements", inputs: [x, i64s(...indices), f32([updates.length], updates)], attributes: { reduction: text(reduction) } });
  t.deepEqual(elements("none", [0, 0, 3], [7, 8, 9]), [8, 2, 3]);
  t.deepEqual(elements("add", [-1, -1], [2 ** 24, 1]), [1, 2, 2 ** 24 + 4]);
  t.deepEqual(elements("max", [1], [NaN]), [1, NaN, 3]);
  t.deepEqual(valuesOf({ op: "ScatterND", inputs: [counting([2, 2]), tensor("i64", [2, 1], [1n, 5n]), f32([2, 2], [7, 8, 9, 9])] }), [0, 1, 7, 8]);
  t.throws(() => elements("mean", [0], [0]), { instanceOf: Refusal, message: /reduction = mean/ });
});

test("TopK: of equal elements the first, NaN is the greatest, more than there are is refused", (t) => {
  const top = (values: readonly number[], k: number, largest: number) => runNode({
    op: "TopK", inputs: [f32([values.length], values), i64s(k)], constants: [1], attributes: { largest: int(largest) }, outputs: 2,
  }).map(({ data }) => [...data]);
  t.deepEqual(top([1, NaN, 3, 1, 0], 4, 1), [[NaN, 3, 1, 1], [1n, 2n, 0n, 3n]]);
  t.deepEqual(top([-0, 0, NaN, -1], 3, 0), [[-1, -0, 0], [3n, 0n, 1n]]);
  t.throws(() => top([1], 2, 1), { instanceOf: Refusal, message: /no 2 elements/ });
});

test("OneHot, Hardmax, ReverseSequence", (t) => {
  const hot = { op: "OneHot", inputs: [i64s(-1, 2, -4, 0), i64s(3), f32([2], [5, 6])], constants: [1] };
  t.deepEqual(valuesOf(hot), [5, 5, 6, 5, 5, 6, 5, 5, 5, 6, 5, 5]);
  t.deepEqual(valuesOf({ op: "Hardmax", inputs: [f32([3, 3], [1, 2, 2, -0, 0, -1, NaN, 1, 2])] }), [0, 1, 0, 1, 0, 0, 0, 0, 0]);
  t.deepEqual(valuesOf({ op: "Hardmax", opset: 11, inputs: [f32([1, 2, 2], [1, 2, 3, 0])] }), [0, 0, 1, 0]);
  t.deepEqual(valuesOf({ op: "ReverseSequence", inputs: [counting([3, 2]), i64s(3, 1)] }), [4, 1, 2, 3, 0, 5]);
});

test("TensorScatter: circular caches begin again", (t) => {
  const of = (mode: string) => valuesOf({ op: "TensorScatter", opset: 24, inputs: [f32([1, 3, 1], [1, 2, 3]), f32([1, 2, 1], [8, 9]), i64s(2)], attributes: { mode: text(mode) } });
  t.deepEqual(of("circular"), [9, 2, 8]);
  t.deepEqual(of("linear"), [1, 2, 8]);
});

test("MaxUnpool, Col2Im: elements go back to where they came from", (t) => {
  const window = { kernel_shape: ints(2), strides: ints(2) };
  t.deepEqual(valuesOf({ op: "MaxUnpool", inputs: [f32([1, 1, 2], [5, 6]), tensor("i64", [1, 1, 2], [1n, 2n])], attributes: window }), [0, 5, 6, 0]);
  const image = { op: "Col2Im", inputs: [counting([1, 2, 2], 1), i64s(5), i64s(2)], constants: [1, 2], attributes: { strides: ints(2), dilations: ints(2) } };
  t.deepEqual(valuesOf(image), [1, 0, 5, 0, 4]);
});
