/** The schedules of examples/schedules: proved end to end, the same bits as the meanings, less memory than the default. */
import { readFileSync } from "node:fs";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { endToEnd } from "../../src/compose/coverage.js";
import { fixDimsOf } from "../../bench/network-list.js";
import { type BuildResult, buildModel } from "../../src/driver.js";
import { memoryOf } from "../../src/evidence/memory.js";
import { runInC } from "../../src/run/engines.js";
import { vectorFor } from "../../src/run/vectors.js";
import { parseSchedule } from "../../src/schedule.js";
import { sameBits } from "../../src/testing/compare.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { network } from "./network.js";

const silent = { stage: () => undefined, settled: () => undefined };

function arenaBytes({ code }: BuildResult): number {
  return memoryOf(present(code, "code").read.program).arenaBytes;
}

/** The arena by hand and by default, in bytes. */
const networks = {
  silero_vad_openvino_16k: [5632, 6688], deeploy_cct_1_16_16_8: [10240, 24576],
  mlperf_ic_fp32: [106496, 131072], stm_mobilenetv2_05_128: [433728, 1610112],
} as const;

for (const [name, [byHand, byDefault]] of Object.entries(networks)) {
  test.serial(`${name}: ${byHand} bytes by hand instead of ${byDefault}, everything proved, the same bits`, async (t) => {
    t.timeout(900_000);
    const folder = network(name);
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    if (!hasTools(t, "gcc")) return;
    const file = `examples/schedules/${name}.json`;
    const request = { model: folder.model, jobs: 2, fixDims: fixDimsOf(name), contract: "separate", until: undefined, skip: [], solver: "auto" } as const;
    const plain = await buildModel({ ...request, schedule: undefined, prove: false }, silent);
    const result = await buildModel({ ...request, schedule: parseSchedule(readFileSync(file, "utf8"), file).steps, prove: true }, silent);
    t.is(result.outcome, "proved");
    const last = present(result.stages.find((stage) => stage.name === endToEnd), "end-to-end stage");
    t.deepEqual(last.ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id), []);
    t.is(arenaBytes(result), byHand);
    t.is(arenaBytes(plain), byDefault);
    const { emission, read } = present(result.code, "code of a proved build");
    const { graph } = result.imported;
    const vectors = [vectorFor(graph.inputs, 1), vectorFor(graph.inputs, 2, "special")];
    const [compiler] = await findCompilers();
    const outputs = await runInC({ files: emission.files, read, contract: "separate" }, vectors, present(compiler, "compiler"));
    vectors.forEach((inputs, k) => {
      const meant = [...evalGraph(graph, new Map(graph.inputs.map((input, j) => [input.name, present(inputs[j], input.name)])), "separate").values()];
      meant.forEach((value, j) => t.true(sameBits(value, present(outputs[k]?.[j], "output")), `vector ${k}, output ${j}`));
    });
  });
}
