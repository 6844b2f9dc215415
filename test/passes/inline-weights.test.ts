/** Weights of few bits are widened where they are read: proved, no tensor holds them widened, and a wrong element is refuted. */
import test from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { printProgram } from "../../ir/loop/print.js";
import { loadsOf, mapExpr, mapStores, storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { halfOfNumber } from "../../ir/scalar/half.js";
import { interfaceOf } from "../../proofs/kernel/kernel.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { referenceDataflow } from "../../src/lower/dataflow.js";
import { importModel } from "../../src/onnx/import.js";
import type { Pass } from "../../src/pass.js";
import { inlineWeights } from "../../src/passes/inline-weights.js";
import { randomInputs } from "../loop/support.js";
import { type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { type Start, runStages } from "./wires-support.js";

function imported(nodes: readonly Fields[], parts: Fields): Graph {
  return importModel(model(graph(nodes, parts), { ir_version: 10, opset_import: [{ domain: "", version: 23 }] })).graph;
}

function startOf(built: Graph): Start {
  const program = referenceProgram(built, "separate");
  return { staged: { program, dataflow: referenceDataflow(program) }, model: interfaceOf(built), environment: randomInputs(program, built.constants, 17) };
}

const patterns = Uint16Array.from([1, -2, 0.5, 3, 0.25, -1, 4, 2, -0.125], (x) => halfOfNumber("f16", x));
const product = imported([node("MatMul", ["x", "w"], ["z"]), node("Add", ["z", "b"], ["y"])], {
  input: [value("x", [2, 3], 10)], output: [value("y", [2, 3], 10)],
  initializer: [{ name: "w", dims: [3, 3], data_type: 10, raw_data: new Uint8Array(patterns.buffer) }, { name: "b", dims: [3], data_type: 10, raw_data: new Uint8Array(patterns.buffer.slice(0, 6)) }],
});

test("import keeps the 16 bits of the file, and one Cast for each weight", (t) => {
  t.deepEqual([...product.constants].map(([name, { type }]) => [name, type]), [["w", "f16"], ["b", "f16"]]);
  t.is(product.nodes.filter(({ op, inputs }) => op === "Cast" && product.constants.has(inputs[0] ?? "")).length, 2);
});

test("weights of f16 are widened at the load", async (t) => {
  const [report, ...none] = await runStages(startOf(product), [inlineWeights, inlineWeights]);
  t.deepEqual([report?.open, report?.same, none], [[], true, []]);
  const program = present(report?.program, "program");
  t.regex(printProgram(program), /cast\.f16\.f32\(w0\[/);
  const read = storesOf(program).filter(({ store }) => loadsOf(store.value).some(({ buffer }) => buffer.startsWith("w")));
  t.deepEqual(read.map(({ store }) => store.value.kind === "op" && !store.value.op.startsWith("cast.f16")), [true, true], "no store only widens");
});

/** The pass, with another index of every load of w0. */
function wrong(change: <T>(index: readonly T[]) => readonly T[]): Pass {
  return {
    ...inlineWeights,
    run: (before, given) => {
      const result = inlineWeights.run(before, given);
      if (result === undefined) return undefined;
      const after = mapStores(result.after, (store) => ({ ...store, value: mapExpr(store.value, (e) => (e.kind === "load" && e.buffer === "w0" ? { ...e, index: change(e.index) } : e)) }));
      return { ...result, after };
    },
  };
}

test("another element of the weight is refuted", async (t) => {
  const [row, column] = [wrong((index) => index.toReversed()), wrong((index) => index.map(() => present(index[0], "index")))];
  for (const pass of [row, column]) {
    const [report] = await runStages(startOf(product), [pass]);
    t.true(report?.open.some((line) => line.includes("refuted")), "an element of another place");
    t.false(report?.same);
  }
});

test("values of several operators stay unless they are asked for: weights of 4 bits", async (t) => {
  const built = imported([node("DequantizeLinear", ["w", "s"], ["f"]), node("Add", ["x", "f"], ["y"])], {
    input: [value("x", [2, 3])], output: [value("y", [2, 3])],
    initializer: [{ name: "w", dims: [2, 3], data_type: 22, raw_data: Uint8Array.of(0x21, 0xf8, 0x7e) }, floats("s", [], [0.5])],
  });
  t.deepEqual(await runStages(startOf(built), [inlineWeights]), []);
  const [report] = await runStages(startOf(built), [inlineWeights], { operators: 16 });
  t.deepEqual([report?.open, report?.same], [[], true]);
  t.deepEqual(report?.program.buffers.filter(({ kind }) => kind === "temp"), []);
});

test("a copy of a widened weight, as the bias with which a convolution begins, widens it itself", async (t) => {
  const convolution = imported([node("Conv", ["x", "w", "b"], ["y"])], {
    input: [value("x", [1, 1, 3, 3], 10)], output: [value("y", [1, 2, 2, 2], 10)],
    initializer: [{ name: "w", dims: [2, 1, 2, 2], data_type: 10, raw_data: new Uint8Array(patterns.buffer.slice(0, 16)) }, { name: "b", dims: [2], data_type: 10, raw_data: new Uint8Array(patterns.buffer.slice(0, 4)) }],
  });
  const start = startOf(convolution);
  const copies = (of: Start["staged"]["program"]): number => storesOf(of).filter(({ store }) => store.value.kind === "load").length;
  const [report] = await runStages(start, [inlineWeights]);
  t.deepEqual([report?.open, report?.same], [[], true]);
  t.is(copies(start.staged.program) - copies(present(report, "report").program), 1);
});

test("tensors that are not named stay", (t) => {
  t.is(inlineWeights.run(startOf(product).staged, { tensors: "nothing" }), undefined);
});
