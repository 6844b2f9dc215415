/**
 * store-padding with more channels: images of a few channels get others that are zeros, and weights for them. The bits stay, the
 * claims are proved, and weights, zeros or channels that are not as they should be are refuted by the claim that is there for it.
 */
import test from "ava";
import { evalGraph, operatorNode } from "../../../ir/graph/eval.js";
import type { Graph } from "../../../ir/graph/graph.js";
import { shift } from "../../../ir/loop/index-expr.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { present } from "../../../ir/prelude.js";
import { type Meaning, type TensorExpr, constant } from "../../../ir/tensor/meaning.js";
import { elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import type { Obligation } from "../../../proofs/kernel/obligation.js";
import { storePadding } from "../../../proofs/lemmas/padding/rewrite.js";
import { compareMeanings, justifyPadding } from "../../../proofs/lemmas/padding/rewrite.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { lemmaOfText, parseLemmas } from "../../../src/numeric/request.js";
import { importModel } from "../../../src/onnx/import.js";
import { refuses } from "../../support/refusals.js";
import { u8 } from "./quantised-models.js";
import { type Convolution, bytesOfConvolution, numbers } from "./tile-models.js";

/** Windows of several shapes with and without padding, bytes with and without a sign, zero points that are not 0. */
const cases: readonly (readonly [given: Convolution, channels: number])[] = [
  [{ image: [3, 5, 4], filters: 3, pads: [1, 1, 1, 1], zero: -7, zeros: [5, -9, 0], scales: [0.011, 0.02, 0.0031] }, 4],
  [{ image: [3, 6, 7], filters: 2, pads: [0, 0, 0, 0], zero: 200, type: u8, weightType: u8, zeros: [131], result: u8 }, 4],
  [{ image: [1, 6, 6], filters: 2, kernel: [3, 2], pads: [0, 0, 1, 1], strides: [2, 2], zero: 127, zeros: [-128] }, 4],
  [{ image: [2, 7, 5], filters: 4, pads: [2, 1, 2, 3], dilations: [2, 1], zero: -128 }, 5],
];

const graphOf = (given: Convolution): Graph => importModel(bytesOfConvolution(given)).graph;

function withChannels(before: Graph, channels: number): Graph {
  return rewriteGraph(before, [{ lemma: "store-padding", node: "conv", channels }]).graph;
}

async function outcomes(obligations: readonly Obligation[]): Promise<readonly string[]> {
  const ledger = await discharge(obligations, { jobs: 1, solver: "z3" });
  return ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id, verdict }) => `${id.replace(/^lemmas\/B1\/0\./, "")}: ${verdict.kind}`);
}

for (const [k, [given, channels]] of cases.entries()) {
  test(`the claims are proved, and the result has the same bits: case ${k}`, async (t) => {
    const before = graphOf(given);
    const { graph: after, claims: made, steps } = rewriteGraph(before, [{ lemma: "store-padding", node: "conv", channels }]);
    t.regex(steps[0]?.detail ?? "", new RegExp(`channels up to ${channels}`));
    t.is(after.constants.get(after.nodes[0]?.inputs[3] ?? "")?.shape[1], channels);
    t.deepEqual(await outcomes(made.obligations), []);
    const { name, type, shape } = present(before.inputs[0], "x");
    const x = new Map([[name, tensorOf(type, shape, numbers(elementCount(shape), 9301).map((value) => (type === "u8" ? value + 128 : value)))]]);
    const [old, wide] = [before, after].map((graph) => [...evalGraph(graph, x, "separate").values()].map(({ data }) => data));
    t.deepEqual(wide, present(old, "results"));
  });
}

const [[first, four]] = cases as readonly [(typeof cases)[number]];
const before = graphOf(first);
const after = withChannels(before, four);

test("weights that differ where there were some, in one place or in their number: refuted", async (t) => {
  const name = after.nodes[0]?.inputs[3] ?? "";
  const weights = present(after.constants.get(name), "weights");
  const claimed = async (data: readonly number[], shape = weights.shape): Promise<readonly string[]> => {
    const into = claims("lemmas");
    const tensor = tensorOf(weights.type, shape, data);
    justifyPadding(into, 0, before, { ...after, constants: new Map([...after.constants, [name, tensor]]), types: new Map([...after.types, [name, { type: tensor.type, shape }]]) }, "conv");
    return outcomes(into.obligations);
  };
  const values = Array.from(weights.data, Number);
  t.deepEqual(await claimed(values), []);
  for (const [at] of values.entries()) {
    const isNew = Math.floor(at / 9) % four >= 3;
    t.deepEqual(await claimed(values.map((value, k) => (k === at ? value + (value > 0 ? -1 : 1) : value))), isNew ? [] : ["operands: refuted"], `weight ${at}`);
  }
});

function meaningIn(graph: Graph): Meaning {
  const only = present(graph.nodes[0], "a node");
  return present(operatorFor(only.domain, only.op), only.op).meaning(operatorNode(only, graph));
}

async function changed(change: (value: TensorExpr) => TensorExpr, [old, made] = [before, after]): Promise<readonly string[]> {
  const into = claims("lemmas");
  const meaning = meaningIn(made);
  compareMeanings({ into, step: 0, node: "conv" }, meaningIn(old), { ...meaning, stages: meaning.stages.map((stage) => (stage.name === "a" ? { ...stage, value: change(stage.value) } : stage)) });
  return outcomes(into.obligations);
}

test("channels that are no zeros, one more of the image, one less, fewer taps than there were: each is refuted", async (t) => {
  t.deepEqual(await changed((value) => value), []);
  const outermost = (change: (e: Extract<TensorExpr, { kind: "select" }>) => TensorExpr) => (value: TensorExpr): TensorExpr => (value.kind === "select" ? change(value) : value);
  t.deepEqual(await changed(outermost((e) => ({ ...e, otherwise: constant("i16", 7) }))), ["zeros: refuted"]);
  t.deepEqual(await changed(outermost((e) => e.then)), ["outside: refuted"]);
  const moved = (by: number) => outermost((e) => ({ ...e, when: e.when.map((c) => ({ ...c, index: shift(c.index, by) })) }));
  t.deepEqual(await changed(moved(1)), ["outside: refuted"]);
  t.deepEqual(await changed(moved(-1)), ["inside: refuted"]);
  t.true((await changed((value) => value, [graphOf({ ...first, image: [5, 5, 4] }), after])).includes("taps: refuted"));
});

test("what has no such form is refused with the reason", (t) => {
  const why = (given: Convolution, channels: number): string => {
    const graph = graphOf(given);
    return t.throws(() => storePadding(graph, present(graph.nodes[0], "a node"), channels)).message;
  };
  t.regex(why({ ...first, group: 3, filters: 3 }, 4), /several groups/);
  t.regex(why({ ...first, outside: ["w"] }, 4), /no constant/);
  for (const channels of [0, 2, 3, 12, 3.5]) t.regex(why(first, channels), /3 channels, so it takes 4 to 11/, String(channels));
});

test("it is asked for by words and by numbers", (t) => {
  const request = { lemma: "store-padding", node: "a:conv", channels: 4 } as const;
  t.deepEqual(lemmaOfText("store-padding:a:conv:channels=4"), request);
  t.deepEqual(parseLemmas([request]), [request]);
  t.deepEqual(lemmaOfText("store-padding:a:conv"), { lemma: "store-padding", node: "a:conv" });
  for (const wrong of [{ ...request, lemma: "winograd" }, { ...request, parts: 2 }, { ...request, channels: 4.5 }, { lemma: "store-padding", channels: 4 }]) refuses(t, "lemma", () => parseLemmas([wrong]));
});
