/** ArgMax, ArgMin, CumSum, Trilu, Range and ConvTranspose on values that tell their rules apart. */
import test from "ava";
import { randomFrom, randomTensor } from "../loop/support.js";
import { refuses } from "../support/refusals.js";
import { type NodeCase, counting, f32, i64s, int, ints, runNode, tensor, text, valuesOf } from "./support.js";

test("ArgMax and ArgMin: the first of several or the last, zeros being equal, 0 where there is a NaN", (t) => {
  const x = f32([3, 4], [1, 5, 5, 2, -0, 0, -1, 0, 3, NaN, 9, 1]);
  const of = (op: string, last: number) => valuesOf({ op, inputs: [x], attributes: { axis: int(-1), keepdims: int(0), select_last_index: int(last) } });
  t.deepEqual(of("ArgMax", 0), [1n, 0n, 0n]);
  t.deepEqual(of("ArgMax", 1), [2n, 3n, 0n]);
  t.deepEqual(of("ArgMin", 0), [0n, 2n, 0n]);
  t.deepEqual(valuesOf({ op: "ArgMax", inputs: [tensor("u8", [2, 2], [7, 7, 3, 9])] }), [0n, 1n]);
});

test("CumSum: inclusive and exclusive, from either end, along any axis", (t) => {
  const of = (exclusive: number, reverse: number, axis = 1) => valuesOf({
    op: "CumSum", inputs: [f32([2, 3], [1, 2, 3, 4, 5, 6]), tensor("i32", [], [axis])], constants: [1], attributes: { exclusive: int(exclusive), reverse: int(reverse) },
  });
  t.deepEqual(of(0, 0), [1, 3, 6, 4, 9, 15]);
  t.deepEqual(of(1, 0), [0, 1, 3, 0, 4, 9]);
  t.deepEqual(of(0, 1), [6, 5, 3, 15, 11, 6]);
  t.deepEqual(of(1, 1), [5, 3, 0, 11, 6, 0]);
  t.deepEqual(of(0, 0, 0), [1, 2, 3, 5, 7, 9]);
  const rounding = valuesOf({ op: "CumSum", inputs: [f32([3], [2 ** 24, 1, 1]), i64s(0)], constants: [1] });
  t.deepEqual(rounding, [2 ** 24, 2 ** 24, 2 ** 24], "each sum rounds");
});

test("Trilu keeps its side of the diagonal", (t) => {
  const of = (upper: number, k: number) => valuesOf({ op: "Trilu", inputs: [counting([2, 3], 1), tensor("i64", [], [BigInt(k)])], constants: [1], attributes: { upper: int(upper) } });
  t.deepEqual(of(1, 0), [1, 2, 3, 0, 5, 6]);
  t.deepEqual(of(0, 0), [1, 0, 0, 4, 5, 0]);
  t.deepEqual([of(1, 1), of(0, -1)], [[0, 2, 3, 0, 0, 6], [0, 0, 0, 4, 0, 0]]);
});

test("Range is a constant", (t) => {
  const of = (...inputs: NodeCase["inputs"]) => valuesOf({ op: "Range", inputs, constants: [0, 1, 2] });
  t.deepEqual(of(f32([], [1]), f32([], [2]), f32([], [0.25])), [1, 1.25, 1.5, 1.75]);
  t.deepEqual(of(...[10n, 3n, -3n].map((value) => tensor("i64", [], [value]))), [10n, 7n, 4n]);
  t.deepEqual(of(...[3, 3, 1].map((value) => tensor("i32", [], [value]))), []);
  refuses(t, "dynamic-shape", () => runNode({ op: "Range", inputs: [f32([], [1]), f32([], [2]), f32([], [1])] }));
});

/** Every product x·w scattered to the output position it belongs to, in f64. */
function scattered(x: readonly number[], w: readonly number[], of: { readonly stride: number; readonly dilation: number; readonly pad: number; readonly extent: number }): readonly number[] {
  const y = new Array<number>(of.extent).fill(0);
  x.forEach((a, i) => w.forEach((b, k) => {
    const at = i * of.stride + k * of.dilation - of.pad;
    if (at >= 0 && at < of.extent) y[at] = (y[at] ?? 0) + a * b;
  }));
  return y;
}

test("ConvTranspose: strides, dilations, padding and output padding along one axis", (t) => {
  const x = counting([1, 1, 5], 1);
  for (const [stride, dilation, kernel, pad, more] of [[1, 1, 3, 0, 0], [2, 1, 3, 1, 1], [3, 1, 2, 0, 2], [2, 1, 4, 1, 0], [1, 2, 3, 2, 0], [4, 1, 3, 0, 0]] as const) {
    const w = counting([1, 1, kernel], 2);
    const attributes = { strides: ints(stride), dilations: ints(dilation), pads: ints(pad, pad), output_padding: ints(more) };
    const extent = stride * 4 + more + (kernel - 1) * dilation + 1 - 2 * pad;
    const expected = scattered(Array.from(x.data, Number), Array.from(w.data, Number), { stride, dilation, pad, extent });
    t.deepEqual(valuesOf({ op: "ConvTranspose", inputs: [x, w], attributes }), expected, JSON.stringify({ stride, dilation, kernel, pad, more }));
  }
});

test("ConvTranspose: groups and bias; stride and dilation along one axis", (t) => {
  const [x, w] = [f32([1, 2, 1], [2, 3]), f32([2, 2, 1], [1, 10, 100, 1000])];
  t.deepEqual(valuesOf({ op: "ConvTranspose", inputs: [x, w, f32([4], [0.5, 0, 0, 0])], attributes: { group: int(2) } }), [2.5, 20, 300, 3000]);
  t.deepEqual(valuesOf({ op: "ConvTranspose", inputs: [x, w] }), [302, 3020]);
  const [wide, kernel] = [randomTensor({ type: "f32", shape: [1, 1, 4] }, randomFrom(1)), randomTensor({ type: "f32", shape: [1, 1, 3] }, randomFrom(2))];
  const both = { strides: ints(2), dilations: ints(3), pads: ints(1, 0) };
  t.deepEqual(valuesOf({ op: "ConvTranspose", inputs: [f32([1, 1, 3], [1, 10, 100]), f32([1, 1, 2], [1, 2])], attributes: both }), [0, 10, 2, 100, 20, 0, 200]);
  const same = runNode({ op: "ConvTranspose", inputs: [wide, kernel], attributes: { strides: ints(2), auto_pad: text("SAME_UPPER") } });
  t.deepEqual(same[0]?.shape, [1, 1, 8]);
});
