/** Integers of 2 and 4 bits from the file to the C: widths go with tensors, weights stay packed. */
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { importModel } from "../../src/onnx/import.js";
import { type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";

const int = (name: string, i: number): Fields => ({ name, i, type: 2 });
const list = (name: string, ...numbers: readonly number[]): Fields => ({ name, ints: numbers, type: 7 });

function imported(nodes: readonly Fields[], parts: Fields): Graph {
  return importModel(model(graph(nodes, parts), { ir_version: 10, opset_import: [{ domain: "", version: 23 }] })).graph;
}

function outputOf(built: Graph, ...inputs: Parameters<typeof tensorOf>[]): readonly unknown[] {
  const given = new Map(inputs.map((input, k) => [present(built.inputs[k], "input").name, tensorOf(...input)]));
  return [...present(evalGraph(built, given, "separate").get(present(built.outputs[0], "output").name), "output").data];
}

const weights = { name: "w", dims: [2, 3], data_type: 22, raw_data: Uint8Array.of(0x21, 0xf8, 0x7e) }; // 1 2 −8 / −1 −2 7

test("small integers: a weight stays packed and is what was stored", (t) => {
  const built = imported([node("DequantizeLinear", ["w", "s"], ["f"]), node("Add", ["x", "f"], ["y"])], {
    input: [value("x", [2, 3])], output: [value("y", [2, 3])], initializer: [weights, floats("s", [], [0.5])],
  });
  const read = built.nodes.flatMap(({ inputs }) => inputs).flatMap((name) => built.constants.get(name ?? "") ?? []);
  t.deepEqual(read.map(({ type, data }) => [type, [...data]]), [["u8", [0x21, 0xf8, 0x7e]], ["f32", [0.5]]], "the bytes of the file, no f32 weights");
  t.deepEqual(outputOf(built, ["f32", [2, 3], [0, 0, 0, 0, 0, 0]]), [0.5, 1, -4, -0.5, -1, 3.5]);
});

test("small integers: every byte packs and unpacks to itself", (t) => {
  const all = { name: "w", dims: [512], data_type: 21, raw_data: Uint8Array.from({ length: 256 }, (_, k) => k) };
  const built = imported([node("DequantizeLinear", ["w", "s"], ["f"]), node("Add", ["x", "f"], ["y"])], {
    input: [value("x", [1])], output: [value("y", [512])], initializer: [all, floats("s", [], [1])],
  });
  t.deepEqual(outputOf(built, ["f32", [1], [0]]), Array.from({ length: 512 }, (_, k) => (k % 2 === 0 ? (k >> 1) & 15 : k >> 5)));
});

test("small integers: moving keeps the width, and Cast reads it", (t) => {
  const nodes = [
    node("Cast", ["x"], ["a"], { attribute: [int("to", 22)] }), node("Reshape", ["a", "shape"], ["b"]), node("Transpose", ["b"], ["c"], { attribute: [list("perm", 1, 0)] }),
    node("Cast", ["c"], ["y"], { attribute: [int("to", 6)] }),
  ];
  const built = imported(nodes, {
    input: [value("x", [4], 6)], output: [value("y", [2, 2], 6)], value_info: [value("c", [2, 2], 22)], initializer: [{ name: "shape", dims: [2], data_type: 7, int64_data: [2, 2] }],
  });
  t.deepEqual(["a", "b", "c", "y"].map((name) => built.types.get(name)?.width), [4, 4, 4, undefined]);
  t.deepEqual(outputOf(built, ["i32", [4], [17, -9, 8, 5]]), [1, -8, 7, 5]);
});

test("small integers: arithmetic, mixed widths and a declaration of another width are refused", (t) => {
  const cast = (output: string, to: number): Fields => node("Cast", ["x"], [output], { attribute: [int("to", to)] });
  const parts = { input: [value("x", [2], 6)], output: [value("y", undefined, 6)] };
  const built = (nodes: readonly Fields[], more: Fields = {}) => () => imported(nodes, { ...parts, ...more });
  const back = node("Cast", ["c"], ["y"], { attribute: [int("to", 6)] });
  refuses(t, "element-type", built([cast("a", 22), node("Add", ["a", "a"], ["c"]), back]));
  refuses(t, "type-mismatch", built([cast("a", 22), cast("b", 26), node("Concat", ["a", "b"], ["c"], { attribute: [int("axis", 0)] }), back]));
  refuses(t, "type-mismatch", built([cast("a", 22), node("Identity", ["a"], ["c"]), back], { value_info: [value("c", [2], 3)] }));
  refuses(t, "element-type", built([cast("a", 23), node("Identity", ["a"], ["c"]), back]));
});
