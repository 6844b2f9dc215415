/**
 * winograd: convolutions of integers over tiles have the same bits as before, and claims that are proved; what does
 * not apply is refused with the reason; every constant and every part of the meaning that is wrong is refuted.
 */
import test from "ava";
import { evalGraph } from "../../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import { type Tensor, type TensorType, elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import type { Obligation } from "../../../proofs/kernel/obligation.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { justifyTiles } from "../../../proofs/lemmas/winograd/justify.js";
import { filterByTiles } from "../../../proofs/lemmas/winograd/rewrite.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { startZ3 } from "../../../proofs/provers/z3.js";
import { lemmaStage } from "../../../src/numeric/lemma-stage.js";
import { importModel } from "../../../src/onnx/import.js";
import { refuses } from "../../support/refusals.js";
import { node } from "../../support/onnx-model.js";
import { attribute, dequantised, groupGraph, i32, i8, tinyConv, u8 } from "./quantised-models.js";
import { type Convolution, bytesOfConvolution, convolutions, numbers } from "./tile-models.js";

const graphOf = (given: Convolution): Graph => importModel(bytesOfConvolution(given)).graph;

async function outcomes(obligations: readonly Obligation[]): Promise<readonly string[]> {
  const ledger = await discharge(obligations, { jobs: 1, solver: "z3" });
  return ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id, verdict }) => `${id.replace(/^lemmas\/B1\/0\./, "")}: ${verdict.kind}`);
}

/** Bytes of every kind, and all of them least or greatest. */
function inputsFor({ type, shape }: TensorType): readonly Tensor[] {
  const count = elementCount(shape);
  const low = type === "u8" ? 0 : -128;
  const lists = [numbers(count, 9301), numbers(count, 49297), new Array<number>(count).fill(-128), new Array<number>(count).fill(127)];
  return lists.map((list) => tensorOf(type, shape, list.map((x) => x + 128 + low)));
}

function resultOf(graph: Graph, x: Tensor): readonly number[] {
  return Array.from(present(evalGraph(graph, new Map([["x", x]]), "separate").get("y"), "y").data, Number);
}

test("even and odd extents, every padding, zero points and scales: the claims are proved, and the bits are the same", async (t) => {
  for (const before of convolutions.map(graphOf)) {
    const { graph: after, claims: made, steps } = rewriteGraph(before, [{ lemma: "winograd" }]);
    t.deepEqual([after.nodes.map(({ op }) => op), steps.length], [["QLinearWinograd"], 1]);
    t.true(made.obligations.length >= 12);
    t.deepEqual(await outcomes(made.obligations), []);
    for (const x of inputsFor(present(before.inputs[0], "x"))) {
      const y = resultOf(before, x);
      t.deepEqual(resultOf(after, x), y);
    }
  }
});

/** Convolutions of every kind that the lemma takes, drawn with a seed. */
function drawn(count: number): readonly Convolution[] {
  let state = 12345;
  const under = (n: number): number => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return Math.floor((state / 2 ** 32) * n); };
  const byte = (type: number): number => under(256) - (type === u8 ? 0 : 128);
  const list = (length: number, of: () => number): readonly number[] => Array.from({ length: under(2) === 0 ? 1 : length }, of);
  return Array.from({ length: count }, (): Convolution => {
    const [type, weightType, result, filters] = [u8 + under(2), u8 + under(2), u8 + under(2), 1 + under(4)];
    const scale = (): number => [0.5, 0.25, 1, 2 ** -7, 0.013, 0.001, 0.3, 2 ** -10][under(8)] ?? 1;
    const [image, pads, start] = [[4 + 4 * under(3), 3 + under(6), 3 + under(6)], [under(3), under(3), under(3), under(3)], under(2 ** 20) - 2 ** 19];
    return { image, filters, pads, type, weightType, result, zero: byte(type), zeros: list(filters, () => byte(weightType)), scales: list(filters, scale), sx: scale(), bias: (m) => start - 1000 * m };
  });
}

test("convolutions drawn at random: the claims are proved, and the bits are the same", async (t) => {
  for (const given of drawn(60)) {
    const before = graphOf(given);
    const { graph: after, claims: made } = rewriteGraph(before, [{ lemma: "winograd" }]);
    t.deepEqual(await outcomes(made.obligations), []);
    const [x] = inputsFor(present(before.inputs[0], "x"));
    t.deepEqual(resultOf(after, present(x, "x")), resultOf(before, present(x, "x")));
  }
});

test("results differ from each other, so that equal bits say something", (t) => {
  for (const given of convolutions) {
    const before = graphOf(given);
    const results = inputsFor(present(before.inputs[0], "x")).map((x) => resultOf(before, x).join());
    t.true(new Set(results).size > 1, results.join("\n"));
  }
});

