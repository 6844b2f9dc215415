/** The networks, from ONNX to compiled C: proved, equal bit for bit, near the stored outputs. */
import test from "ava";
import { networks } from "../../bench/network-list.js";
import { networkRow, tolerance } from "../../bench/network-row.js";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { importModel } from "../../src/onnx/import.js";
import { readDataSet } from "../../src/testing/data-sets.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { forwardError } from "./forward-error.js";
import { network } from "./network.js";

/** Sums of 640 terms: stored outputs and ours lie further apart than the common tolerance, within the bound below. */
const longSums = "mlperf_ad_fp32";

for (const { name } of networks) {
  test.serial(`${name}: every obligation proved, C equals the meanings bit for bit, stored outputs agree`, async (t) => {
    t.timeout(600_000);
    const folder = network(name);
    if (folder === undefined) {
      t.log("skipped: test data");
      return;
    }
    if (!hasTools(t, "gcc")) return;
    const [compiler] = await findCompilers();
    const { row } = await networkRow(folder, present(compiler, "a compiler"), 2);
    t.log(`${row.statements} statements, ${row.counts.total.obligations} obligations, ${row.seconds.toFixed(1)} s, largest difference ${row.maxAbsDiff.toExponential(2)}`);
    t.is(row.outcome, "proved");
    t.is(row.counts.total.proved, row.counts.total.obligations);
    t.true(row.counts.total.obligations > 200 && row.counts.covers.sat > 50);
    t.deepEqual(row.coverage, { statements: row.statements, covered: row.statements, uncovered: [], others: [] });
    t.is(row.differing, 0);
    t.true(row.vectors >= 3);
    t.true(row.memory.arenaBytes <= 1.1 * row.memory.liveSetBytes, `arena ${row.memory.arenaBytes}, live set ${row.memory.liveSetBytes}`);
    if (name !== longSums) t.true(row.withinTolerance, `outside ${tolerance.relative}, ${tolerance.absolute}`);
  });
}

test(`${longSums}: the stored outputs lie within twice the first-order error bound of ours`, (t) => {
  const folder = network(longSums);
  if (folder === undefined) {
      t.log("skipped: test data");
      return;
    }
  const { graph } = importModel(folder.model);
  const ratios = folder.sets.map(readDataSet).map(({ inputs, outputs }) => {
    const input = present(inputs[0], "input");
    const stored = present(outputs[0], "output");
    const ours = present([...evalGraph(graph, new Map([[present(graph.inputs[0], "input").name, input]]), "separate").values()][0], "output");
    const bound = forwardError(graph, input);
    return Math.max(...Array.from(bound, (limit, k) => Math.abs(Number(stored.data[k]) - Number(ours.data[k])) / (2 * limit)));
  });
  t.log(`largest |stored − ours| ÷ bound per set: ${ratios.map((r) => r.toExponential(1)).join(", ")}`);
  t.true(ratios.every((ratio) => ratio <= 1));
  t.true(ratios.some((ratio) => ratio > 0), "the outputs do differ");
});
