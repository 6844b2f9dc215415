/**
 * Whole networks against stored outputs, in both contracts of the arithmetic.
 *
 * The stored outputs come from another implementation in float, so they are right only
 * as far as float is: elements are compared with rtol 1e-4 and atol 1e-5. Where they
 * miss the evaluation of the same network in f64 by more than that themselves (a deep
 * network with outputs near 60 does), no float implementation could be asked for it:
 * there the tolerance is relative to the largest output, and the log says so.
 */
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import type { Tensor, TensorType } from "../../ir/tensor/tensor.js";
import { importModel } from "../../src/onnx/import.js";
import { testdata } from "../support/testdata.js";
import { assertMeanings, dataSetsOf, largestShare, modelPath, tolerance } from "./onnx-cases.js";

const networks = [
  "hcas_pra0_tau00", "acetone_acas_fc", "mlperf_ad_fp32", "acasxu_1_1", "tinytaxinet", "mlperf_ic_fp32",
  "marabou_cifar_deep_kw_simp", "mnist_8", "tfl_magic_wand_fp32", "sonnx_lenet5",
];

function widenType<T extends TensorType>(type: T): T {
  return type.type === "f32" ? { ...type, type: "f64" } : type;
}

function widen(tensor: Tensor): Tensor {
  return tensor.type === "f32" ? { ...widenType(tensor), data: new Float64Array([...tensor.data].map((value) => Number(value))) } : tensor;
}

/** The same network over f64; its operators must have a meaning there. */
function widenGraph(graph: Graph): Graph {
  const each = <T>(map: ReadonlyMap<string, T>, f: (value: T) => T) => new Map([...map].map(([name, value]) => [name, f(value)]));
  return {
    ...graph,
    inputs: graph.inputs.map(widenType),
    outputs: graph.outputs.map(widenType),
    constants: each(graph.constants, widen),
    types: each(graph.types, widenType),
  };
}

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
          const exact = present([...evalGraph(widenGraph(graph), new Map([...inputs].map(([input, x]) => [input, widen(x)])), contract).values()][k], "output");
          const missed = largestShare(widen(stored), exact);
          t.log(`${contract}: the stored output misses the f64 evaluation by ${missed.toFixed(1)} tolerances`);
          t.true(missed > 1, "outside of the tolerance where the stored output is good");
          t.true(distance <= tolerance.relative * largestOf([...exact.data].map(Number)), `${distance}`);
        });
      }
      t.log(`${contract}: largest difference ${worst.toExponential(2)} over ${sets.length} sets`);
    }
  });
}
