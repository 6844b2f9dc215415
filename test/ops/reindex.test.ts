/** Row-major reinterpretation: right for every shape, and as simple as the shapes allow. */
import test from "ava";
import { evalIndex, variable } from "../../ir/loop/index-expr.js";
import { reindex } from "../../ir/ops/shared/reindex.js";
import { elementCount, stridesOf } from "../../ir/tensor/tensor.js";

function indexTexts(to: readonly number[], from: readonly number[]): readonly string[] {
  return reindex(to.map((_, axis) => variable(`o${axis}`)), to, from).map(({ text }) => text);
}

test("reindex: axes of extent 1 vanish", (t) => {
  t.deepEqual(indexTexts([8, 1, 5], [1, 8, 5]), ["0", "o0", "o2"]);
  t.deepEqual(indexTexts([1, 10], [1, 10, 1, 1]), ["0", "o1", "0", "0"]);
});

test("reindex: merging axes divides, splitting axes multiplies", (t) => {
  t.deepEqual(indexTexts([1, 512], [1, 8, 8, 8]), ["0", "floordiv(o1, 64)", "mod(floordiv(o1, 8), 8)", "mod(o1, 8)"]);
  t.deepEqual(indexTexts([8, 8, 8], [512]), ["64*o0 + 8*o1 + o2"]);
});

test("reindex: runs of equal product are matched on their own", (t) => {
  t.deepEqual(indexTexts([2, 3, 20], [6, 4, 5]), ["3*o0 + o1", "floordiv(o2, 5)", "mod(o2, 5)"]);
  t.deepEqual(indexTexts([4, 6], [8, 3]), ["floordiv(o1, 3) + 2*o0", "mod(o1, 3)"]);
});

test("reindex: no axis is divided that is not cut", (t) => {
  t.deepEqual(indexTexts([2, 3, 4], [2, 3, 4]), ["o0", "o1", "o2"]);
  t.deepEqual(indexTexts([], [1, 1]), ["0", "0"]);
});

const shapes = [
  [[6, 4], [3, 8]], [[2, 3, 4], [4, 3, 2]], [[12], [2, 2, 3]], [[2, 2, 3], [12]], [[5, 6, 2], [3, 20]], [[9, 4], [6, 6]],
  [[2, 9, 2], [4, 9]], [[1, 24, 1], [2, 1, 3, 4]], [[10, 12], [8, 15]],
] as const;

test("reindex: every element keeps its row-major position", (t) => {
  for (const [to, from] of shapes) {
    const names = to.map((_, axis) => `o${axis}`);
    const index = reindex(names.map(variable), to, from);
    const [outer, inner] = [stridesOf(to), stridesOf(from)];
    for (let position = 0; position < elementCount(to); position++) {
      const at = (name: string): number => Math.floor(position / (outer[names.indexOf(name)] ?? 1)) % (to[names.indexOf(name)] ?? 1);
      const values = index.map((e) => evalIndex(e, at));
      t.true(values.every((value, axis) => value >= 0 && value < (from[axis] ?? 0)), `${to.join()} from ${from.join()}`);
      t.is(values.reduce((sum, value, axis) => sum + value * (inner[axis] ?? 0), 0), position);
    }
  }
});
