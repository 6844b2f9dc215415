/** The evaluator of meanings: order, skipping, rounding, bounds. */
import test from "ava";
import { atLeast, literal, minus, shift, times, variable, zero } from "../../ir/loop/index-expr.js";
import { assertMeaning } from "../../ir/tensor/assert.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import {
  type Meaning, type TensorExpr, acc, at, constant, fold, op, pointwise, select, stage, stageAt,
} from "../../ir/tensor/meaning.js";
import { f32, tensor } from "./support.js";

const k = variable("k");

function scalar(value: TensorExpr): Meaning {
  return pointwise({ type: "f32", shape: [] }, () => value);
}

test("eval: a fold is sequential and lexicographic", (t) => {
  // acc ↦ 2·acc + x tells the order of its summands: 1, 2, 3, 4 gives 8 + 8 + 6 + 4.
  const step = op("add.f32", op("mul.f32", constant("f32", 2), acc), at(0, variable("j"), k));
  const over = [{ name: "j", extent: 2 }, { name: "k", extent: 2 }];
  const [y] = evalMeaning(scalar(fold(over, [], constant("f32", 0), step)), [f32([2, 2], [1, 2, 3, 4])], "separate");
  t.deepEqual([...y?.data ?? []], [26]);
});

test("eval: points that fail a condition are skipped, even where the read would leave the tensor", (t) => {
  const e = fold([{ name: "k", extent: 4 }], [atLeast(shift(k, -2), zero)], constant("f32", -0), op("add.f32", acc, at(0, shift(k, -2))));
  const [y] = evalMeaning(scalar(e), [f32([2], [-0, -0])], "separate");
  t.true(Object.is(y?.data[0], -0), "adding the skipped points as +0 would give +0");
});

test("eval: a fold of no point gives its start", (t) => {
  const e = fold([{ name: "k", extent: 3 }], [atLeast(k, literal(3))], constant("f32", 7), op("add.f32", acc, at(0, k)));
  t.deepEqual([...evalMeaning(scalar(e), [f32([3], [1, 2, 3])], "separate")[0]?.data ?? []], [7]);
});

test("eval: muladd rounds twice or once as the contract says", (t) => {
  // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴; the last term is lost when the product is rounded on its own.
  const x = 1 + 2 ** -12;
  const e = fold([{ name: "k", extent: 1 }], [], constant("f32", -1), op("muladd.f32", acc, at(0, k), at(0, k)));
  const result = (contract: "separate" | "fused") => evalMeaning(scalar(e), [f32([1], [x])], contract)[0]?.data[0];
  t.is(result("separate"), 2 ** -11);
  t.is(result("fused"), 2 ** -11 + 2 ** -24);
});

test("eval: stages see earlier stages, selections choose by position", (t) => {
  const type = { type: "f32", shape: [3] } as const;
  const double = stage("double", type, (p) => op("add.f32", at(0, ...p), at(0, ...p)), "d");
  const y = stage("y", type, ([o = zero]) => select([atLeast(o, literal(1))], stageAt("double", shift(o, -1)), constant("f32", -1)));
  const meaning: Meaning = { stages: [double, y], outputs: ["y", "double"] };
  const [first, second] = evalMeaning(meaning, [f32([3], [1, 2, 3])], "separate");
  t.deepEqual([...first?.data ?? []], [-1, 2, 4]);
  t.deepEqual([...second?.data ?? []], [2, 4, 6]);
});

test("eval: 64-bit integers are exact", (t) => {
  const meaning = pointwise({ type: "i64", shape: [1] }, ([o = zero]) => op("addw.i64", at(0, o), { kind: "index", index: shift(o, 1) }));
  const [y] = evalMeaning(meaning, [tensor("i64", [1], [2n ** 53n])], "separate");
  t.deepEqual([...y?.data ?? []], [2n ** 53n + 1n]);
});

test("eval: a read outside of a tensor is an error, also where the address would fall inside", (t) => {
  const wrong = pointwise({ type: "f32", shape: [2, 2] }, ([i = zero, j = zero]) => at(0, i, shift(j, 1)));
  t.throws(() => evalMeaning(wrong, [f32([2, 2], [1, 2, 3, 4])], "separate"), { instanceOf: RangeError });
});

test("assert: what lowering relies on is refused when it does not hold", (t) => {
  const x = { type: "f32", shape: [4] } as const;
  const wrong = (value: TensorExpr, message: RegExp): void => {
    const meaning = { stages: [{ name: "y", ...x, axes: ["o"], value }], outputs: ["y"] };
    t.throws(() => assertMeaning(meaning, [x], [x]), { message });
  };
  const o = variable("o");
  const sum = (name: string, step: TensorExpr): TensorExpr => fold([{ name, extent: 2 }], [], constant("f32", 0), step);
  wrong(at(0, variable("q")), /not in scope/);
  wrong(at(0, o, o), /indices for rank/);
  wrong(op("add.f64", at(0, o), at(0, o)), /takes f64/);
  wrong(op("lt.f32", at(0, o), at(0, o)), /value of bool/);
  wrong(sum("k", sum("l", acc)), /fold in a fold|stands in a fold/);
  wrong(sum("o", at(0, o)), /declared twice/);
  wrong(op("neg.f32", select([atLeast(o, zero)], at(0, o), at(0, o))), /below an operator/);
  wrong(select([atLeast(o, zero), atLeast(zero, o)], at(0, o), at(0, o)), /single inequality/);
  wrong(select([{ kind: "eq", index: minus(o, times(o, 2)) }], at(0, o), at(0, o)), /single inequality/);
  wrong(acc, /missing fold/);
});
