/**
 * Quantised groups in integers: right rewritings are proved, and on all inputs of small
 * groups results are as far apart as is claimed, never further; wrong ones are refuted
 * by the claim that is there for it; what has no such form is refused with the reason.
 */
import test, { type ExecutionContext } from "ava";
import { evalGraph } from "../../../ir/graph/eval.js";
import type { Graph } from "../../../ir/graph/graph.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { type Tensor, elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import { justifyQuantised } from "../../../proofs/lemmas/quantised/justify.js";
import { numbersIn } from "../../../proofs/lemmas/quantised/group.js";
import { type NetworkDistance, networkDistance } from "../../../proofs/lemmas/quantised/network.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { type Fields, floats, node, value } from "../../support/onnx-model.js";
import { type Core, attribute, dequantised, flag, groupGraph, i8, integers, tinyConv, u8 } from "./quantised-models.js";

const request = [{ lemma: "integer-quantised" }] as const;

async function refutedIn(before: Graph, after: Graph, names: readonly string[]): Promise<readonly string[]> {
  const into = claims("lemmas");
  justifyQuantised(into, 0, before, after, names);
  const ledger = await discharge(into.obligations, { jobs: 1, solver: "z3" });
  return ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id.replace(/^lemmas\/B1\/0\./, ""));
}

interface Rewritten {
  readonly before: Graph;
  readonly after: Graph;
  readonly names: readonly string[];
  readonly distance: NetworkDistance;
}

async function rewritten(t: ExecutionContext, core: Core): Promise<Rewritten> {
  const before = groupGraph(core);
  const { graph: after, steps } = rewriteGraph(before, request);
  const names = steps.map((step) => step.node);
  t.deepEqual(await refutedIn(before, after, names), []);
  return { before, after, names, distance: networkDistance(before, after, names, "separate") };
}

/** How many results differ, and by how much at most, over `x`. */
function differences({ before, after }: Rewritten, x: Tensor): readonly [count: number, most: number] {
  const [a, b] = [before, after].map((from) => present(evalGraph(from, new Map([["x", x]]), "separate").get("y"), "y"));
  const apart = numbersIn(a).map((v, k) => Math.abs(v - Number(b?.data[k])));
  return [apart.filter((d) => d > 0).length, apart.reduce((most, d) => Math.max(most, d), 0)];
}

/** Every pair of values of an 8-bit type: 65,536 rows of two. */
function everyPair(type: "i8" | "u8", shape: readonly number[]): Tensor {
  const low = type === "i8" ? -128 : 0;
  return tensorOf(type, shape, Array.from({ length: 2 * 65536 }, (_, k) => (k % 2 === 0 ? k >> 9 : (k >> 1) & 255) + low));
}

test("a convolution over all of its inputs: never further than claimed, and that far somewhere", async (t) => {
  const ties = await rewritten(t, tinyConv(65536, { sw: [0.1, 0.1], sy: 0.02 }));
  t.deepEqual(ties.after.nodes.map(({ op }) => op), ["QLinearConv"]);
  t.is(ties.distance.groups[0]?.steps, 1);
  const [count, most] = differences(ties, everyPair("i8", [65536, 1, 2]));
  t.true(count > 0 && most === 1, `${count} differ, by ${most}`);
  for (const padded of [false, true]) {
    const made = await rewritten(t, tinyConv(65536, { padded }));
    t.is(made.after.nodes[0]?.inputs[2] ?? null, padded ? "zx" : null, "the zero point is in the bias only without padding");
    const [few, far] = differences(made, everyPair("i8", [65536, 1, 2]));
    t.true(far <= (made.distance.groups[0]?.steps ?? 0), `${few} differ, by ${far}`);
  }
});

test("a convolution whose scales are powers of two is exact, as all of its inputs show", async (t) => {
  const exact = await rewritten(t, tinyConv(65536, { sx: 0.5, sw: [0.25, 0.125], sy: 0.5 }));
  t.is(exact.distance.groups[0]?.steps, 0);
  t.deepEqual(exact.distance.outputs, [{ name: "y", distance: 0n, integer: true, whole: false }]);
  t.deepEqual(differences(exact, everyPair("i8", [65536, 1, 2])), [0, 0]);
});

