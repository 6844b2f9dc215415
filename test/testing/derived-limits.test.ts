/** Limits derived from the proven error: what they are, what they let pass and what they do not. */
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { agreementWithin } from "../../src/testing/compare.js";
import { derivedLimits } from "../../src/testing/derived-limits.js";
import { importModel } from "../../src/onnx/import.js";
import { floats, graph, int64s, model, node, value } from "../support/onnx-model.js";
import { folderFor, modelIn } from "../cli/support.js";
import type { ExecutionContext } from "ava";

/** One node on x[4, 8]; `more` are its further inputs. */
function graphOf(t: ExecutionContext, op: string, more: readonly ReturnType<typeof floats>[] = [], columns = 8): Graph {
  const names = more.map((tensor) => String(tensor["name"]));
  const bytes = model(graph([node(op, ["x", ...names], ["y"])], { input: [value("x", [4, 8])], output: [value("y", [4, columns])], initializer: more }));
  return importModel(modelIn(folderFor(t), bytes)).graph;
}

function wave(length: number): readonly number[] {
  return Array.from({ length }, (_, k) => Math.fround(Math.sin(1 + 3.7 * k)));
}

function run(of: Graph, x: Tensor): Tensor {
  return present(evalGraph(of, new Map([["x", x]]), "separate").get("y"), "y");
}

const x = tensorOf("f32", [4, 8], wave(32));

test("derived limits: a product of matrices gets a limit per element, which a wrong sum exceeds", (t) => {
  const of = graphOf(t, "MatMul", [floats("w", [8, 3], wave(24))], 3);
  const found = derivedLimits(of, [x], "separate");
  const limits = present(found.kind === "derived" ? found.limits.get("y") : undefined, "limits");
  t.true(limits.every((limit) => limit > 0 && limit < 1e-5));
  const y = run(of, x);
  const moved = (by: number): Tensor => tensorOf("f32", y.shape, Array.from({ length: y.data.length }, (_, k) => Number(y.data[k]) + by));
  t.true(agreementWithin(moved(0), y, (k) => limits[k] ?? 0).within);
  t.true(agreementWithin(moved(Math.min(...limits) / 4), y, (k) => limits[k] ?? 0).within);
  t.false(agreementWithin(moved(3 * Math.max(...limits)), y, (k) => limits[k] ?? 0).within);
});

test("derived limits: what rounds nowhere is compared exactly, the sign of zero included", (t) => {
  const of = graphOf(t, "Relu");
  const found = derivedLimits(of, [x], "separate");
  const limits = present(found.kind === "derived" ? found.limits.get("y") : undefined, "limits");
  t.true(limits.every((limit) => limit === 0));
  const [plus, minus] = [tensorOf("f32", [1], [0]), tensorOf("f32", [1], [-0])];
  t.false(agreementWithin(plus, minus, () => 0).within);
  t.true(agreementWithin(minus, minus, () => 0).within);
  const nan = tensorOf("f32", [1], [NaN]);
  t.true(agreementWithin(nan, nan, () => 0).within);
  t.false(agreementWithin(nan, plus, () => Infinity).within);
});

test("derived limits: without a rule, or with values that are not finite, there are none and it is said why", (t) => {
  const without = derivedLimits(graphOf(t, "Erf"), [x], "separate");
  t.regex(without.kind === "none" ? without.why : "", /erf/);
  const infinite = derivedLimits(graphOf(t, "Relu"), [tensorOf("f32", [4, 8], wave(32).with(3, Infinity))], "separate");
  t.regex(infinite.kind === "none" ? infinite.why : "", /not finite/);
});

test("derived limits: a recurrence has none, as a refusal and not as a broken promise", (t) => {
  const found = derivedLimits(graphOf(t, "CumSum", [int64s("axis", [1])]), [x], "separate");
  t.regex(found.kind === "none" ? found.why : "", /recurrence/);
});

test("derived limits: a constant that import computed is as far off as it was rounded", (t) => {
  const [a, b] = [floats("a", [8], wave(8)), floats("b", [8], wave(8).map((value) => Math.fround(value / 3)))];
  const folded = importModel(modelIn(folderFor(t), model(graph([node("Mul", ["a", "b"], ["c"]), node("Add", ["x", "c"], ["y"])], { input: [value("x", [4, 8])], output: [value("y", [4, 8])], initializer: [a, b] })))).graph;
  const product = wave(8).map((each) => Math.fround(each * Math.fround(each / 3)));
  const given = graphOf(t, "Add", [floats("c", [8], product)]);
  t.is(folded.nodes.length, 1, "the product is a constant");
  const limitsOf = (of: Graph): Float64Array => {
    const found = derivedLimits(of, [x], "separate");
    return present(found.kind === "derived" ? found.limits.get("y") : undefined, "limits");
  };
  const [counted, uncounted] = [limitsOf(folded), limitsOf(given)];
  const distance = wave(8).map((each, k) => Math.abs(present(product[k], "product") - each * Math.fround(each / 3)));
  t.true(distance.some((each) => each > 0));
  t.true(counted.every((limit, k) => limit >= present(uncounted[k], "limit") + 2 * present(distance[k % 8], "distance") * (1 - 2 ** -20)));
});
