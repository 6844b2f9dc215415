/**
 * store-padding: integer convolutions of many shapes have the same bits with their padding stored, and claims
 * that are proved; wrong forms, each a mistake that somebody could make, are refuted by the claim that is there for it.
 */
import test from "ava";
import { evalGraph, operatorNode } from "../../../ir/graph/eval.js";
import type { Graph } from "../../../ir/graph/graph.js";
import { literal, shift } from "../../../ir/loop/index-expr.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { present } from "../../../ir/prelude.js";
import { type Meaning, type Stage, type TensorExpr, constant } from "../../../ir/tensor/meaning.js";
import { type TensorType, elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import type { Obligation } from "../../../proofs/kernel/obligation.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { compareMeanings, justifyPadding, paddable, storePadding } from "../../../proofs/lemmas/padding/rewrite.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { lemmaStage } from "../../../src/numeric/lemma-stage.js";
import { startZ3 } from "../../../proofs/provers/z3.js";
import { importModel } from "../../../src/onnx/import.js";
import { type Fields, floats, graph, model, node, value } from "../../support/onnx-model.js";
import { refuses } from "../../support/refusals.js";
import { attribute, flag, i32, i8, integers, tinyConv, groupGraph, u8 } from "./quantised-models.js";

interface Case {
  readonly image: readonly number[];
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly pads: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
  readonly type?: number;
  readonly zero?: number;
}

const cases: readonly Case[] = [
  { image: [2, 5, 4], filters: 3, kernel: [3, 3], pads: [1, 1, 1, 1], zero: -7 },
  { image: [2, 5, 4], filters: 3, kernel: [3, 2], pads: [0, 2, 1, 0], zero: 200, type: u8 },
  { image: [2, 6, 6], filters: 2, kernel: [3, 3], pads: [0, 0, 1, 1], strides: [2, 2], zero: 0 },
  { image: [1, 7, 5], filters: 4, kernel: [3, 3], pads: [2, 1, 2, 3], dilations: [2, 1], zero: 127 },
  { image: [4, 5], filters: 4, kernel: [3], pads: [1, 1], group: 4, zero: -128 },
  { image: [1, 3, 3], filters: 1, kernel: [5, 5], pads: [2, 2, 2, 2], zero: 3 },
];

const numbers = (count: number, factor: number): readonly number[] => Array.from({ length: count }, (_, k) => (Math.imul(k + 1, factor) % 101));

function attributes({ kernel, pads, strides = kernel.map(() => 1), dilations = kernel.map(() => 1), group = 1 }: Case): readonly Fields[] {
  return [attribute("kernel_shape", kernel), attribute("pads", pads), attribute("strides", strides), attribute("dilations", dilations), flag("group", group)];
}

function outputOf({ image: [, ...sizes], filters, kernel, pads, strides, dilations }: Case): readonly number[] {
  return [1, filters, ...sizes.map((size, k) => Math.floor((size + (pads[k] ?? 0) + (pads[k + sizes.length] ?? 0) - ((dilations?.[k] ?? 1) * ((kernel[k] ?? 1) - 1) + 1)) / (strides?.[k] ?? 1)) + 1)];
}

/** y = QLinearConv(x), with a bias and a zero point of the weights. */
function quantised(given: Case): Graph {
  const { image, filters, kernel, type = i8, zero = 0, group = 1 } = given;
  const weights = [filters, (image[0] ?? 1) / group, ...kernel];
  const initializer = [
    floats("sx", [], [0.5]), integers("zx", type, [], [zero]), integers("w", i8, weights, numbers(elementCount(weights), 37)), floats("sw", [filters], numbers(filters, 13).map((n) => 0.01 + (Math.abs(n) / 1000))),
    integers("zw", i8, [], [5]), floats("sy", [], [2]), integers("zy", i8, [], [-3]), integers("b", i32, [filters], numbers(filters, 91)),
  ];
  const conv = node("QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], ["y"], { attribute: attributes(given) });
  return importModel(model(graph([conv], { input: [value("x", [1, ...image], type)], output: [value("y", outputOf(given), i8)], initializer }))).graph;
}

/** y = ConvInteger(x), whose zero point comes from outside. */
function integer(given: Case): Graph {
  const { image, filters, kernel, type = i8, group = 1 } = given;
  const weights = [filters, (image[0] ?? 1) / group, ...kernel];
  const conv = node("ConvInteger", ["x", "w", "zx"], ["y"], { attribute: attributes(given) });
  const initializer = [integers("w", i8, weights, numbers(elementCount(weights), 37))];
  return importModel(model(graph([conv], { input: [value("x", [1, ...image], type), value("zx", [], type)], output: [value("y", outputOf(given), i32)], initializer }))).graph;
}

const all = cases.flatMap((given) => [quantised(given), integer(given)]);

async function outcomes(obligations: readonly Obligation[]): Promise<readonly string[]> {
  const ledger = await discharge(obligations, { jobs: 1, solver: "z3" });
  return ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id, verdict }) => `${id.replace(/^lemmas\/B1\/0\./, "")}: ${verdict.kind}`);
}