test("a group without sums near a tie is exact whatever its scales, as all of its inputs show", async (t) => {
  const thirds = await rewritten(t, tinyConv(65536, { sx: 0.1, sw: [0.2, 0.2], sy: 0.06 }));
  const { steps, near, rounding } = present(thirds.distance.groups[0], "a group");
  t.true(near === 0 && steps === 0 && rounding > 0n, "a third of an integer is no tie");
  t.deepEqual(differences(thirds, everyPair("i8", [65536, 1, 2])), [0, 0]);
});

test("clips: absorbed where they end with the type, else a clip of integers, equal either way", async (t) => {
  const bounds = (low: number, high: number) => [floats("low", [], [low]), floats("high", [], [high])];
  const [gone, stays, relu] = await Promise.all([
    rewritten(t, tinyConv(65536, { sx: 0.5, sw: [0.25, 0.125], sy: 0.03125, last: "Clip", clip: bounds(0, 255 / 32) })),
    rewritten(t, tinyConv(65536, { sx: 0.5, sw: [0.25, 0.125], sy: 0.25, last: "Clip", clip: bounds(0, 6) })),
    rewritten(t, tinyConv(65536, { sx: 0.5, sw: [0.25, 0.125], sy: 0.25, zy: 5 })),
  ]);
  t.deepEqual([gone, stays, relu].map(({ after }) => after.nodes.map(({ op }) => op).join()), ["QLinearConv", "QLinearConv,Clip", "QLinearConv,Clip"]);
  for (const each of [gone, stays, relu]) t.deepEqual(differences(each, everyPair("i8", [65536, 1, 2])), [0, 0]);
});

function product(batch: number, op: "Gemm" | "MatMul", transB: boolean): Core {
  const weights = dequantised("w", [u8, transB ? [3, 2] : [2, 3], [17, 200, 101, 33, 0, 255]], [0.02, 0.013, 0.3], transB ? 0 : 1, [120, 7, 128]);
  const more = op === "Gemm" ? { attribute: [flag("transB", transB ? 1 : 0)] } : {};
  return {
    nodes: [...weights.nodes, node(op, ["x_f", "w", ...(op === "Gemm" ? ["b"] : [])], ["y_f"], more)],
    initializer: [...weights.initializer, ...(op === "Gemm" ? [floats("b", [3], [1.5, -0.25, 4])] : [])],
    x: { shape: [batch, 2], scale: 0.7, zero: 100, type: u8 }, y: { shape: [batch, 3], scale: 0.9, zero: 31, type: u8 },
  };
}

test("products of matrices: either order of weights, zero points of weights, a float bias", async (t) => {
  for (const [op, transB, ops] of [["Gemm", true, "Reshape,QLinearConv,Reshape"], ["Gemm", false, "Reshape,QLinearConv,Reshape"], ["MatMul", false, "QLinearMatMul"]] as const) {
    const made = await rewritten(t, product(65536, op, transB));
    t.is(made.after.nodes.map((each) => each.op).join(), ops);
    const [, most] = differences(made, everyPair("u8", [65536, 2]));
    t.true(most <= (made.distance.groups[0]?.steps ?? 0), `${most}`);
  }
});

function added(batch: number, sy: number): Core {
  const other = dequantised("w", [i8, [1, 2], [100, -30]], [0.3], 0, [7]);
  return {
    nodes: [...other.nodes, node("Add", ["x_f", "w"], ["s"]), node("Relu", ["s"], ["y_f"])], initializer: other.initializer,
    x: { shape: [batch, 2], scale: 0.2, zero: 11 }, y: { shape: [batch, 2], scale: sy, zero: -128 },
  };
}

test("Add: decided on all pairs of values, in both directions", async (t) => {
  const [exact, ties] = [await rewritten(t, added(65536, 0.27)), await rewritten(t, added(65536, 0.04))];
  for (const made of [exact, ties]) {
    t.deepEqual(made.after.nodes.map(({ op }) => op), ["QuantisedAdd"]);
    const { steps, near } = present(made.distance.groups[0], "a group");
    const [, most] = differences(made, everyPair("i8", [65536, 2]));
    t.true(most <= steps && (near === 0) === (steps === 0), `${most}, ${steps}, ${near}`);
  }
});

function pooled(op: string, more: Fields, y: readonly number[]): Core {
  return { nodes: [node(op, ["x_f"], ["y_f"], more)], x: { shape: [65536, 1, 2], scale: 0.3, zero: 9 }, y: { shape: y, scale: 0.2, zero: -20 } };
}

