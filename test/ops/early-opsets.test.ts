/** Opsets 1 to 6: operands placed at an axis, hints without meaning, and the forms that are refused. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { counting, f32, float, int, ints, runNode, valuesOf } from "./support.js";

const x = counting([1, 2, 2]);
const pair = f32([2], [10, 20]);

test("early opsets: an operand begins at the axis that is named, or ends with the other", (t) => {
  const add = (attributes: Record<string, ReturnType<typeof int>>) => valuesOf({ op: "Add", opset: 6, inputs: [x, pair], attributes });
  t.deepEqual(add({ broadcast: int(1), axis: int(1) }), [10, 11, 22, 23]);
  t.deepEqual(add({ broadcast: int(1), axis: int(-2) }), [10, 11, 22, 23]);
  t.deepEqual(add({ broadcast: int(1), axis: int(2) }), [10, 21, 12, 23]);
  t.deepEqual(add({ broadcast: int(1) }), [10, 21, 12, 23]);
  t.throws(() => add({ broadcast: int(1), axis: int(3) }), { instanceOf: Refusal, message: /axis = 3/ });
});

test("early opsets: a slope of PRelu is one per channel", (t) => {
  const prelu = (opset: number) => valuesOf({ op: "PRelu", opset, inputs: [f32([1, 2, 2], [-1, -1, -1, -1]), f32([2], [2, 3])] });
  t.deepEqual(prelu(6), [-2, -2, -3, -3]);
  t.deepEqual(prelu(7), [-2, -3, -2, -3]);
});

test("early opsets: consumed_inputs is a hint until opset 5, and unknown then", (t) => {
  const relu = (opset: number) => valuesOf({ op: "Relu", opset, inputs: [f32([2], [-1, 2])], attributes: { consumed_inputs: ints(0) } });
  t.deepEqual(relu(1), [0, 2]);
  t.deepEqual(relu(5), [0, 2]);
  t.throws(() => relu(6), { instanceOf: Refusal, message: /no attribute consumed_inputs/ });
});

test("early opsets: other forms are refused by name", (t) => {
  t.throws(() => runNode({ op: "Clip", opset: 5, inputs: [x], attributes: { max: float(1) } }), { instanceOf: Refusal, message: /Clip has another form before opset 6/ });
  t.throws(() => runNode({ op: "Sin", opset: 6, inputs: [x] }), { instanceOf: Refusal, message: /Sin exists since opset 7/ });
  t.throws(() => runNode({ op: "Dropout", opset: 6, inputs: [x] }), { instanceOf: Refusal, message: /is_test/ });
});