test("it is exact: no bound is asked for; what a quantised group is measured by stays; a node has its padding stored or tiles", async (t) => {
  const nothing = { box: undefined, replication: "exact", allowUnbounded: false } as const;
  const { tier, unbounded } = await lemmaStage(graphOf(present(convolutions[0], "a case")), "separate", { ...nothing, lemmas: [{ lemma: "winograd" }] }, startZ3);
  t.deepEqual([tier, unbounded], ["T0", undefined]);
  const weights = dequantised("w", [i8, [2, 4, 3, 3], numbers(72, 40503)], [0.02, 0.013]);
  const conv = [...weights.nodes, node("Conv", ["x_f", "w", "c"], ["y_f"], { attribute: [attribute("kernel_shape", [3, 3]), attribute("pads", [1, 1, 1, 1])] })];
  const bias = dequantised("c", [i32, [2], [40, -7]], [0.02, 0.013].map((scale) => Math.fround(0.1 * scale)));
  const group = groupGraph({ nodes: [...bias.nodes, ...conv], initializer: [...weights.initializer, ...bias.initializer], x: { shape: [1, 4, 3, 4], scale: 0.1, zero: -3 }, y: { shape: [1, 2, 3, 4], scale: 0.5, zero: 7 } });
  const both = [{ lemma: "integer-quantised" }, { lemma: "winograd" }] as const;
  const [alone, together] = await Promise.all([both.slice(0, 1), both].map((lemmas) => lemmaStage(group, "separate", { ...nothing, replication: undefined, allowUnbounded: true, lemmas }, startZ3)));
  t.deepEqual(together?.distance, alone?.distance);
  t.deepEqual(together?.graph.nodes.map(({ op }) => op), ["QLinearWinograd"]);
  t.deepEqual(together?.obligations.filter(({ id }) => together.verdicts.get(id)?.kind === "refuted"), []);
  const strided = graphOf({ image: [4, 6, 6], filters: 2, pads: [1, 1, 1, 1], strides: [2, 2] });
  const { graph: after } = rewriteGraph(rewriteGraph(strided, [{ lemma: "store-padding" }]).graph, []);
  t.is(after.nodes[0]?.op, "PaddedQLinearConv");
  refuses(t, "lemma", () => rewriteGraph(after, [{ lemma: "winograd" }]));
});

const plain: Convolution = { image: [4, 5, 4], filters: 3, pads: [1, 1, 1, 1], zero: -7 };

const refused: readonly (readonly [given: Convolution, why: RegExp])[] = [
  [{ ...plain, kernel: [3, 5] }, /its window is 3 x 5, not 3 x 3/],
  [{ ...plain, kernel: [1, 1] }, /its window is 1 x 1/],
  [{ ...plain, strides: [1, 2] }, /strides or dilations are not 1/],
  [{ ...plain, dilations: [2, 1] }, /strides or dilations are not 1/],
  [{ ...plain, filters: 4, group: 2 }, /it has groups/],
  [{ ...plain, image: [3, 5, 4] }, /3 channels are no multiple of 4/],
  [{ ...plain, image: [6, 5, 4] }, /6 channels are no multiple of 4/],
  [{ ...plain, image: [4, 5], kernel: [3], pads: [1, 1] }, /images have 1 axes, not 2/],
  [{ ...plain, image: [4, 5, 4, 4], kernel: [3, 3, 3], pads: [1, 1, 1, 1, 1, 1] }, /images have 3 axes, not 2/],
  [{ ...plain, outside: ["w"] }, /its weights are no constants/],
  [{ ...plain, outside: ["b"] }, /its bias is no constant/],
  [{ ...plain, without: ["b"] }, /it has no bias/],
  [{ ...plain, outside: ["sw"] }, /its scale of W is no constant/],
  [{ ...plain, outside: ["sx"] }, /its scale of X is no constant/],
  [{ ...plain, outside: ["sy"] }, /its scale of the result is no constant/],
  [{ ...plain, outside: ["zx"] }, /its zero point of X is no constant/],
  [{ ...plain, outside: ["zw"] }, /its zero point of W is no constant/],
  [{ ...plain, bias: () => 2 ** 29 }, /four times the sum of filter 0, .* does not fit 32 bits/],
  [{ ...plain, bias: (m) => (m === 2 ? -(2 ** 29) + 100 : 0) }, /four times the sum of filter 2/],
  [{ ...plain, sx: 2 ** -100, scales: [0.01, 2 ** -25, 0.1] }, /the factor .* of filter 1 has no exact quarter/],
  [{ ...plain, sx: 2 ** 100, scales: [2 ** 100] }, /the factor Infinity of filter 0 has no exact quarter/],
];

