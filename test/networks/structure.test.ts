/** What the default schedule makes of a residual network, counted in the final program. */
import test from "ava";
import { printExpr } from "../../ir/loop/print.js";
import type { Loop } from "../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { buildModel } from "../../src/driver.js";
import { memoryOf } from "../../src/evidence/memory.js";
import { network } from "./network.js";

const request = { jobs: 1, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: false } as const;

function isFold({ variable }: Loop): boolean {
  return /_k\d/.test(variable);
}

test("mlperf_ic_fp32: convolutions tiled on two axes, everything elementwise fused, no padding test in a hot loop", async (t) => {
  const folder = network("mlperf_ic_fp32");
  if (folder === undefined) {
      t.log("skipped: test data");
      return;
    }
  const { imported, code } = await buildModel({ model: folder.model, ...request }, { stage: () => undefined, settled: () => undefined });
  const program = present(code, "code").read.program;
  const stores = storesOf(program);
  const nodesOf = (op: string): string[] => imported.graph.nodes.filter((node) => node.op === op).map((node) => node.name);
  const steps = stores.filter(({ store }) => nodesOf("Conv").includes(store.origin.node) && loadsOf(store.value).some((load) => load.buffer === store.buffer));

  t.is(nodesOf("Conv").length, 9);
  for (const conv of nodesOf("Conv")) {
    const own = steps.filter(({ store }) => store.origin.node === conv);
    // The axes of a tile are the output loops inside the fold; a tile may span a whole axis.
    const tiles = own.map(({ loops }) => loops.slice(loops.findLastIndex(isFold) + 1).filter(({ extent }) => extent > 1).length);
    t.true(Math.max(...tiles) >= 2, `${conv}: ${tiles.join(" ")} tiled axes`);
  }
  // Hot: the steps of convolutions, all regions included.
  t.deepEqual(steps.filter(({ conditions }) => conditions.length > 0).map(({ store }) => store.name), []);

  // A fused node has no loop of its own: its operator stands in the store that ends a convolution's nest.
  const convolutionNests = new Set(steps.map(({ topLevel }) => topLevel));
  const elsewhere = stores.filter(({ topLevel }) => !convolutionNests.has(topLevel));
  const has = (op: string, of: readonly (typeof stores)[number][]): number =>
    of.filter(({ store }) => printExpr(store.value).includes(`${op}(`)).length;
  t.is(has("relu.f32", elsewhere), 0);
  t.true(has("relu.f32", stores) >= nodesOf("Relu").length);
  const residual = stores.filter(({ store }) => nodesOf("Add").includes(store.origin.node) || nodesOf("Relu").includes(store.origin.node));
  t.deepEqual(residual.filter(({ topLevel }) => !convolutionNests.has(topLevel)).map(({ store }) => store.name), []);
  // Bias: the fold starts from it, so no store adds it later.
  const biases = stores.filter(({ store }) => store.value.kind === "load" && store.origin.node.includes("Conv"));
  t.true(biases.length >= 9);

  const { arenaBytes, liveSetBytes } = memoryOf(program);
  t.log(`arena ${arenaBytes} bytes, live-set bound ${liveSetBytes}, ${steps.length} step statements in ${convolutionNests.size} nests`);
  t.true(liveSetBytes > 0 && arenaBytes <= 1.1 * liveSetBytes);
});
