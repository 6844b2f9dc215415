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
import { network } from "./network.js";
import { boundAt, shareOf } from "./proven-bound.js";

/** Sums of 640 terms: stored outputs and ours lie further apart than the common tolerance, within the proven bound below. */
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

test(`${longSums}: our outputs, and the stored ones, lie within the proven bound of the real meaning`, (t) => {
  t.timeout(300_000);
  const folder = network(longSums);
  if (folder === undefined) {
    t.log("skipped: test data");
    return;
  }
  const { graph } = importModel(folder.model);
  for (const { inputs, outputs } of folder.sets.map(readDataSet)) {
    const byName = new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)]));
    const at = boundAt(graph, byName, "separate");
    const [ours, stored] = [shareOf(at, [...evalGraph(graph, byName, "separate").values()]), shareOf(at, outputs)];
    t.log(`bound ${Math.max(...(at.bound[0] ?? [])).toExponential(2)}, ours ${ours.distance.toExponential(2)}, stored ${stored.distance.toExponential(2)} from the real meaning`);
    t.true(ours.share <= 1 && ours.distance > 0, "ours is within the proven bound");
    t.true(stored.share <= 1, "so is the stored output, whatever its order of sums");
  }
});
