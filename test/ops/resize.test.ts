/** Resize: how an axis is read, and what is refused; the values of all modes are those of the node tests. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { indexRuns } from "../../ir/ops/shared/index-runs.js";
import { variable } from "../../ir/loop/index-expr.js";
import { counting, f32, floats, i64s, runNode, text, valuesOf } from "./support.js";

test("Resize: indices are as few lines as can be", (t) => {
  const lines = (list: readonly number[]) => indexRuns([list]).map(({ start, end, index }) => `${start}–${end} ${index(variable("o"))[0]?.text}`);
  t.deepEqual(lines([0, 0, 1, 1, 2, 2]), ["0–6 floordiv(o, 2)"]);
  t.deepEqual(lines([0, 2, 4]), ["0–3 2*o"]);
  t.deepEqual(lines([0, 1, 3, 4, 6]), ["0–5 floordiv(3*o, 2)"]);
  t.deepEqual(lines([4, 4, 4]), ["0–3 4"]);
  t.deepEqual(lines([0, 0, 0, 1, 2, 3]), ["0–4 floordiv(o, 3)", "4–6 o - 2"]);
});

test("Resize: an axis that follows no lines is looked up", (t) => {
  const order = Array.from({ length: 60 }, (_, k) => (k * k) % 31);
  t.true(indexRuns([order]).length > 24);
  t.deepEqual(indexRuns([order]).map(({ start, end }) => end - start).reduce((sum, length) => sum + length, 0), 60);
});

test("Resize, Upsample: elements that do not change are read as they are", (t) => {
  const x = f32([1, 1, 2], [-0, NaN]);
  t.deepEqual(valuesOf({ op: "Resize", inputs: [x, null, f32([3], [1, 1, 2])], constants: [2] }), [-0, -0, NaN, NaN]);
  t.deepEqual(valuesOf({ op: "Upsample", opset: 9, inputs: [counting([1, 2]), f32([2], [2, 1])], constants: [1] }), [0, 1, 0, 1]);
  t.deepEqual(valuesOf({ op: "Upsample", opset: 7, inputs: [counting([1, 2])], attributes: { scales: floats(1, 2) } }), [0, 0, 1, 1]);
  t.deepEqual(runNode({ op: "Resize", inputs: [x, null, null, i64s(1, 1, 1)], constants: [3] })[0]?.shape, [1, 1, 1]);
  t.throws(() => runNode({ op: "Resize", inputs: [x, null, null, i64s(1, 1)], constants: [3] }), { instanceOf: Refusal, message: /needs 3/ });
  t.throws(() => runNode({ op: "Resize", inputs: [x, null, f32([3], [1, 1, 2])], constants: [2], attributes: { mode: text("area") } }), { instanceOf: Refusal, message: /mode = area/ });
});

test("Resize: a scale gives a length that may be a fraction, a float32 as in ONNX, and the extent is its floor", (t) => {
  const aligned = { mode: text("linear"), coordinate_transformation_mode: text("align_corners") };
  const resize = (extent: number, scale: number) => valuesOf({ op: "Resize", inputs: [counting([extent]), null, f32([1], [scale])], constants: [2], attributes: aligned });
  t.deepEqual(resize(5, 0.5), [0, Math.fround(4 / 1.5)], "2.5 positions");
  t.is(resize(10, Math.fround(0.7)).length, 7, "10 * 0.7 is 7 in float32, though 6.99999988 before rounding");
  const sized = valuesOf({ op: "Resize", inputs: [counting([5]), null, null, i64s(2)], constants: [3], attributes: aligned });
  t.deepEqual(sized, [0, 4]);
});
