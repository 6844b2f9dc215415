/** Which convolutions have their padding stored on a small core: by a bound made up here, none, all, or those whose part falls. */
import test from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { importModel } from "../../src/onnx/import.js";
import { type Evaluated, programsOf } from "../../src/optimise/evaluate.js";
import { cheapestPadding, paddingOf } from "../../src/optimise/padding.js";
import { usualSteps } from "../../src/optimise/search.js";
import { foldNestsOf } from "../../src/optimise/nests.js";
import { bytesOfConvolution } from "../proofs/lemmas/tile-models.js";
import { type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { attribute, i8, integers } from "../proofs/lemmas/quantised-models.js";

/** Two padded convolutions of four channels, one of a window without pairs, one without padding. */
function network(): Graph {
  const weights = (name: string, dims: readonly number[]): Fields => integers(name, i8, dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) => (k % 7) - 3));
  const conv = (x: string, w: string, y: string, kernel: readonly number[], pads: readonly number[]): Fields =>
    node("QLinearConv", [x, "s", "z", w, "s", "o", "s", "z"], [y], { attribute: [attribute("kernel_shape", kernel), attribute("pads", pads)] });
  const nodes = [
    conv("x", "v", "a", [3, 3], [1, 1, 1, 1]), conv("a", "w", "b", [3, 3], [1, 1, 1, 1]), conv("b", "u", "c", [1, 1], [0, 0, 0, 0]), conv("c", "t", "y", [1, 1], [1, 1, 1, 1]),
  ];
  const initializer = [floats("s", [], [0.5]), integers("z", i8, [], [3]), integers("o", i8, [], [0]), weights("v", [4, 4, 3, 3]), weights("w", [4, 4, 3, 3]), weights("u", [1, 4, 1, 1]), weights("t", [2, 1, 1, 1])];
  return importModel(model(graph(nodes, { input: [value("x", [1, 4, 8, 8], i8)], output: [value("y", [1, 2, 10, 10], i8)], initializer }))).graph;
}

const before = network();
const [first = "", second = "", , last = ""] = before.nodes.map(({ name }) => name);

test("all of those with pairs, for the least code", (t) => {
  t.deepEqual(paddingOf(before, "separate"), [first, second].map((name) => ({ lemma: "store-padding", node: name })));
  t.false(paddingOf(before, "separate").some(({ node: name }) => name === last));
  t.deepEqual(paddingOf(rewriteGraph(before, paddingOf(before, "separate")).graph, "separate"), []);
});

/** A bound that is the sum of the parts of both: by node, without and with its padding stored. */
function boundedBy(parts: readonly (readonly [without: number, within: number])[], asked: Graph[]): (graph: Graph) => Promise<Evaluated> {
  return (of) => {
    asked.push(of);
    const bySite = new Map(parts.map(([without, within], k) => [`n${k}d`, of.nodes[k]?.op === "QLinearConv" ? without : within] as const));
    return Promise.resolve({ kind: "bound", bound: [...bySite.values()].reduce((sum, part) => sum + part, 0), bySite });
  };
}

async function chosen(parts: readonly (readonly [number, number])[]): Promise<{ readonly nodes: readonly (string | undefined)[]; readonly asked: number }> {
  const asked: Graph[] = [];
  const found = await cheapestPadding(before, "separate", boundedBy(parts, asked));
  return { nodes: found.map(({ node: name }) => name), asked: asked.length };
}

test("none, all, or those whose part of the bound falls", async (t) => {
  t.deepEqual(await chosen([[5, 6], [5, 6]]), { nodes: [], asked: 2 });
  t.deepEqual(await chosen([[5, 4], [5, 4]]), { nodes: [first, second], asked: 2 });
  t.deepEqual(await chosen([[5, 4], [5, 9]]), { nodes: [first], asked: 3 });
  t.deepEqual(await chosen([[5, 9], [5, 4]]), { nodes: [second], asked: 3 });
  t.deepEqual(await chosen([[5, 5], [5, 5]]), { nodes: [], asked: 2 });
});

test("without a bound nothing is stored, and without padding nothing is asked", async (t) => {
  t.deepEqual(await cheapestPadding(before, "separate", () => Promise.resolve({ kind: "none", why: "made up" })), []);
  const bare = { ...before, nodes: before.nodes.slice(2, 3) };
  t.deepEqual(await cheapestPadding(bare, "separate", () => Promise.reject(new Error("asked"))), []);
});

test("the middle of what has its padding is stored by the nest that makes it, its ring by four nests", (t) => {
  const programs = programsOf({ graph: rewriteGraph(before, paddingOf(before, "separate")).graph, contract: "separate" });
  const steps = usualSteps(programs);
  t.deepEqual(steps.filter(({ pass }) => pass === "split-border").map(({ options }) => options["tensors"]), [["n0b_y", "n1b_y"], undefined]);
  const program = programs.after(steps);
  const nests = program.body.map((each) => (each.kind === "loop" ? each.variable : ""));
  t.is(nests.filter((name) => /^n1b_o0/.test(name)).length, 4);
  t.is(nests.filter((name) => /^n1d_o0/.test(name)).length, 1, "no border of the sum");
});

test("an image that is one channel short of four gets it, with padding or without", (t) => {
  for (const pads of [[1, 1, 1, 1], [0, 0, 0, 0]]) {
    const { graph: short } = importModel(bytesOfConvolution({ image: [3, 8, 8], filters: 4, pads, zero: 3 }));
    t.deepEqual(paddingOf(short, "separate"), [{ lemma: "store-padding", node: "conv", channels: 4 }]);
    const program = programsOf({ graph: rewriteGraph(short, paddingOf(short, "separate")).graph, contract: "separate" });
    t.is(foldNestsOf(program.before("tile-loops", usualSteps(program))).find(({ site }) => site === "n0d")?.pairs?.steps, 4);
  }
});
