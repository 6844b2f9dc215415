/** Det: determinants of small matrices, exact where every product and sum is. */
import test from "ava";
import { normaliseNode } from "../../src/onnx/normalise/index.js";
import { refuses } from "../support/refusals.js";
import { counting, f32, rawNodeOf, valuesOf } from "./support.js";

test("determinants of each size, over leading axes", (t) => {
  const of = (shape: readonly number[], values: readonly number[]): readonly unknown[] => valuesOf({ op: "Det", inputs: [f32(shape, values)] });
  t.deepEqual(of([1, 1], [-7]), [-7]);
  t.deepEqual(of([2, 2, 2], [1, 2, 3, 4, 0, 1, 1, 0]), [-2, -1]);
  t.deepEqual(of([3, 3], [2, 0, 1, 1, 3, 2, 1, 1, 4]), [18]);
  t.deepEqual(of([4, 4], [0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 5]), [-30]);
});

test("refusals: no square, too many rows", (t) => {
  t.regex(refuses(t, "shape-mismatch", () => normaliseNode(rawNodeOf({ op: "Det", inputs: [counting([2, 3])] }))).message, /no square/);
  t.regex(refuses(t, "attribute-value", () => normaliseNode(rawNodeOf({ op: "Det", inputs: [counting([5, 5])] }))).message, /5 rows/);
});
