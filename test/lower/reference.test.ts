/**
 * The reference program against the graph it prints: the same bits on every stored
 * input, for the node tests of every operator and for whole networks, in both
 * contracts of the arithmetic.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { printProgram } from "../../ir/loop/print.js";
import { storesOf } from "../../ir/loop/visit.js";
import { Refusal } from "../../ir/prelude.js";
import { importModel } from "../../src/onnx/import.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { dataSetsOf, modelPath } from "../ops/onnx-cases.js";
import { testdata } from "../support/testdata.js";
import { f32 } from "../ops/support.js";
import { differing, networks } from "./support.js";

const contracts = ["separate", "fused"] as const;

/** Names of outputs that differ, for any stored input and contract. */
function wrong(folder: string, graph: Graph): readonly string[] {
  return dataSetsOf(folder, graph).flatMap(({ inputs }) =>
    contracts.flatMap((contract) => differing(referenceProgram(graph, contract), graph, inputs, contract)));
}

/** The graph of a test folder, undefined where import refuses the model. */
function graphOf(folder: string): Graph | undefined {
  try {
    return importModel(modelPath(folder)).graph;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

for (const [suite, least] of [["onnx-node/v1.22.0", 287], ["onnx-node-baked", 115]] as const) {
  test(`reference: node tests ${suite}`, (t) => {
    const folder = testdata(...suite.split("/"));
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    let compared = 0;
    for (const name of readdirSync(folder).filter((item) => existsSync(join(folder, item, "model.onnx"))).toSorted()) {
      const graph = graphOf(join(folder, name));
      if (graph === undefined) continue;
      t.deepEqual(wrong(join(folder, name), graph), [], name);
      compared++;
    }
    t.log(`${compared} models equal bit for bit, separate and fused`);
    t.true(compared >= least, `${compared} compared, expected at least ${least}`);
  });
}

for (const name of networks) {
  test(`reference: ${name}`, (t) => {
    const folder = testdata("models", name);
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    const { graph } = importModel(modelPath(folder));
    t.deepEqual(wrong(folder, graph), []);
    t.log(`${storesOf(referenceProgram(graph, "separate")).length} statements for ${graph.nodes.length} nodes`);
  });
}

/** x -> Concat with a constant -> mid (an output) -> MatMul with a constant -> out. */
const small: Graph = {
  name: "2 nodes, by hand",
  inputs: [{ name: "x", type: "f32", shape: [2] }],
  outputs: [{ name: "out", type: "f32", shape: [] }, { name: "mid", type: "f32", shape: [3] }],
  constants: new Map([["unused", f32([1], [7])], ["w", f32([3], [1, 2, 3])], ["c", f32([1], [5])]]),
  nodes: [
    { name: "join", op: "Concat", domain: "", opset: 22, attributes: { axis: 0 }, inputs: ["x", "c"], outputs: ["mid"] },
    { name: "dot", op: "MatMul", domain: "", opset: 22, attributes: {}, inputs: ["mid", "w"], outputs: ["out"] },
  ],
  types: new Map([
    ["x", { type: "f32", shape: [2] }], ["c", { type: "f32", shape: [1] }], ["w", { type: "f32", shape: [3] }],
    ["mid", { type: "f32", shape: [3] }], ["out", { type: "f32", shape: [] }],
  ]),
  derived: new Map(),
};

test("reference: the text of a selection, a fold, an output that is read again and a scalar", (t) => {
  t.is(printProgram(referenceProgram(small, "separate")), `program model
input x0 "x" f32[2]
output y0 "out" f32[]
output y1 "mid" f32[3]
weight w0 f32[1] = "c"[d0]
weight w1 f32[3] = "w"[d0]
temp n1_a f32[]

for n0_o0 in 0..3 serial from "join" by "lower" {
  if -n0_o0 + 1 >= 0 {
    n0v0_f: y1[n0_o0] = x0[n0_o0] from "join" by "lower"
  }
  if n0_o0 - 2 >= 0 {
    n0v1_f: y1[n0_o0] = w0[n0_o0 - 2] from "join" by "lower"
  }
}
n1_i: n1_a[] = f32:0x00000000 from "dot" by "lower"
for n1_k0 in 0..3 serial from "dot" by "lower" {
  n1_s: n1_a[] = add.f32(n1_a[], mul.f32(y1[n1_k0], w1[n1_k0])) from "dot" by "lower"
}
n1_f: y0[] = n1_a[] from "dot" by "lower"
`);
  t.true(printProgram(referenceProgram(small, "fused")).includes("fma.f32(y1[n1_k0], w1[n1_k0], n1_a[])"));
  for (const contract of contracts) t.deepEqual(differing(referenceProgram(small, contract), small, new Map([["x", f32([2], [0.1, -3])]]), contract), []);
});
