/** Recurrences as reference programs: their text, and dataflows that the kernel proves or refutes. */
import test from "ava";
import { shift, variable } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import type { Graph } from "../../ir/graph/graph.js";
import { beginChain, interfaceOf } from "../../proofs/kernel/kernel.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import type { Dataflow } from "../../proofs/kernel/witness.js";
import { referenceDataflow } from "../../src/lower/dataflow.js";
import { randomFrom, randomTensor } from "../loop/support.js";
import { dataflowProblems } from "./oracle.js";
import { differing, environmentOf } from "./support.js";

/** An RNN with Relu, one input and one state, over `steps` steps: x -> y. */
function rnn(steps: number, direction = "forward"): Graph {
  const type = (shape: readonly number[]) => ({ type: "f32", shape } as const);
  const attributes = { activations: ["Relu"], alphas: [0], betas: [0], direction, layout: 0, hidden_size: 1, clip: [] };
  return {
    name: "rnn", inputs: [{ name: "x", ...type([steps, 1, 1]) }], outputs: [{ name: "y", ...type([steps, 1, 1, 1]) }],
    constants: new Map(["w", "r"].map((name, k) => [name, randomTensor(type([1, 1, 1]), randomFrom(k + 1))])),
    nodes: [{ name: "rnn", op: "RNN", domain: "", opset: 22, attributes, inputs: ["x", "w", "r"], outputs: ["y"] }],
    types: new Map([["x", type([steps, 1, 1])], ["w", type([1, 1, 1])], ["r", type([1, 1, 1])], ["y", type([steps, 1, 1, 1])]]),
    derived: new Map(),
  };
}

test("recurrence: one loop around its stages, however many steps there are", (t) => {
  const text = printProgram(referenceProgram(rnn(3), "separate"));
  t.true(text.includes(`for n0b_t in 0..3 serial from "rnn" by "lower" {
  for n0b_o1 in 0..1 serial from "rnn" by "lower" {
    for n0b_o2 in 0..1 serial from "rnn" by "lower" {
      if n0b_t - 1 >= 0 {
        n0bv0_f: n0b_y[n0b_t, n0b_o1, n0b_o2] = n0d_y[n0b_t - 1, n0b_o1, n0b_o2] from "rnn" by "lower"
      }
      if -n0b_t >= 0 {
        n0bv1_f: n0b_y[n0b_t, n0b_o1, n0b_o2] = f32:0x00000000 from "rnn" by "lower"
      }
    }
  }
  for n0c_o1 in 0..1 serial`), text);
  const statements = (steps: number): number => storesOf(referenceProgram(rnn(steps), "separate")).length;
  t.is(statements(500), statements(3));
});

test("recurrence: the dataflow agrees with the oracle, and the program with the graph", (t) => {
  for (const direction of ["forward", "reverse"]) {
    const graph = rnn(4, direction);
    const inputs = new Map([["x", randomTensor({ type: "f32", shape: [4, 1, 1] }, randomFrom(9))]]);
    const program = referenceProgram(graph, "separate");
    t.deepEqual(dataflowProblems(program, referenceDataflow(program), environmentOf(program, graph, inputs)), []);
    for (const contract of ["separate", "fused"] as const) t.deepEqual(differing(referenceProgram(graph, contract), graph, inputs, contract), []);
  }
});

/** What is not proved when the kernel is shown `program` with `dataflow`, one entry per rule. */
async function open(program: Program, dataflow: Dataflow): Promise<readonly string[]> {
  const { obligations } = beginChain({ stage: "lower", model: interfaceOf(rnn(3)) }, program, dataflow);
  const lines = await discharge(obligations, { jobs: 1, solver: "auto" });
  return [...new Set(lines.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id.split("/")[1] ?? id))];
}

test("recurrence: proved as it is; a producer of another step, or a read of the same step, is refuted", async (t) => {
  const program = referenceProgram(rnn(3), "separate");
  const dataflow = referenceDataflow(program);
  t.deepEqual(await open(program, dataflow), []);
  const [carried = []] = dataflow.producers["n0bv0_f"] ?? [];
  const from = (back: number): Dataflow => {
    const step = shift(variable("n0b_t"), -back);
    return { ...dataflow, producers: { ...dataflow.producers, n0bv0_f: [carried.map(({ when, then }) => ({ when, then: { ...then, point: [step, ...then.point.slice(1)] } }))] } };
  };
  t.deepEqual(await open(program, from(1)), []);
  t.deepEqual(await open(program, from(0)), ["W2"], "this step instead of the one before");
  t.deepEqual(await open(program, from(2)), ["W2"], "two steps back");
  const text = printProgram(program);
  t.true((await open(parseProgram(text.replace("n0d_y[n0b_t - 1,", "n0d_y[n0b_t,")), from(0))).includes("W2"), "the text itself reads this step");
});
