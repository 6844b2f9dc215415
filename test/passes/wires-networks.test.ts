/** Passes that re-route values, on real networks: the same bits after every stage, every obligation proved. */
import test from "ava";
import type { Program } from "../../ir/loop/program.js";
import { contractBuffers } from "../../src/passes/contract-buffers.js";
import { fuseLoops } from "../../src/passes/fuse-loops.js";
import { arenaSize, planMemory } from "../../src/passes/plan-memory.js";
import { liveSetBound } from "../../src/passes/shared/lifetimes.js";
import { sinkTransposes } from "../../src/passes/sink-transposes.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { testdata } from "../support/testdata.js";
import { runStages, startOfNetwork } from "./wires-support.js";

const passes = [sinkTransposes, fuseLoops, contractBuffers, planMemory];

/** Top-level nests that must be left: one per layer with weights or a window, and those of a softmax. */
const networks: Readonly<Record<string, number>> = {
  hcas_pra0_tau00: 7, acetone_acas_fc: 7, tinytaxinet: 4, acasxu_1_1: 8, sonnx_lenet5: 11, espcn_subpixel: 4, mlperf_ic_fp32: 15,
};

function stored({ buffers }: Program): number {
  return buffers.reduce((sum, { kind, shape }) => (kind === "temp" ? sum + elementCount(shape) : sum), 0);
}

for (const [name, nests] of Object.entries(networks)) {
  test(`${name}: ${nests} nests, same bits, all proved, arena at the live-set bound`, async (t) => {
    const folder = testdata("models", name);
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    const start = startOfNetwork(folder);
    const reports = await runStages(start, passes);
    for (const { pass, same, open, obligations, program } of reports) {
      t.true(same, pass);
      t.deepEqual(open, [], pass);
      t.log(`${pass}: ${obligations} obligations, ${program.body.length} nests, ${stored(program)} elements stored`);
    }
    const last = reports.at(-1)?.program ?? start.staged.program;
    t.is(last.body.length, nests);
    t.deepEqual(arenaSize(last), liveSetBound(last));
    t.true(stored(last) < stored(start.staged.program) / 2);
  });
}