test("every shape of window: the claims are proved, and the result has the same bits for any zero point", async (t) => {
  for (const before of all) {
    const { graph: after, claims: made, steps } = rewriteGraph(before, [{ lemma: "store-padding" }]);
    t.is(after.nodes[0]?.op, `Padded${before.nodes[0]?.op}`);
    t.is(steps.length, 1);
    t.true(made.obligations.length >= 7);
    t.deepEqual(await outcomes(made.obligations), []);
    for (const factor of [29, 71]) {
      const inputs = new Map(before.inputs.map(({ name, ...type }) => [name, tensorOf(type.type, type.shape, bytesOf(type, factor))] as const));
      const [old, stored] = [before, after].map((each) => evalGraph(each, inputs, "separate").get("y")?.data);
      t.deepEqual(stored, present(old, "y"));
    }
  }
});

function bytesOf({ type, shape }: TensorType, factor: number): readonly number[] {
  return numbers(elementCount(shape), factor).map((n) => (type === "u8" ? n + 101 : n));
}

test("it is exact: no bound is asked for, and what a quantised group is measured by stays", async (t) => {
  const nothing = { box: undefined, replication: "exact", allowUnbounded: false } as const;
  const { tier, unbounded } = await lemmaStage(present(all[0], "a case"), "separate", { ...nothing, lemmas: [{ lemma: "store-padding" }] }, startZ3);
  t.deepEqual([tier, unbounded], ["T0", undefined]);
  const group = groupGraph(tinyConv(1, { padded: true }));
  const both = [{ lemma: "integer-quantised" }, { lemma: "store-padding" }] as const;
  const [alone, together] = await Promise.all([both.slice(0, 1), both].map((lemmas) => lemmaStage(group, "separate", { ...nothing, replication: undefined, allowUnbounded: true, lemmas }, startZ3)));
  t.deepEqual(together?.distance, alone?.distance);
  t.true(together?.graph.nodes.some(({ op }) => op === "PaddedQLinearConv"));
  t.deepEqual(together?.obligations.filter(({ id }) => together.verdicts.get(id)?.kind === "refuted"), []);
});

test("what does not apply is refused with the reason, and left out where no node is named", (t) => {
  const bare = quantised({ image: [2, 5, 4], filters: 3, kernel: [3, 3], pads: [0, 0, 0, 0] });
  const float = importModel(model(graph([node("Conv", ["x", "w"], ["y"], { attribute: [attribute("pads", [1, 1])] })], { input: [value("x", [1, 1, 4])], output: [value("y", [1, 1, 4])], initializer: [floats("w", [1, 1, 3], [1, 2, 3])] }))).graph;
  for (const [before, why] of [[bare, /no padding/], [float, /no convolution of integers/]] as const) {
    const error = t.throws(() => storePadding(before, present(before.nodes[0], "a node")));
    t.regex(error.message, why);
    refuses(t, "lemma", () => rewriteGraph(before, [{ lemma: "store-padding" }]));
    t.deepEqual(paddable(before), []);
  }
  const [first] = all;
  const before = present(first, "a case");
  refuses(t, "lemma", () => rewriteGraph(before, [{ lemma: "store-padding", node: "nobody" }]));
  const cropped = { ...before, nodes: before.nodes.map((each) => ({ ...each, attributes: { ...each.attributes, pads: [2, -1, 1, 1] } })) };
  t.regex(t.throws(() => storePadding(cropped, present(cropped.nodes[0], "a node"))).message, /crops/);
  refuses(t, "lemma", () => rewriteGraph(rewriteGraph(before, [{ lemma: "store-padding" }]).graph, [{ lemma: "store-padding" }]));
});

