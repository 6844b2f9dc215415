/**
 * The dataflow of reference programs: against the oracle that runs them, for the node
 * tests, small networks and random windows; and through the kernel, where every
 * obligation and every cover has to be proved.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { Refusal } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { beginChain, interfaceOf } from "../../proofs/kernel/kernel.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { referenceDataflow } from "../../src/lower/dataflow.js";
import { importModel } from "../../src/onnx/import.js";
import { randomFrom, randomInputs, randomTensor } from "../loop/support.js";
import { dataSetsOf, modelPath } from "../ops/onnx-cases.js";
import { testdata } from "../support/testdata.js";
import { dataflowProblems } from "./oracle.js";
import { differing, environmentOf, networks } from "./support.js";
import { randomWindow } from "./windows.js";

/** Programs of more store instances are not walked. */
const walkLimit = 150_000;

function instances(program: Program): number {
  return storesOf(program).reduce((sum, { loops }) => sum + loops.reduce((product, { extent }) => product * extent, 1), 0);
}

function problemsOf(graph: Graph, inputs: ReadonlyMap<string, Tensor>): readonly string[] {
  const program = referenceProgram(graph, "separate");
  return dataflowProblems(program, referenceDataflow(program), environmentOf(program, graph, inputs));
}

/** Identifiers of obligations that are not proved, covers included. */
async function unproved(graph: Graph): Promise<{ readonly open: readonly string[]; readonly total: number }> {
  const program = referenceProgram(graph, "separate");
  const { obligations } = beginChain({ stage: "lower", model: interfaceOf(graph) }, program, referenceDataflow(program));
  const lines = await discharge(obligations, { jobs: 1, solver: "auto" });
  return { open: lines.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id), total: lines.length };
}

function skip(t: ExecutionContext): void {
  t.log("skipped: test data");
  t.pass();
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
  test(`dataflow: node tests ${suite}`, async (t) => {
    const root = testdata(...suite.split("/"));
    if (root === undefined) return skip(t);
    const folders = readdirSync(root).toSorted().map((name) => join(root, name)).filter((folder) => existsSync(join(folder, "model.onnx")));
    let [walked, proved] = [0, 0];
    for (const folder of folders) {
      const graph = graphOf(folder);
      if (graph === undefined) continue;
      const { open, total } = await unproved(graph);
      t.deepEqual(open, [], folder);
      proved += total;
      const [set] = dataSetsOf(folder, graph);
      if (set === undefined || instances(referenceProgram(graph, "separate")) > walkLimit) continue;
      t.deepEqual(problemsOf(graph, set.inputs), [], folder);
      walked++;
    }
    t.log(`${walked} models walked, ${proved} obligations proved`);
    t.true(walked >= least, `${walked} walked, expected at least ${least}`);
  });
}

for (const name of networks) {
  test(`dataflow: ${name}`, async (t) => {
    const folder = testdata("models", name);
    if (folder === undefined) return skip(t);
    const { graph } = importModel(modelPath(folder));
    const { open, total } = await unproved(graph);
    t.deepEqual(open, []);
    t.log(`${total} obligations proved`);
    const [set] = dataSetsOf(folder, graph);
    if (set === undefined || instances(referenceProgram(graph, "separate")) > walkLimit) return;
    t.deepEqual(problemsOf(graph, set.inputs), []);
    t.log("walked");
  });
}

test("dataflow: random windows, wholly in the padding or wider than the input among them", async (t) => {
  const random = randomFrom(5);
  let total = 0;
  for (let round = 0; round < 60; round++) {
    const graph = randomWindow(random);
    const inputs = new Map(graph.inputs.map((value) => [value.name, randomTensor(value, random)]));
    const what = JSON.stringify(graph.nodes[0]?.attributes);
    t.deepEqual(problemsOf(graph, inputs), [], what);
    t.deepEqual(differing(referenceProgram(graph, "fused"), graph, inputs, "fused"), [], what);
    const proved = await unproved(graph);
    t.deepEqual(proved.open, [], what);
    total += proved.total;
  }
  t.log(`60 windows, ${total} obligations proved`);
});

/** A fold over p and q where `conditions` hold, from the element of a tensor. */
function foldWhere(conditions: string): Program {
  return parseProgram(`program fold
input x "x" f32[8]
output y "y" f32[4]
temp b f32[4]
temp a f32[4]

for m in 0..4 serial from "start" by "lower" {
  bias: b[m] = x[m] from "start" by "lower"
}
for i in 0..4 serial from "window" by "lower" {
  init: a[i] = b[-i + 3] from "window" by "lower"
  for p in 0..3 serial from "window" by "lower" {
    for q in 0..3 serial from "window" by "lower" {
      if ${conditions} {
        step: a[i] = add.f32(a[i], x[i + q]) from "window" by "lower"
      }
    }
  }
  final: y[i] = neg.f32(a[i]) from "window" by "lower"
}
`);
}

const walked = (program: Program): readonly string[] =>
  dataflowProblems(program, referenceDataflow(program), randomInputs(program, new Map(), 3));

test("dataflow: conditions of a fold may bound a tap by a multiple, a remainder or an equation, or bound none", (t) => {
  for (const conditions of [
    "-i + 3*q >= 0", "-i - 2*p + 5 >= 0", "mod(i, 3) - 2*q >= 0", "-floordiv(i, 2) + p >= 0, i - q >= 0",
    "i - 2 >= 0", "-i + 2 >= 0, -i - 2*q + 4 >= 0", "-i + q == 0", "-i + 2*q == 0, p - 1 >= 0", "i + q - 1 >= 0, -i - q + 4 >= 0",
  ]) t.deepEqual(walked(foldWhere(conditions)), [], conditions);
});

test("dataflow: the oracle notices a wrong case", (t) => {
  const program = foldWhere("i + q - 1 >= 0");
  const dataflow = referenceDataflow(program);
  const environment = randomInputs(program, new Map(), 3);
  const [steps = [], reads = []] = dataflow.producers["step"] ?? [];
  const given = (cases: typeof steps): readonly string[] =>
    dataflowProblems(program, { ...dataflow, producers: { ...dataflow.producers, step: [cases, reads] } }, environment);
  t.deepEqual(given(steps), []);
  t.true(given(steps.slice(0, -1)).includes("load 0 of step: no case applies"));
  t.true(given(steps.toReversed()).length > 0);
  t.deepEqual(dataflowProblems(program, { ...dataflow, once: [...dataflow.once, "a"] }, environment), ["a is written twice"]);
});

test("dataflow: a fold whose taps bound each other is refused", (t) => {
  for (const conditions of ["p + q - 1 >= 0", "mod(i + q, 2) == 0"]) {
    const error = t.throws(() => referenceDataflow(foldWhere(conditions)), { instanceOf: Refusal });
    t.is(error.code, "fold-condition");
    t.is(error.where, "window");
  }
});
