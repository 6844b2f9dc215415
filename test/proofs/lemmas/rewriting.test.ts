/**
 * Graphs rewritten by lemmas: the claims of a right rewriting are proved; wrong ones,
 * each a mistake that somebody could make, are refuted by the claim that is there for it.
 */
import test, { type ExecutionContext } from "ava";
import type { Graph } from "../../../ir/graph/graph.js";
import { operatorNode } from "../../../ir/graph/eval.js";
import { below, variable } from "../../../ir/loop/index-expr.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { present } from "../../../ir/prelude.js";
import { type Meaning, type Stage, at, fold } from "../../../ir/tensor/meaning.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import type { Obligation } from "../../../proofs/kernel/obligation.js";
import { justifyFold } from "../../../proofs/lemmas/fold-batch-normalization.js";
import { type LemmaRequest, rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { compareMeanings } from "../../../proofs/lemmas/split-k.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { importModel } from "../../../src/onnx/import.js";
import { floats, graph, model, node, value } from "../../support/onnx-model.js";
import { refuses } from "../../support/refusals.js";

function wave(length: number, shift = 0): readonly number[] {
  return Array.from({ length }, (_, k) => Math.fround(Math.sin(1.7 * k + shift) + 0.01));
}

function attribute(name: string, ints: readonly number[]): unknown {
  return { name, type: 7, ints };
}

/** y = BN(Conv(x) + b) over an image, and z = BN(Gemm(y …)). */
function normalised(): Graph {
  const normal = (prefix: string, count: number) => [
    floats(`${prefix}_scale`, [count], wave(count, 1)), floats(`${prefix}_shift`, [count], wave(count, 2)),
    floats(`${prefix}_mean`, [count], wave(count, 3)), floats(`${prefix}_var`, [count], wave(count, 4).map((x) => Math.abs(x) / 8)),
  ];
  const names = (prefix: string): readonly string[] => ["scale", "shift", "mean", "var"].map((part) => `${prefix}_${part}`);
  const nodes = [
    node("Conv", ["x", "w", "b"], ["c"], { attribute: [attribute("kernel_shape", [2, 2]), attribute("pads", [1, 0, 0, 1])] }),
    node("BatchNormalization", ["c", ...names("p")], ["n"]),
    node("Flatten", ["n"], ["f"]),
    node("Gemm", ["f", "v"], ["g"]),
    node("BatchNormalization", ["g", ...names("q")], ["y"]),
  ];
  const initializer = [floats("w", [3, 2, 2, 2], wave(24)), floats("b", [3], wave(3, 5)), ...normal("p", 3), floats("v", [27, 4], wave(108, 6)), ...normal("q", 4)];
  return importModel(model(graph(nodes, { input: [value("x", [1, 2, 3, 3])], output: [value("y", [1, 4])], initializer }))).graph;
}

function product(depth: number): Graph {
  const nodes = [node("MatMul", ["x", "w"], ["y"])];
  return importModel(model(graph(nodes, { input: [value("x", [2, depth])], output: [value("y", [2, 3])], initializer: [floats("w", [depth, 3], wave(3 * depth))] }))).graph;
}

async function outcomes(obligations: readonly Obligation[]): Promise<readonly string[]> {
  const ledger = await discharge(obligations, { jobs: 1, solver: "z3" });
  return ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id, verdict }) => `${id.replace(/^lemmas\/B1\/0\./, "")}: ${verdict.kind}`);
}

async function isProved(t: ExecutionContext, before: Graph, ...requests: readonly LemmaRequest[]): Promise<Graph> {
  const { graph: after, claims: made, steps } = rewriteGraph(before, requests);
  t.true(made.obligations.length >= 3 && steps.length >= requests.length);
  t.deepEqual(await outcomes(made.obligations), []);
  return after;
}

test("fold-batch-normalization: after Conv and after Gemm, with a distance for every new weight", async (t) => {
  const before = normalised();
  const after = await isProved(t, before, { lemma: "fold-batch-normalization" });
  t.deepEqual(after.nodes.map(({ op }) => op), ["Conv", "Flatten", "Gemm"]);
  const { deviations } = rewriteGraph(before, [{ lemma: "fold-batch-normalization" }]);
  t.deepEqual([...deviations].map(([, list]) => list.length), [24, 3, 108, 4]);
  t.true([...deviations.values()].every((list) => list.some((d) => d > 0n)), "rounded weights are not exact");
});

test("split-k: every operator with a sum, every order, parts that divide the sum or do not", async (t) => {
  for (const order of ["contiguous", "strided"] as const) {
    for (const [depth, parts] of [[8, 2], [8, 3], [7, 7], [9, 2]] as const) await isProved(t, product(depth), { lemma: "split-k", node: "y", parts, order });
    await isProved(t, normalised(), { lemma: "split-k", node: "c", parts: 2, order }, { lemma: "split-k", node: "g", parts: 4, order });
  }
});

test("lemmas: what does not apply is refused with the reason", (t) => {
  refuses(t, "lemma", () => rewriteGraph(product(8), [{ lemma: "fold-batch-normalization" }]));
  refuses(t, "lemma", () => rewriteGraph(normalised(), [{ lemma: "split-k", node: "f", parts: 2 }]));
  refuses(t, "lemma", () => rewriteGraph(normalised(), [{ lemma: "split-k", node: "nobody", parts: 2 }]));
  refuses(t, "parts", () => rewriteGraph(product(8), [{ lemma: "split-k", node: "y", parts: 9 }]));
  refuses(t, "parts", () => rewriteGraph(product(9), [{ lemma: "split-k", node: "y", parts: 8 }]));
});

