/** Recurrences of meanings: the order in which stages take turns, and what they may read of each other. */
import test from "ava";
import { type IndexExpr, atLeast, literal, minus, shift, times, zero } from "../../ir/loop/index-expr.js";
import { assertMeaning } from "../../ir/tensor/assert.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import { type Meaning, type Stage, type TensorExpr, at, constant, op, recurrence, runsOf, select, stage, stageAt } from "../../ir/tensor/meaning.js";
import { f32 } from "./support.js";

const type = { type: "f32", shape: [4] } as const;

/** A stage over the steps 0 … 3; `before` is read at the step before, `first` at step 0. */
function over(name: string, value: (step: IndexExpr) => TensorExpr): Stage {
  return stage(name, type, ([step = zero]) => value(step), name);
}

function before(name: string, step: IndexExpr, first: TensorExpr): TensorExpr {
  return select([atLeast(step, literal(1))], stageAt(name, shift(step, -1)), first);
}

const add = (a: TensorExpr, b: TensorExpr): TensorExpr => op("add.f32", a, b);
const one = constant("f32", 1);

/** a[t] = b[t − 1] (1 at first), b[t] = a[t] + x[t]. */
const pair = recurrence("steps", over("a", (step) => before("b", step, one)), over("b", (step) => add(stageAt("a", step), at(0, step))));

test("recurrence: stages take turns, each step seeing the one before", (t) => {
  const meaning: Meaning = { stages: pair, outputs: ["b", "a"] };
  assertMeaning(meaning, [type], [type, type]);
  const [b, a] = evalMeaning(meaning, [f32([4], [10, 20, 30, 40])], "separate");
  t.deepEqual([[...a?.data ?? []], [...b?.data ?? []]], [[1, 11, 31, 61], [11, 31, 61, 101]]);
});

test("recurrence: a stage may read itself, and any stage two steps back", (t) => {
  const fibonacci = recurrence("f", over("f", (step) => select([atLeast(step, literal(2))],
    op("add.f32", stageAt("f", shift(step, -1)), stageAt("f", shift(step, -2))), one)));
  const meaning: Meaning = { stages: fibonacci, outputs: ["f"] };
  assertMeaning(meaning, [], [type]);
  t.deepEqual([...evalMeaning(meaning, [], "separate")[0]?.data ?? []], [1, 1, 2, 3]);
});

test("recurrence: later stages read all of it, and two recurrences stand apart", (t) => {
  const again = recurrence("more", over("d", (step) => stageAt("b", minus(literal(3), step))));
  const meaning: Meaning = { stages: [...pair, ...again], outputs: ["d"] };
  assertMeaning(meaning, [type], [type]);
  t.deepEqual(runsOf(meaning).map((run) => run.map(({ name }) => name)), [["a", "b"], ["d"]]);
  t.deepEqual([...evalMeaning(meaning, [f32([4], [10, 20, 30, 40])], "separate")[0]?.data ?? []], [101, 61, 31, 11]);
});

/** What each meaning does that no order of computation allows, or no evaluator expects. */
const refused: readonly (readonly [what: string, message: RegExp, stages: readonly Stage[]])[] = [
  ["reads itself at the same step", /b of the recurrence is read before/, recurrence("r", over("b", (step) => stageAt("b", step)))],
  ["reads a later stage at the same step", /b of the recurrence is read before/, recurrence("r", over("a", (step) => stageAt("b", step)), over("b", () => one))],
  ["reads a stage at a later step", /a of the recurrence is read before/, recurrence("r", over("a", () => one), over("b", (step) => stageAt("a", shift(step, 1))))],
  ["reads a stage at a step counted from the end", /a of the recurrence is read before/, recurrence("r", over("a", () => one), over("b", (step) => stageAt("a", minus(literal(3), step))))],
  ["reads a stage at a multiple of the step", /a of the recurrence is read before/, recurrence("r", over("a", () => one), over("b", (step) => stageAt("a", times(step, 2))))],
  ["reads a stage at a literal step", /b of the recurrence is read before/, recurrence("r", over("a", () => stageAt("b", literal(0))), over("b", () => one))],
  ["has two extents", /different first extents/, recurrence("r", over("a", () => one), stage("b", { type: "f32", shape: [3] }, () => one, "b"))],
  ["is interrupted", /do not stand together/, [...recurrence("r", over("a", () => one)), over("m", () => one), ...recurrence("r", over("b", () => one))]],
  ["is no recurrence", /missing stage b/, [over("a", (step) => before("b", step, one)), over("b", () => one)]],
];

for (const [what, message, stages] of refused) {
  test(`recurrence: a meaning is refused where it ${what}`, (t) => {
    t.throws(() => assertMeaning({ stages, outputs: ["a"] }, [], [type]), { message });
  });
}

test("recurrence: a read before the first step is an error", (t) => {
  const stages = recurrence("r", over("a", (step) => stageAt("a", shift(step, -1))));
  assertMeaning({ stages, outputs: ["a"] }, [], [type]);
  t.throws(() => evalMeaning({ stages, outputs: ["a"] }, [], "separate"), { instanceOf: RangeError });
});
