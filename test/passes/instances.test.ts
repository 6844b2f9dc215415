/**
 * The passes that move instances: same outputs to the bit, the shapes they promise, and
 * every obligation of their stages proved with its cover. Convolutions come as reference
 * programs of all kinds of windows, networks from the shared test data.
 */
import test, { type ExecutionContext } from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { loopsOf, storesOf } from "../../ir/loop/visit.js";
import { packWeights } from "../../src/passes/pack-weights.js";
import { reorderLoops } from "../../src/passes/reorder-loops.js";
import { chainOf, nestOf } from "../../src/passes/shared/nests.js";
import { splitBorder } from "../../src/passes/split-border.js";
import { largestDivisor } from "../../src/passes/shared/divisors.js";
import { tileLoops } from "../../src/passes/tile-loops.js";
import { unrollLoops } from "../../src/passes/unroll-loops.js";
import type { Pass, PassOptions, Staged } from "../../src/pass.js";
import { type Conv, type Stage, bitsOfOutputs, convolution, gemm, loadGraph, prove, referenceOf, runPasses, withOneAccumulator } from "./instances-support.js";
import { dataflowProblems } from "../lower/oracle.js";
import { randomWindow } from "../lower/windows.js";
import { randomFrom, randomInputs } from "../loop/support.js";
import { testdata } from "../support/testdata.js";

const all: readonly (readonly [Pass, PassOptions?])[] = [[splitBorder], [tileLoops], [reorderLoops], [packWeights], [unrollLoops]];

const last = (start: Staged, stages: readonly Stage[]): Staged => stages.at(-1)?.after ?? start;

function sameBits(t: ExecutionContext, graph: Graph, start: Staged, stages: readonly Stage[]): void {
  const expected = bitsOfOutputs(start.program, graph.constants, 7);
  t.true(Object.values(expected).every((values) => values.length > 0));
  for (const { name, after } of stages) t.deepEqual(bitsOfOutputs(after.program, graph.constants, 7), expected, name);
}

async function allProved(t: ExecutionContext, graph: Graph, start: Staged, stages: readonly Stage[]): Promise<void> {
  t.true(stages.length > 0);
  for (const { stage, obligations, open } of await prove(graph, start, stages)) {
    t.deepEqual(open, [], stage);
    t.true(obligations > 0);
    t.log(`${stage}: ${obligations} obligations`);
  }
}

/** Stores inside a fold that are still under a test. */
function guardedSteps({ program }: Staged): string[] {
  return storesOf(program).filter(({ conditions, loops }) => conditions.length > 0 && loops.some((loop) => /_k\d/.test(loop.variable))).map(({ store }) => store.name);
}

const convs: readonly (Conv & { readonly what: string; readonly nests: number; readonly free: boolean })[] = [
  { what: "3×3, padding 1", channels: 2, filters: 16, size: [8, 10], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1, nests: 9, free: true },
  { what: "3×3, stride 2, padding after", channels: 3, filters: 12, size: [8, 8], kernel: [3, 3], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 1, 1], group: 1, nests: 4, free: true },
  { what: "5×5, padding 2", channels: 1, filters: 4, size: [8, 9], kernel: [5, 5], strides: [1, 1], dilations: [1, 1], pads: [2, 2, 2, 2], group: 1, nests: 9, free: false },
  { what: "dilation 3, rows only in part inside", channels: 1, filters: 2, size: [9, 4], kernel: [3, 1], strides: [1, 1], dilations: [3, 1], pads: [3, 0, 3, 0], group: 1, nests: 3, free: true },
  { what: "windows wholly in padding", channels: 2, filters: 8, size: [3, 3], kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [3, 3, 0, 0], group: 1, nests: 9, free: true },
  { what: "two rows, no interior", channels: 2, filters: 6, size: [2, 8], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1, nests: 6, free: true },
  { what: "depthwise", channels: 8, filters: 8, size: [6, 6], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 8, nests: 9, free: true },
  { what: "two groups", channels: 4, filters: 16, size: [4, 4], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 2, nests: 9, free: true },
];

for (const conv of convs) {
  test.serial(`convolution: ${conv.what}`, async (t) => {
    const graph = convolution(conv);
    const start = referenceOf(graph);
    const stages = runPasses(start, all);
    sameBits(t, graph, start, stages);
    const [split] = stages;
    t.is(split?.name, "split-border");
    t.is(split?.after.program.body.length, conv.nests);
    if (conv.free) t.deepEqual(guardedSteps(last(start, stages)), []);
    else t.false(guardedSteps(last(start, stages)).includes("n0_s"), "the interior has no test");
    await allProved(t, graph, start, stages);
  });
}

test.serial("tile-loops: a size that does not divide the extent leaves a guarded tail", async (t) => {
  const graph = convolution({ channels: 2, filters: 5, size: [6, 7], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 });
  const start = referenceOf(graph);
  const rules = [{ loops: ["*_o1", "*_o3"], size: 3 }, { loops: "*_k0", size: 2 }];
  const stages = runPasses(start, [[splitBorder], [tileLoops, { rules }], [reorderLoops], [packWeights]]);
  t.deepEqual(stages.map(({ name }) => name), ["tile-loops", "reorder-loops", "pack-weights"]);
  t.is(guardedSteps(last(start, stages)).length, 1);
  sameBits(t, graph, start, stages);
  await allProved(t, graph, start, stages);
});