/** The claims about `before` folded by hand with other slopes s(scale, var, epsilon). */
function foldedWith(slope: (scale: number, variance: number, epsilon: number) => number): Promise<readonly string[]> {
  const before = normalised();
  const { graph: after } = rewriteGraph(before, [{ lemma: "fold-batch-normalization", node: "n" }]);
  const list = (name: string): readonly number[] => Array.from(present(before.constants.get(name), name).data, Number);
  const slopes = list("p_scale").map((scale, c) => slope(scale, list("p_var")[c] ?? 0, 1e-5));
  const weights = tensorOf("f32", [3, 2, 2, 2], list("w").map((w, k) => Math.fround(w * (slopes[Math.floor(k / 8)] ?? 0))));
  const into = claims("lemmas");
  justifyFold(into, 0, before, { ...after, constants: new Map([...after.constants, ["n/weights", weights]]) }, "n");
  return outcomes(into.obligations);
}

test("fold-batch-normalization: epsilon forgotten, the root forgotten, weights not scaled", async (t) => {
  t.deepEqual(await foldedWith((scale, variance, epsilon) => scale / Math.sqrt(variance + epsilon)), []);
  t.deepEqual(await foldedWith((scale, variance) => scale / Math.sqrt(variance)), ["weights: refuted"]);
  t.deepEqual(await foldedWith((scale, variance, epsilon) => scale / (variance + epsilon)), ["weights: refuted"]);
  t.deepEqual(await foldedWith(() => 1), ["weights: refuted"]);
});

test("fold-batch-normalization: a bias added twice, a result that others read, another node changed", async (t) => {
  const before = normalised();
  const { graph: after } = rewriteGraph(before, [{ lemma: "fold-batch-normalization", node: "n" }]);
  const check = (from: Graph, to: Graph): Promise<readonly string[]> => {
    const into = claims("lemmas");
    justifyFold(into, 0, from, to, "n");
    return outcomes(into.obligations);
  };
  const bias = present(after.constants.get("n/bias"), "bias");
  const twice = tensorOf("f32", bias.shape, Array.from({ length: bias.data.length }, (_, c) => Math.fround(Number(bias.data[c]) + Number(before.constants.get("b")?.data[c]))));
  t.deepEqual(await check(before, { ...after, constants: new Map([...after.constants, ["n/bias", twice]]) }), ["bias: refuted"]);
  t.deepEqual(await check({ ...before, outputs: [...before.outputs, { name: "c", type: "f32", shape: [1, 3, 3, 3] }] }, after), ["reader: refuted"]);
  const pads = after.nodes.map((other) => (other.name === "c" ? { ...other, attributes: { ...other.attributes, pads: [0, 1, 1, 0] } } : other));
  t.deepEqual(await check(before, { ...after, nodes: pads }), ["nodes: refuted"]);
});

type FoldStage = Stage & { readonly value: Extract<Stage["value"], { kind: "fold" }> };

/** The claims about a product of 10 summands in 4 contiguous parts, with a stage of the result changed. */
function splitWith(change: (partial: FoldStage, total: FoldStage) => readonly [Partial<Stage>, Partial<Stage>]): Promise<readonly string[]> {
  const before = product(10);
  const { graph: after } = rewriteGraph(before, [{ lemma: "split-k", node: "y", parts: 4 }]);
  const meaningOf = (from: Graph): Meaning => {
    const [made] = from.nodes;
    return present(operatorFor(present(made, "node").domain, present(made, "node").op), "operator").meaning(operatorNode(present(made, "node"), from));
  };
  const made = meaningOf(after);
  const [partial, total] = made.stages.map((stage) => stage as FoldStage);
  const [one, other] = change(present(partial, "partial"), present(total, "total"));
  const wrong = { ...made, stages: [{ ...present(partial, "partial"), ...one }, { ...present(total, "total"), ...other }] };
  const into = claims("lemmas");
  compareMeanings({ into, step: 0, node: "y", how: { parts: 4, order: "contiguous" } }, meaningOf(before), wrong);
  return outcomes(into.obligations);
}

test("split-k: a part dropped, summands used twice or beyond the end, a start added per part", async (t) => {
  const over = (stage: FoldStage, extent: number): Partial<Stage> => ({ value: { ...stage.value, over: [{ name: present(stage.value.over[0], "axis").name, extent }] } });
  t.deepEqual(await splitWith(() => [{}, {}]), []);
  t.deepEqual(await splitWith((_, total) => [{}, over(total, 3)]), ["surjective: refuted"], "the last part dropped");
  t.deepEqual(await splitWith((partial) => [over(partial, 2), {}]), ["surjective: refuted"], "the last summand of each part dropped");
  t.deepEqual(await splitWith((partial) => [over(partial, 4), {}]), ["injective: refuted"], "summands used twice");
  t.deepEqual(await splitWith((partial) => [{ value: { ...partial.value, where: [] } }, {}]), ["into: refuted"], "beyond the end of the sum");
  t.deepEqual(await splitWith((partial) => [{ value: { ...partial.value, where: [below(variable("part"), 3)] } }, {}]), ["surjective: refuted"], "a part left out by a guard");
  t.deepEqual(await splitWith((partial) => [{ value: { ...partial.value, start: at(1, variable("c"), variable("s1")) } }, {}]), ["start: refuted"], "each part starts with something");
  t.deepEqual(await splitWith((_, total) => [{}, { value: fold(total.value.over, [], at(0, variable("o0"), variable("o1")), total.value.step) }]), ["start: refuted"], "another start");
  t.deepEqual(await splitWith((partial) => [{ value: { ...partial.value, step: { ...partial.value.step, op: "add.f32" } as never } }, {}]), ["summand: refuted"], "another summand");
});