function meaningIn(graph: Graph): Meaning {
  const only = present(graph.nodes[0], "a node");
  return present(operatorFor(only.domain, only.op), only.op).meaning(operatorNode(only, graph));
}

/** The claims about the first case, with stages of the result changed. */
async function changed(change: (stage: Stage) => Stage): Promise<readonly string[]> {
  const before = present(all[0], "a case");
  const after = meaningIn(rewriteGraph(before, [{ lemma: "store-padding" }]).graph);
  const into = claims("lemmas");
  compareMeanings({ into, step: 0, node: "y" }, meaningIn(before), { ...after, stages: after.stages.map(change) });
  return outcomes(into.obligations);
}

/** A stage of that name with another value. */
function at(name: string, change: (value: TensorExpr) => TensorExpr): (stage: Stage) => Stage {
  return (stage) => (stage.name === name ? { ...stage, value: change(stage.value) } : stage);
}

function mapped(e: TensorExpr, change: (e: TensorExpr) => TensorExpr): TensorExpr {
  if (e.kind === "op") return change({ ...e, args: e.args.map((arg) => mapped(arg, change)) });
  if (e.kind === "select") return change({ ...e, then: mapped(e.then, change), otherwise: mapped(e.otherwise, change) });
  return change(e.kind === "fold" ? { ...e, start: mapped(e.start, change), step: mapped(e.step, change) } : e);
}

test("zeros that are none, a ring too wide or too narrow, an image that is moved: each is refuted", async (t) => {
  t.deepEqual(await changed((stage) => stage), []);
  const filled = at("a", (value) => mapped(value, (e) => (e.kind === "const" ? constant("i16", 7) : e)));
  t.deepEqual(await changed(filled), ["zeros: refuted"]);
  const ring = (by: number) => at("a", (value) => mapped(value, (e) => (e.kind === "select" ? { ...e, when: e.when.map((c) => ({ ...c, index: shift(c.index, by) })) } : e)));
  t.deepEqual(await changed(ring(-1)), ["inside: refuted"]);
  t.deepEqual(await changed(ring(1)), ["outside: refuted"]);
  const moved = at("a", (value) => mapped(value, (e) => (e.kind === "at" && e.index.length === 4 ? { ...e, index: e.index.map((index, k) => (k === 3 ? shift(index, 1) : index)) } : e)));
  t.deepEqual(await changed(moved), ["element: refuted"]);
});

test("a zero point forgotten, taps still left out, another start, another weight, another sum: each is refuted", async (t) => {
  const forgotten = at("a", (value) => mapped(value, (e) => (e.kind === "op" && e.op === "subw.i32" ? present(e.args[0], "a byte") : e)));
  t.deepEqual(await changed(forgotten), ["element: refuted"]);
  const sum = (change: (value: Extract<TensorExpr, { kind: "fold" }>) => TensorExpr) => at("sum", (value) => (value.kind === "fold" ? change(value) : value));
  const before = meaningIn(present(all[0], "a case")).stages.flatMap(({ value }) => (value.kind === "fold" ? value.where : []));
  t.deepEqual(await changed(sum((fold) => ({ ...fold, where: before }))), ["zeros: refuted"]);
  t.deepEqual(await changed(sum((fold) => ({ ...fold, start: constant("i32", 0) }))), ["stages: refuted"]);
  const weight = sum((fold) => mapped(fold, (e) => (e.kind === "at" && e.tensor.kind === "stage" && e.tensor.name === "b" ? { ...e, index: e.index.map((index, k) => (k === 0 ? literal(0) : index)) } : e)));
  t.deepEqual(await changed(weight), ["stages: refuted"]);
  const product = (op: string) => sum((fold) => mapped(fold, (e) => (e.kind === "op" && e.op === "mulw.i32" ? { ...e, op } : e)));
  t.deepEqual(await changed(product("addw.i32")), ["sum: refuted"]);
});

test("another node changed, or another padding: refuted", async (t) => {
  const before = present(all[0], "a case");
  const { graph: after } = rewriteGraph(before, [{ lemma: "store-padding" }]);
  const into = claims("lemmas");
  justifyPadding(into, 0, before, { ...after, nodes: after.nodes.map((each) => ({ ...each, attributes: { ...each.attributes, pads: [1, 1, 1, 2] } })) }, "y");
  t.true((await outcomes(into.obligations)).includes("node: refuted"));
});