test.serial("a product of matrices: lanes over its columns, weights packed for them", async (t) => {
  const graph = gemm(3, 5, 24);
  const start = referenceOf(graph);
  const stages = runPasses(start, all);
  t.deepEqual(stages.map(({ name }) => name), ["tile-loops", "reorder-loops", "pack-weights", "unroll-loops"]);
  const { program } = last(start, stages);
  const [packed] = program.buffers.filter((buffer) => buffer.kind === "weight");
  t.deepEqual(packed?.shape, [3, 5, 8]);
  t.deepEqual(packed?.map?.index.map((e) => e.text), ["d1", "8*d0 + d2"]);
  sameBits(t, graph, start, stages);
  await allProved(t, graph, start, stages);
});

test("reorder-loops: the shape of a register tile", (t) => {
  const graph = convolution({ channels: 3, filters: 16, size: [8, 14], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 });
  const stages = runPasses(referenceOf(graph), [[tileLoops], [reorderLoops]]);
  const [top] = stages.at(-1)?.after.program.body ?? [];
  t.truthy(top);
  if (top === undefined) return;
  const nest = nestOf(top);
  t.deepEqual(nest.loops.map((loop) => `${loop.variable} ${loop.extent}`), ["n0_o0 1", "n0_o1t 2", "n0_o2 6", "n0_o3t 2"]);
  t.deepEqual(nest.body.map((item) => chainOf(item)?.loops.map((loop) => loop.variable)), [
    ["n0_o1ia", "n0_o3ia"],
    ["n0_k0", "n0_k1", "n0_k2", "n0_o3ib", "n0_o1ib"],
    ["n0_o1ic", "n0_o3ic"],
  ]);
});

test("reorder-loops: iterations that depend on each other stay in order", (t) => {
  const graph = convolution({ channels: 1, filters: 8, size: [4, 4], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 });
  const start = referenceOf(graph);
  const one = withOneAccumulator(start); // what contraction leaves
  t.is(splitBorder.run(one, {}), undefined);
  t.is(reorderLoops.run(one, { rules: [{ inner: ["*_o1", "*_o3"] }] }), undefined);
  t.not(tileLoops.run(one, {}), undefined, "tiling alone keeps the order");
});

test("random windows: what every load reads is what the witness says", (t) => {
  const random = randomFrom(2026);
  let split = 0;
  for (let k = 0; k < 60; k++) {
    const graph = randomWindow(random);
    const start = referenceOf(graph);
    const sizes = { rules: [{ loops: ["*_o2*", "*_o3*"], size: 2 }, { loops: "*_o1*", size: 2 }] };
    const stages = runPasses(start, [[splitBorder, { regionsPerLoop: 1 + (k % 4) }], [tileLoops, k % 2 === 0 ? {} : sizes], [reorderLoops], [packWeights]]);
    split += stages.some(({ name }) => name === "split-border") ? 1 : 0;
    sameBits(t, graph, start, stages);
    for (const { name, after } of stages) {
      t.deepEqual(dataflowProblems(after.program, after.dataflow, randomInputs(after.program, graph.constants, k)), [], `${k} ${name}`);
    }
  }
  t.true(split > 10, `${split} windows were split`);
});

test("options: a misspelt word is refused", (t) => {
  const graph = gemm(1, 2, 8);
  const start = referenceOf(graph);
  for (const [pass, options] of [
    [tileLoops, { rules: [{ loop: "*" }] }],
    [tileLoops, { rules: [{ loops: "*", size: 0 }] }],
    [tileLoops, { rules: [{ loops: "a.b" }] }],
    [tileLoops, { rules: "all" }],
    [reorderLoops, { inner: ["*"] }],
    [unrollLoops, { rules: [{ upTo: "8" }] }],
    [splitBorder, { regions: 3 }],
    [packWeights, { any: 1 }],
  ] as const) {
    t.throws(() => pass.run(start, options), { name: "Refusal" }, `${pass.name} ${JSON.stringify(options)}`);
  }
});

test("largestDivisor", (t) => {
  t.deepEqual([1, 7, 8, 30, 13, 64, 15].map((n) => largestDivisor(n, 8)), [1, 7, 8, 6, 1, 8, 5]);
});

for (const model of ["mlperf_ic_fp32", "mnist_8", "tfl_magic_wand_fp32", "acasxu_1_1"]) {
  test.serial(`network: ${model}`, async (t) => {
    const folder = testdata("models", model);
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    const graph = loadGraph(folder);
    const start = referenceOf(graph);
    const stages = runPasses(start, all);
    sameBits(t, graph, start, stages);
    if (model === "mlperf_ic_fp32") {
      t.deepEqual(guardedSteps(last(start, stages)), []);
      t.deepEqual(untiled(last(start, stages)), []);
    }
    await allProved(t, graph, start, stages);
  });
}

/** Nests of convolutions with a loop that has a divisor of 2 … 8 and fewer than two tiled axes, among channels and positions. */
function untiled({ program }: Staged): string[] {
  const nests = program.body.map(nestOf).filter(({ body }) => body.length === 3 && loopsOf({ ...program, body }).some((loop) => /_k2/.test(loop.variable)));
  return nests.filter(({ loops, body }) => {
    const lanes = loopsOf({ ...program, body: body.slice(1, 2) }).filter((loop) => /_o\d.*i/.test(loop.variable)).length;
    const left = loops.filter((loop) => !loop.variable.endsWith("t") && largestDivisor(loop.extent, 8) > 1).length;
    return lanes < Math.min(2, lanes + left);
  }).map(({ loops }) => loops[0]?.variable ?? "");
}
