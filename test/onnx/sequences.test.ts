/** Sequences and optional values: resolved at import, so that the graph has their tensors only; outputs worked out by hand. */
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import type { ScalarValue } from "../../ir/scalar/types.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { type ImportedModel, importModel } from "../../src/onnx/import.js";
import { type Fields, floats, graph, int64s, model, node, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";

const [i64, bool] = [7, 9] as const;
const int = (name: string, i: number): Fields => ({ name, type: 2, i });
const position = (name: string, at: number): Fields => ({ name, dims: [], data_type: i64, int64_data: [at] });
const untyped = (name: string): Fields => ({ name, type: { sequence_type: { elem_type: { tensor_type: { elem_type: 1 } } } } });

const [x, y] = [value("x", [3, 2]), value("y", undefined)];
const positions = [-2, -1, 0, 1, 2].map((at) => position(`p${at}`, at));

/** From x = [[1, 2], [3, 4], [5, 6]] and w = [[7, 8]] to y. */
function imported(nodes: readonly Fields[], more: Fields = {}, opset = 18): ImportedModel {
  const parts = { input: [x], output: [y], initializer: [floats("w", [1, 2], [7, 8]), int64s("sizes", [1, 2]), ...positions], ...more };
  return importModel(model(graph(nodes, parts), { opset_import: [{ domain: "", version: opset }] }));
}

function outputOf({ graph: built }: ImportedModel): readonly [shape: readonly number[], data: readonly ScalarValue[]] {
  const inputs = new Map(built.inputs.map(({ name, type, shape }) => [name, tensorOf(type, shape, [1, 2, 3, 4, 5, 6])] as const));
  const [output] = [...evalGraph(built, inputs, "separate").values()];
  return [output?.shape ?? [], [...output?.data ?? []]];
}

/** Parts of x of one row each, in the sequence s. */
const rows = node("SplitToSequence", ["x"], ["s"]);

test("SplitToSequence: rows, parts of one extent, listed parts, rows without their axis", (t) => {
  const at = (p: number): Fields => node("SequenceAt", ["s", `p${p}`], ["y"]);
  t.deepEqual(outputOf(imported([rows, at(-1)])), [[1, 2], [5, 6]]);
  t.deepEqual(outputOf(imported([node("SplitToSequence", ["x", "p2"], ["s"]), at(0)])), [[2, 2], [1, 2, 3, 4]]);
  t.deepEqual(outputOf(imported([node("SplitToSequence", ["x", "p2"], ["s"]), at(1)])), [[1, 2], [5, 6]]);
  t.deepEqual(outputOf(imported([node("SplitToSequence", ["x", "sizes"], ["s"]), at(1)])), [[2, 2], [3, 4, 5, 6]]);
  t.deepEqual(outputOf(imported([node("SplitToSequence", ["x"], ["s"], { attribute: [int("keepdims", 0), int("axis", -1)] }), at(1)])), [[3], [2, 4, 6]]);
});

test("ConcatFromSequence: along an axis or a new one, after insertions and an erasure", (t) => {
  const concat = (name: string, ...attribute: readonly Fields[]): Fields => node("ConcatFromSequence", [name], ["y"], { attribute });
  const inserted = [rows, node("SequenceInsert", ["s", "w", "p1"], ["s1"]), node("SequenceErase", ["s1", "p-2"], ["s2"]), node("SequenceInsert", ["s2", "w"], ["s3"])];
  t.deepEqual(outputOf(imported([...inserted, concat("s3", int("axis", 0))])), [[4, 2], [1, 2, 7, 8, 5, 6, 7, 8]]);
  t.deepEqual(outputOf(imported([...inserted, concat("s2", int("axis", -1), int("new_axis", 1))])), [[1, 2, 3], [1, 7, 5, 2, 8, 6]]);
  t.deepEqual(outputOf(imported([node("SequenceEmpty", [], ["e"]), node("SequenceInsert", ["e", "x"], ["s"]), concat("s", int("axis", 0), int("new_axis", 1))])), [[1, 3, 2], [1, 2, 3, 4, 5, 6]]);
});

test("a sequence leaves nothing in the graph but what is done with its tensors", (t) => {
  const it = imported([node("SequenceConstruct", ["x", "w"], ["s"]), node("Identity", ["s"], ["s1"]), node("SequenceAt", ["s1", "p0"], ["a"]), node("Relu", ["a"], ["y"])]);
  t.deepEqual(it.graph.nodes.map(({ op }) => op), ["Identity", "Relu"]);
  const length = imported([rows, node("SequenceErase", ["s"], ["s1"]), node("SequenceLength", ["s1"], ["l"]), node("Cast", ["l"], ["f"], { attribute: [int("to", 1)] }), node("Add", ["f", "x"], ["y"])]);
  t.deepEqual(outputOf(length), [[3, 2], [3, 4, 5, 6, 7, 8]]);
});

test("SequenceMap runs its body once for each tensor; a loop may carry a sequence", (t) => {
  const body = { name: "body", type: 5, g: { name: "b", node: [node("Add", ["a", "b"], ["c"])], input: [value("a", undefined), value("b", undefined)], output: [value("c", undefined)] } };
  const mapped = [rows, node("SequenceMap", ["s", "w"], ["m"], { attribute: [body] }), node("ConcatFromSequence", ["m"], ["y"], { attribute: [int("axis", 0)] })];
  t.deepEqual(outputOf(imported(mapped)), [[3, 2], [8, 10, 10, 12, 12, 14]]);
  const inner = [node("SequenceInsert", ["held", "w"], ["next"]), node("Identity", ["c"], ["go"])];
  const run = { name: "body", type: 5, g: { name: "r", node: inner, input: [value("i", [], i64), value("c", [], bool), untyped("held")], output: [value("go", [], bool), untyped("next")] } };
  const looped = [node("SequenceConstruct", ["x"], ["s"]), node("Loop", ["p2", "", "s"], ["l"], { attribute: [run] }), node("ConcatFromSequence", ["l"], ["y"], { attribute: [int("axis", 0)] })];
  t.deepEqual(outputOf(imported(looped)), [[5, 2], [1, 2, 3, 4, 5, 6, 7, 8, 7, 8]]);
});

test("optional values: what they hold, or that they hold nothing", (t) => {
  const flag = (name: string): readonly Fields[] => [node("OptionalHasElement", name === "" ? [] : [name], ["h"]), node("Cast", ["h"], ["f"], { attribute: [int("to", 1)] }), node("Mul", ["f", "x"], ["y"])];
  t.deepEqual(outputOf(imported([node("Optional", ["x"], ["o"]), node("OptionalGetElement", ["o"], ["y"])]))[1], [1, 2, 3, 4, 5, 6]);
  t.deepEqual(outputOf(imported([node("OptionalGetElement", ["x"], ["y"])]))[1], [1, 2, 3, 4, 5, 6]);
  t.deepEqual(outputOf(imported([node("Optional", ["x"], ["o"]), ...flag("o")]))[1], [1, 2, 3, 4, 5, 6]);
  t.deepEqual(outputOf(imported([node("Optional", [], ["o"]), ...flag("o")]))[1], [0, 0, 0, 0, 0, 0]);
  t.deepEqual(outputOf(imported(flag("")))[1], [0, 0, 0, 0, 0, 0]);
  const nested = [rows, node("Optional", ["s"], ["o"]), node("OptionalGetElement", ["o"], ["q"]), node("SequenceAt", ["q", "p1"], ["y"])];
  t.deepEqual(outputOf(imported(nested)), [[1, 2], [3, 4]]);
});

test("refusals: what is not known at import, and what takes tensors", (t) => {
  const cases: readonly (readonly [code: string, nodes: readonly Fields[], more?: Fields])[] = [
    ["not-a-tensor", [rows, node("Relu", ["s"], ["y"])]],
    ["not-a-tensor", [node("SplitToSequence", ["x"], ["y"])]],
    ["not-a-tensor", [node("SequenceAt", ["x", "p0"], ["y"])]],
    ["not-a-tensor", [node("Optional", [], ["o"]), node("OptionalGetElement", ["o"], ["y"])]],
    ["attribute-value", [node("SequenceEmpty", [], ["s"]), node("SequenceAt", ["s", "p0"], ["y"])]],
    ["attribute-value", [node("SequenceConstruct", ["x", "w"], ["s"]), node("SequenceAt", ["s", "p2"], ["y"])]],
    ["type-mismatch", [node("SequenceConstruct", ["x", "p0"], ["s"]), node("SequenceAt", ["s", "p0"], ["y"])]],
    ["shape-mismatch", [node("SequenceConstruct", ["x", "w"], ["s"]), node("ConcatFromSequence", ["s"], ["y"], { attribute: [int("axis", 0), int("new_axis", 1)] })]],
    ["dynamic-shape", [rows, node("SequenceAt", ["s", "at"], ["y"])], { input: [x, value("at", [], i64)] }],
    ["dynamic-shape", [
      node("If", ["c"], ["q"], { attribute: ["then_branch", "else_branch"].map((name) => ({ name, type: 5, g: { name, node: [node("SequenceConstruct", ["x"], [name])], output: [untyped(name)] } })) }),
      node("SequenceAt", ["q", "p0"], ["y"]),
    ], { input: [x, value("c", [], bool)] }],
  ];
  for (const [code, nodes, more] of cases) refuses(t, code, () => imported(nodes, more));
});

test("sequences of f16 hold f16: nothing is widened on the way", (t) => {
  const half = 10;
  const nodes = [node("SequenceConstruct", ["a", "b"], ["s"]), node("SequenceInsert", ["s", "a"], ["r"]), node("ConcatFromSequence", ["r"], ["y"], { attribute: [{ name: "axis", type: 2, i: 0 }] })];
  const { graph: built } = importModel(model(graph(nodes, { input: [value("a", [2], half), value("b", [1], half)], output: [value("y", [5], half)] }), { opset_import: [{ domain: "", version: 18 }] }));
  t.deepEqual(built.nodes.map(({ op }) => op), ["Concat"]);
  t.deepEqual(built.outputs.map(({ type }) => type), ["f16"]);
});
