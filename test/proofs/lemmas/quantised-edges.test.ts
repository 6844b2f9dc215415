/**
 * integer-quantised at the edges of its conditions: models in which the forms in floats and
 * in integers are not near each other, each of which is refused for that reason, or has no
 * distance.
 */
import test, { type ExecutionContext } from "ava";
import { Refusal } from "../../../ir/prelude.js";
import { networkDistance } from "../../../proofs/lemmas/quantised/network.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { type Fields, floats, node, value } from "../../support/onnx-model.js";
import { type Core, attribute, dequantised, flag, groupGraph, i8, tinyConv } from "./quantised-models.js";

const i64 = 7;

function refused(t: ExecutionContext, core: Core, why: RegExp): void {
  const error = t.throws(() => rewriteGraph(groupGraph(core), [{ lemma: "integer-quantised", node: "y" }]), { instanceOf: Refusal });
  t.is(error?.code, "lemma");
  t.regex(error?.message ?? "", why);
}

/** y[m, n] = Σ x[m, k]·w[n, k] + b, two rows, two columns. */
function gemm(bias: Fields): Core {
  const weights = dequantised("w", [i8, [2, 2], [17, -90, 101, 33]], [0.02]);
  return {
    nodes: [...weights.nodes, node("Gemm", ["x_f", "w", "b"], ["y_f"], { attribute: [flag("transB", 1)] })],
    initializer: [...weights.initializer, bias],
    x: { shape: [2, 2], scale: 0.1, zero: 3 }, y: { shape: [2, 2], scale: 0.05, zero: 0 },
  };
}

test("a bias per row is none per channel, though there may be as many rows as channels", (t) => {
  t.notThrows(() => rewriteGraph(groupGraph(gemm(floats("b", [1, 2], [1, -1]))), [{ lemma: "integer-quantised" }]));
  refused(t, gemm(floats("b", [2, 1], [1, -1])), /bias of y_f is no constant with one element per channel/);
});

test("a maximum over no element is −∞ in floats and the least value in integers: only behind the core are both the same", (t) => {
  const conv = tinyConv(1);
  const window = [attribute("kernel_shape", [1]), attribute("pads", [1, 1])];
  const before = [node("MaxPool", ["x_f"], ["m"], { attribute: window }), ...conv.nodes.map((each) => (each["op_type"] === "Conv" ? { ...each, input: ["m", "w", "b"] } : each))];
  refused(t, { ...conv, nodes: before, y: { ...conv.y, shape: [1, 2, 3] } }, /window of m .*in the padding/);
  const behind = [...conv.nodes.slice(0, -1), node("Relu", ["c"], ["r"]), node("MaxPool", ["r"], ["y_f"], { attribute: window })];
  t.notThrows(() => rewriteGraph(groupGraph({ ...conv, nodes: behind, y: { ...conv.y, shape: [1, 2, 3] } }), [{ lemma: "integer-quantised" }]));
});

test("a mean of so many elements that their sum could wrap", (t) => {
  const shape = [1, 1, 4096, 4096];
  refused(t, { nodes: [node("GlobalAveragePool", ["x_f"], ["y_f"])], x: { shape, scale: 0.1, zero: 3 }, y: { shape: [1, 1, 1, 1], scale: 0.1, zero: 3 } }, /sum of y_f may reach \d+, which 32 bits do not hold/);
});

test("scales of weights that are not positive, or far from 1", (t) => {
  for (const sw of [0, -0.1, 2 ** -60, Infinity, NaN]) refused(t, tinyConv(1, { sw: [0.1, sw], bias: [0, 0] }), /scale/);
});

test("three scales of which the factor would overflow", (t) => {
  refused(t, { ...tinyConv(1, { sx: 2 ** 49, sw: [2 ** 49, 2 ** 49], sy: 2 ** -49 }) }, /scale/);
});

test("a position is no quantised value: nothing bounds the second result of a MaxPool of what differs", (t) => {
  const pooled = [node("MaxPool", ["y"], ["z", "at"], { attribute: [attribute("kernel_shape", [2])] })];
  const before = groupGraph({ ...tinyConv(1, { padded: true }), behind: pooled, output: [value("z", [1, 2, 1], i8), value("at", [1, 2, 1], i64)] });
  const { graph: after, steps } = rewriteGraph(before, [{ lemma: "integer-quantised" }]);
  const { outputs } = networkDistance(before, after, steps.map((step) => step.node), "separate");
  t.deepEqual(outputs.map(({ name, distance }) => [name, distance === undefined]), [["y", false], ["z", false], ["at", true]]);
});