test("what does not apply is refused with the reason, and left out where no node is named", (t) => {
  for (const [given, why] of refused) {
    const before = graphOf(given);
    t.regex(t.throws(() => filterByTiles(before, present(before.nodes[0], "a node")), undefined, String(why)).message, why);
    refuses(t, "lemma", () => rewriteGraph(before, [{ lemma: "winograd" }]));
    refuses(t, "lemma", () => rewriteGraph(before, [{ lemma: "winograd", node: "conv" }]));
  }
  const before = graphOf(plain);
  refuses(t, "lemma", () => rewriteGraph(before, [{ lemma: "winograd", node: "nobody" }]));
  refuses(t, "lemma", () => rewriteGraph(rewriteGraph(before, [{ lemma: "winograd" }]).graph, [{ lemma: "winograd" }]));
  const cropped = { ...before, nodes: before.nodes.map((each) => ({ ...each, attributes: { ...each.attributes, pads: [1, -1, 1, 1] } })) };
  t.regex(t.throws(() => filterByTiles(cropped, present(cropped.nodes[0], "a node"))).message, /crops/);
  const named = { ...before, types: new Map([...before.types, ["conv/tile-weights", { type: "i8", shape: [1] }] as const]) };
  t.regex(t.throws(() => filterByTiles(named, present(named.nodes[0], "a node"))).message, /tensor conv\/tile-weights already/);
  t.regex(t.throws(() => { const floats = groupGraph(tinyConv(1)); filterByTiles(floats, present(floats.nodes[0], "a node")); }).message, /no QLinearConv/);
});

test("just below what 32 bits hold, and a quarter that is the least normal number: taken, and proved", async (t) => {
  const room = graphOf({ ...plain, weight: 1, bias: (m) => (m === 0 ? 2 ** 29 - 1 - 36 * 134 : 0) });
  const least = graphOf({ ...plain, sx: 2 ** -100, scales: [2 ** -23] });
  for (const before of [room, least]) {
    const { graph: after, claims: made } = rewriteGraph(before, [{ lemma: "winograd" }]);
    t.deepEqual(await outcomes(made.obligations), []);
    for (const x of inputsFor(present(before.inputs[0], "x"))) t.deepEqual(resultOf(after, x), resultOf(before, x));
  }
});

/** What the claims refute of a graph after. */
async function refutedIn(before: Graph, after: Graph): Promise<readonly string[]> {
  const into = claims("lemmas");
  justifyTiles(into, 0, before, after, present(before.nodes[0], "a node").name);
  return outcomes(into.obligations);
}

const withConstant = (graph: Graph, name: string, change: (data: number[]) => void): Graph => {
  const { type, shape, data } = present(graph.constants.get(name), name);
  const list = Array.from(data, Number);
  change(list);
  return { ...graph, constants: new Map([...graph.constants, [name, tensorOf(type, shape, list)]]) };
};

test("a wrong weight, wherever it is, and a bias that is not four times: refuted by the claim of each place that reads it", async (t) => {
  const before = graphOf(present(convolutions[0], "a case"));
  const { graph: after } = rewriteGraph(before, [{ lemma: "winograd" }]);
  t.deepEqual(await refutedIn(before, after), []);
  const count = present(after.constants.get("conv/tile-weights"), "weights").data.length;
  for (let k = 0; k < count; k++) {
    const found = await refutedIn(before, withConstant(after, "conv/tile-weights", (data) => { data[k] = (data[k] ?? 0) + 1; }));
    t.true(found.length > 0 && found.every((each) => /^weights\.\d\d: refuted$/.test(each)), `${k}: ${found.join()}`);
  }
  for (const change of [(b: number) => b / 4, (b: number) => b + 1, (b: number) => -b]) {
    t.deepEqual(await refutedIn(before, withConstant(after, "conv/tile-bias", (data) => { data[2] = change(data[2] ?? 0); })), ["bias.00: refuted", "bias.01: refuted", "bias.10: refuted", "bias.11: refuted"]);
  }
});

test("another padding, zero point, scale or image: refuted", async (t) => {
  const before = graphOf(present(convolutions[1], "a case"));
  const { graph: after } = rewriteGraph(before, [{ lemma: "winograd" }]);
  const { inputs, ...rest } = present(after.nodes[0], "a node");
  const changed = (part: Partial<GraphNode>): Graph => ({ ...after, nodes: [{ ...rest, inputs, ...part }] });
  t.true((await refutedIn(before, changed({ attributes: { pads: [0, 1, 2, 1] } }))).includes("weights.00: refuted"));
  t.deepEqual(await refutedIn(before, changed({ attributes: { pads: [1, 1, 1, 2] } })), ["result: refuted"]);
  t.true((await refutedIn(before, changed({ inputs: inputs.with(2, "zw") }))).includes("weights.00: refuted"));
  t.true((await refutedIn(before, changed({ inputs: inputs.with(6, "zw") }))).includes("around.00: refuted"));
  t.true((await refutedIn(before, changed({ inputs: inputs.with(1, "sy") }))).includes("factor.00: refuted"));
  t.true((await refutedIn(before, changed({ outputs: ["z"] }))).includes("node: refuted"));
  t.true((await refutedIn(before, withConstant(after, "conv/tile-weights", (data) => data.fill(0)))).includes("weights.11: refuted"));
  const first = { ...before, constants: new Map([...before.constants, ["b", tensorOf("i32", [2], [2 ** 29, 0])]]) };
  t.true((await refutedIn(first, withConstant(after, "conv/tile-bias", (data) => { data[0] = 2 ** 31; }))).includes("range.00: refuted"), "4·2^29 wraps to the same bias");
});
