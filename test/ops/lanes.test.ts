/** Evaluation by rows against the plain evaluator: every way in which conditions, indices and folds can depend on the lane. */
import test from "ava";
import { type Condition, type IndexExpr, atLeast, below, equals, floordiv, literal, minus, mod, plus, shift, times, variable, zero } from "../../ir/loop/index-expr.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import { type Lanes, mulAddF32 } from "../../ir/tensor/eval-lane-loops.js";
import { type TensorExpr, acc, at, constant, fold, op, pointwise, select } from "../../ir/tensor/meaning.js";
import { bothWays, f32, tensor } from "./support.js";

const j = variable("j");
const x = f32([40], Array.from({ length: 40 }, (_, n) => Math.fround(Math.sin(n) * 2 ** (n % 7))));

function row(length: number, value: (k: IndexExpr) => TensorExpr): readonly (number | bigint)[] {
  const meaning = pointwise({ type: "f32", shape: [length] }, (point) => value(point[0] ?? zero));
  return [...bothWays(meaning, [x], "separate")[0]?.data ?? []];
}

const sum = (where: readonly Condition[], of: TensorExpr): TensorExpr => fold([{ name: "j", extent: 5 }], where, constant("f32", -0), op("add.f32", acc, of));

test("lanes: conditions that open and close with the lane leave out the same elements", (t) => {
  const inside = (e: IndexExpr): Condition[] => [atLeast(e, zero), below(e, 40)];
  for (const step of [1, 2, -1, -3, 7]) {
    const e = (k: IndexExpr): IndexExpr => shift(plus(times(k, step), times(j, 2)), -3);
    t.is(row(40, (k) => sum(inside(e(k)), at(0, e(k)))).length, 40);
  }
  t.true(Object.is(row(40, (k) => sum([atLeast(shift(k, -39), zero)], at(0, j)))[0], -0), "a sum of nothing is its start");
});

test("lanes: an equation holds at one lane, at all or at none", (t) => {
  t.deepEqual(row(8, (k) => select([equals(times(k, 2), literal(6))], constant("f32", 1), constant("f32", 0))), [0, 0, 0, 1, 0, 0, 0, 0]);
  t.deepEqual(row(4, (k) => select([equals(times(k, 2), literal(3))], constant("f32", 1), constant("f32", 0))), [0, 0, 0, 0]);
  t.deepEqual(row(4, () => select([equals(zero, zero)], constant("f32", 1), constant("f32", 0))), [1, 1, 1, 1]);
});

test("lanes: a selection in the middle leaves both sides to the other branch", (t) => {
  const middle = (k: IndexExpr): Condition[] => [atLeast(shift(k, -3), zero), below(k, 6)];
  t.deepEqual(row(9, (k) => select(middle(k), constant("f32", 1), at(0, zero))), [0, 0, 0, 1, 1, 1, 0, 0, 0]);
  t.is(row(9, (k) => sum([], select(middle(k), op("mul.f32", acc, at(0, k)), op("add.f32", acc, at(0, j))))).length, 9);
});

test("lanes: indices that do not move evenly are read one by one, conditions of that kind element by element", (t) => {
  t.deepEqual(row(40, (k) => at(0, plus(times(floordiv(k, 4), 4), minus(literal(3), mod(k, 4))))).slice(0, 4), [3, 2, 1, 0].map((k) => x.data[k] ?? NaN));
  t.is(row(40, (k) => select([equals(mod(k, 2), zero)], at(0, k), constant("f32", 0)))[1], 0);
});

test("lanes: an accumulator inside a fold inside a fold is that of the inner one", (t) => {
  const inner = (k: IndexExpr): TensorExpr => fold([{ name: "i", extent: 3 }], [], acc, op("add.f32", acc, op("mul.f32", at(0, k), at(0, variable("i")))));
  t.is(row(10, (k) => fold([{ name: "j", extent: 4 }], [], at(0, k), op("sub.f32", inner(k), at(0, j)))).length, 10);
});

test("lanes: rows longer than the lanes at a time, and lanes along an axis that is not the last", (t) => {
  const long = tensor("i8", [2500], Array.from({ length: 2500 }, (_, n) => (n % 251) - 125));
  const widened = pointwise({ type: "i32", shape: [2500] }, ([k = zero]) => op("mul.i32", op("cast.i8.i32", at(0, minus(literal(2499), k))), constant("i32", 0)));
  t.true(Object.is(bothWays(widened, [long], "separate")[0]?.data[0], 0));
  const columns = pointwise({ type: "f32", shape: [3, 8, 2] }, ([a = zero, b = zero, c = zero]) => at(0, plus(plus(times(a, 13), b), times(c, 3))));
  t.is(bothWays(columns, [x], "fused")[0]?.data.length, 48);
});

test("lanes: functions of f64, which have 64-bit integers inside, and those of f16", (t) => {
  const values = [-0, 0.5, 1e300, -3, Infinity, NaN];
  const doubles = tensor("f64", [6], values);
  for (const name of ["exp", "log", "sin", "erf", "tanh"]) {
    const meaning = pointwise({ type: "f64", shape: [6] }, ([i = zero]) => op(`${name}.f64`, at(0, i)));
    t.is(bothWays(meaning, [doubles], "separate")[0]?.data.length, 6, name);
  }
  const power = pointwise({ type: "f64", shape: [6] }, ([i = zero]) => op("pow.f64", at(0, i), constant("f64", 3)));
  t.is(bothWays(power, [doubles], "separate")[0]?.data[3], -27);
  const halved = pointwise({ type: "f16", shape: [6] }, ([i = zero]) => op("cast.f64.f16", at(0, i)));
  t.deepEqual([...bothWays(halved, [doubles], "separate")[0]?.data ?? []], [0x8000, 0x3800, 0x7c00, 0xc200, 0x7c00, 0x7e00]);
});

test("lanes: what is an error of the plain evaluator is one here", (t) => {
  const far = pointwise({ type: "f32", shape: [8] }, ([k = zero]) => at(0, times(k, 7)));
  t.throws(() => evalMeaning(far, [x], "separate"), { instanceOf: RangeError });
  const product = pointwise({ type: "i32", shape: [8] }, () => op("mul.i32", at(0, zero), at(0, zero)));
  t.throws(() => bothWays(product, [tensor("i32", [1], [2 ** 20])], "separate"), { message: /has no result in its type/ });
  const sums = pointwise({ type: "i32", shape: [8] }, ([k = zero]) => op("add.i32", at(0, k), at(0, zero)));
  t.throws(() => evalMeaning(sums, [tensor("i32", [8], [2 ** 30, 0, 0, 0, 0, 0, 0, 2 ** 30])], "separate"), { message: /has no result in its type/ });
});

test("lanes: the comparison of the two evaluators sees a product that is rounded once", (t) => {
  const [a, b] = [Math.fround(1 + 2 ** -12), Math.fround(1 + 2 ** -13)];
  const lanes = (value: number): Lanes => ({ data: Float64Array.of(value), step: 0, place: { at: 0 }, run: () => undefined });
  const out = new Float64Array(1);
  mulAddF32(out, lanes(-1), lanes(a), lanes(b), { from: 0, to: 1 });
  t.is(out[0], Math.fround(Math.fround(a * b) - 1));
  t.not(out[0], Math.fround(a * b - 1));
});