test("means and maxima over all of their inputs; what is moved or chosen is exact", async (t) => {
  const window = { attribute: [attribute("kernel_shape", [2])] };
  const cases: readonly (readonly [Core, string])[] = [
    [pooled("AveragePool", window, [65536, 1, 1]), "QuantisedAveragePool"], [pooled("GlobalAveragePool", {}, [65536, 1, 1]), "QuantisedGlobalAveragePool"],
    [pooled("ReduceMean", { attribute: [attribute("axes", [2]), flag("keepdims", 0)] }, [65536, 1]), "QuantisedReduceMean"],
    [pooled("MaxPool", window, [65536, 1, 1]), "DequantizeLinear,QuantizeLinear,MaxPool"],
    [{ ...pooled("MaxPool", window, [65536, 1, 1]), y: { shape: [65536, 1, 1], scale: 0.3, zero: 9 } }, "MaxPool"],
    [{ ...pooled("Flatten", {}, [65536, 2]), y: { shape: [65536, 2], scale: 0.3, zero: 9 } }, "Flatten"],
    [{ nodes: [node("Concat", ["x_f", "x_f"], ["y_f"], { attribute: [flag("axis", 2)] })], x: { shape: [65536, 1, 2], scale: 0.3, zero: 9 }, y: { shape: [65536, 1, 4], scale: 0.3, zero: 9 } }, "Concat"],
  ];
  for (const [core, ops] of cases) {
    const made = await rewritten(t, core);
    t.is(made.after.nodes.map(({ op }) => op).join(), ops);
    const [, most] = differences(made, everyPair("i8", [65536, 1, 2]));
    t.true(most <= (made.distance.groups[0]?.steps ?? -1), `${ops}: ${most}`);
  }
});

function tampered(after: Graph, constants: Readonly<Record<string, (value: number, k: number) => number>>): Graph {
  const changed = [...after.constants].map(([name, tensor]): [string, Tensor] => {
    const change = constants[name];
    return [name, change === undefined ? tensor : tensorOf(tensor.type, tensor.shape, Array.from({ length: elementCount(tensor.shape) }, (_, k) => change(Number(tensor.data[k]), k)))];
  });
  return { ...after, constants: new Map(changed) };
}

test("wrong versions: each is refuted by the claim that is there for it", async (t) => {
  const bounds = [floats("low", [], [0]), floats("high", [], [6])];
  const { before, after, names } = await rewritten(t, tinyConv(1, { sy: 0.25, last: "Clip", clip: bounds, padded: true }));
  const refuted = (wrong: Graph): Promise<readonly string[]> => refutedIn(before, wrong, names);
  const other = (x: string): Graph => tampered(after, { [x]: (v) => v + 1 });
  t.deepEqual(await refuted(other("zx")), ["parameters.0", "bias.0"], "the zero point of x");
  t.deepEqual(await refuted(other("zy")), ["parameters.0"], "the zero point of the result");
  t.deepEqual(await refuted(tampered(after, { w_s: (_, k) => [0.013, 0.02][k] ?? 0 })), ["weights.0", "bias.0"], "scales of the other channel");
  t.deepEqual(await refuted(tampered(after, { w_q: (v, k) => (k === 3 ? v + 1 : v) })), ["weights.0"], "one weight");
  t.deepEqual(await refuted(tampered(after, { "c/bias": () => 0 })), ["bias.0"], "no bias");
  t.deepEqual(await refuted(tampered(after, { "c/bias": (v) => v + 1 })), ["bias.0"], "a bias that is one off");
  t.deepEqual(await refuted(tampered(after, { "c/bias": () => 2 ** 31 - 1 })), ["bias.0", "wrap.0"], "a sum that wraps");
  t.deepEqual(await refuted(tampered(after, { "y_f/high": (v) => v + 1 })), ["clip.y_f.0"], "a clip that ends elsewhere");
  const folded = await rewritten(t, tinyConv(1));
  t.deepEqual(await refutedIn(folded.before, tampered(folded.after, { "c/bias": (_, k) => [40, -7][k] ?? 0 }), folded.names), ["bias.0"], "a zero point that is in no bias");
  const swapped = after.nodes.map((made) => (made.op === "QLinearConv" ? { ...made, inputs: made.inputs.with(2, null) } : made));
  t.deepEqual(await refuted({ ...after, nodes: swapped }), ["nodes"], "the zero point forgotten");
  t.deepEqual(await refuted({ ...after, nodes: after.nodes.filter(({ op }) => op !== "Clip") }), ["nodes"], "a clip forgotten");
});

