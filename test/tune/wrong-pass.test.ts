/** A search with a pass that goes wrong on what was chosen only: the proof stands between a candidate and the file. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { Node, Program } from "../../ir/loop/program.js";
import type { Pass } from "../../src/pass.js";
import { pipeline } from "../../src/pipeline.js";
import { type Prices, modelledPrices } from "../../src/tune/prices.js";
import { proofOf } from "../../src/tune/run.js";
import { tune } from "../../src/tune/search.js";
import { stepsWith } from "../../src/tune/space.js";
import { folderFor } from "../cli/support.js";
import { wrong } from "../support/sabotages.js";
import { machineNamed, products, productsBytes, spaceFor } from "./support.js";

const machine = machineNamed("x86-64-v4");
const space = spaceFor(products);
const base = stepsWith(space, new Map());
const name = "tile-loops";
const usual = JSON.stringify(base.find(({ pass }) => pass === name)?.options);

/** Every tile without its last lane. */
function spoil(after: Program): Program {
  const shorter = (node: Node): Node => {
    if (node.kind === "store") return node;
    const inner = { ...node, body: node.body.map(shorter) };
    return inner.kind === "loop" && inner.origin.pass === name && inner.variable.endsWith("i") ? { ...inner, extent: inner.extent - 1 } : inner;
  };
  return { ...after, body: after.body.map(shorter) };
}

/** Right with the options of the schedule there was, and with no others. */
function wrongWhereChosen(pass: Pass): Pass {
  return { ...pass, run: (before, options) => (JSON.stringify(options) === usual ? pass : wrong(pass, spoil)).run(before, options) };
}

test("a tiling that is wrong for what was chosen: refuted, dropped, and the schedule stays as it was", async (t) => {
  const model = join(folderFor(t), "model.onnx");
  writeFileSync(model, productsBytes());
  const passes = pipeline.map((pass) => (pass.name === name ? wrongWhereChosen(pass) : pass));
  const request = { model, fixDims: new Map(), fixInputs: new Map(), contract: "separate", solver: "auto", jobs: 1, passes } as const;
  const prices: Prices = modelledPrices(machine);
  const verdicts: string[] = [];
  const found = await tune({
    space, machine, programs: products, prices, limit: 1000, perNest: Infinity, margin: { nest: 0.01, network: 0 }, expired: () => false, report: () => undefined,
    prove: async (steps) => {
      const verdict = await proofOf(request, steps, { stage: () => undefined, settled: () => undefined });
      verdicts.push(verdict);
      return verdict;
    },
  });
  t.true(found.dropped.refuted > 0 && found.dropped.undecided === 0, JSON.stringify(found.dropped));
  t.deepEqual([found.kept, found.steps, found.proved], [[], base, true]);
  t.is(verdicts.at(-1), "proved");
});
