/**
 * Whole networks against stored outputs, in both contracts of the arithmetic.
 *
 * The stored outputs come from another implementation in float; elements are compared
 * with rtol 1e-4 and atol 1e-5. One named network is outside of that, and is compared
 * with the real meaning and the proven bound instead; no other may be.
 */
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { importModel } from "../../src/onnx/import.js";
import { testdata } from "../support/testdata.js";
import { boundAt, shareOf } from "../networks/proven-bound.js";
import { assertMeanings, dataSetsOf, largestShare, modelPath } from "./onnx-cases.js";

const networks = [
  "hcas_pra0_tau00", "acetone_acas_fc", "mlperf_ad_fp32", "acasxu_1_1", "tinytaxinet", "mlperf_ic_fp32",
  "marabou_cifar_deep_kw_simp", "mnist_8", "tfl_magic_wand_fp32", "sonnx_lenet5",
];

/** Sums of 640 terms, outputs near 60: two float implementations lie further apart than the common tolerance. */
const longSums = "mlperf_ad_fp32";

function largestOf(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function differences(a: Tensor, b: Tensor): readonly number[] {
  return [...a.data].map((value, at) => Number(value) - Number(b.data[at]));
}

for (const name of networks) {
  test(`networks: ${name}`, (t) => {
    const folder = testdata("models", name);
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    const { graph } = importModel(modelPath(folder));
    assertMeanings(graph);
    const sets = dataSetsOf(folder, graph);
    t.true(sets.length > 0 && graph.outputs.length > 0, join(folder, "test_data_set_0"));
    for (const contract of ["separate", "fused"] as const) {
      let worst = 0;
      for (const { inputs, expected } of sets) {
        [...evalGraph(graph, inputs, contract).values()].forEach((output, k) => {
          const stored = present(expected[k], "stored output");
          const distance = largestOf(differences(output, stored));
          worst = Math.max(worst, distance);
          if (largestShare(output, stored) <= 1) return;
          t.is(name, longSums, `outside of the tolerance by ${distance}`);
          const at = boundAt(graph, inputs, contract);
          t.true(shareOf(at, [output]).share <= 1 && shareOf(at, [stored]).share <= 1, `${contract}: outside of the proven bound`);
        });
      }
      t.log(`${contract}: largest difference ${worst.toExponential(2)} over ${sets.length} sets`);
    }
  });
}