test("the distance grows with what is wrong: constants that are off enter it", async (t) => {
  const { before, after, names } = await rewritten(t, tinyConv(1));
  const steps = (graph: Graph): number => networkDistance(before, graph, names, "separate").groups[0]?.steps ?? 0;
  t.is(steps(after), 1);
  t.true(steps(tampered(after, { "c/bias": (v) => v + 200 })) > 1, "a bias");
  t.true(steps(tampered(after, { w_q: (v) => -v })) > 100, "weights");
});

test("what has no form in integers is refused with the reason", (t) => {
  const refused = (core: Core, why: RegExp): void => {
    const error = t.throws(() => rewriteGraph(groupGraph(core), [{ lemma: "integer-quantised", node: "y" }]), { instanceOf: Refusal });
    t.is(error?.code, "lemma");
    t.regex(error?.message ?? "", why);
    t.throws(() => rewriteGraph(groupGraph(core), request), { message: /no group has a form in integers/ });
  };
  const conv = tinyConv(1);
  const window = attribute("kernel_shape", [2]);
  refused({ ...conv, output: [value("c", [1, 2, 1])] }, /another node, or an output, reads c/);
  refused({ ...conv, x: { ...conv.x, scale: -0.1 } }, /scale of x_f is not between/);
  refused({ ...conv, y: { ...conv.y, scale: 2 ** -60 } }, /scale of y is not between/);
  refused({ ...conv, nodes: [...conv.nodes.slice(0, -1), node("Tanh", ["c"], ["y_f"])] }, /ends Tanh/);
  refused({ ...conv, initializer: [...(conv.initializer ?? []), floats("v", [2, 1, 2], [1, 2, 3, 4])], nodes: [node("Conv", ["x_f", "v"], ["y_f"], { attribute: [window] })] }, /weights of y_f are not dequantised constants/);
  refused(tinyConv(1, { bias: [2 ** 31 - 5, 0] }), /32 bits/);
  const padded = pooled("AveragePool", { attribute: [window, attribute("pads", [1, 1])] }, [65536, 1, 3]);
  t.throws(() => rewriteGraph(groupGraph(padded), [{ lemma: "integer-quantised", node: "y" }]), { message: /divides by numbers that depend on the position/ });
  refused({ ...product(1, "Gemm", true), nodes: product(1, "Gemm", true).nodes.map((each) => (each["op_type"] === "Gemm" ? { ...each, attribute: [flag("transB", 1), { name: "alpha", type: 1, f: 2 }] } : each)) }, /factors/);
  const across = dequantised("w", [i8, [2, 1, 2], [17, -90, 101, 33]], [0.1, 0.2], 2);
  refused({ ...conv, nodes: [...across.nodes, node("Conv", ["x_f", "w"], ["y_f"], { attribute: [window] })], initializer: across.initializer }, /not one per channel/);
});

test("a network: distances go from group to group, and end at the width of the type", async (t) => {
  const weights = dequantised("v", [i8, [2, 2, 1], [90, 80, -70, 60]], [0.05]);
  const first = tinyConv(1, { sw: [0.1, 0.1], sy: 0.02 });
  const core: Core = {
    ...first,
    nodes: [...first.nodes.slice(0, -1), node("Relu", ["c"], ["r"]), node("QuantizeLinear", ["r", "sm", "zm"], ["m"]), node("DequantizeLinear", ["m", "sm", "zm"], ["m_f"]), ...weights.nodes, node("Conv", ["m_f", "v"], ["y_f"], { attribute: [attribute("kernel_shape", [1])] })],
    initializer: [...(first.initializer ?? []), ...weights.initializer, floats("sm", [], [0.02]), integers("zm", i8, [], [-128])],
    y: { ...first.y, scale: 0.01, zero: 3 },
  };
  const made = await rewritten(t, core);
  t.deepEqual(made.names, ["m", "y"]);
  const [, second] = made.distance.groups;
  t.is(second?.steps, 1);
  const [output] = made.distance.outputs;
  t.true(Number((output?.distance ?? 0n) >> 160n) >= 17, "(90 + 80)·0.05·0.02 / 0.01 steps more");
  t.false(output?.whole);
});
