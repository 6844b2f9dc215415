/** Inputs that a build fixes: what is taken, what every mistake is answered, and which inputs a refused shape names. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { bitsOf } from "../../ir/scalar/types.js";
import { type Tensor, printTensorType, tensorOf } from "../../ir/tensor/tensor.js";
import { DynamicShape } from "../../src/onnx/dynamic-shape.js";
import type { FixInputs } from "../../src/onnx/fix-inputs.js";
import { fixedValueOf } from "../../src/onnx/fixed-value.js";
import { importModel } from "../../src/onnx/import.js";
import { writeTensorFile } from "../../src/onnx/tensor-files.js";
import { folderFor } from "../cli/support.js";
import { type Dim, type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { refusalOf, refuses } from "../support/refusals.js";

const int64 = 7;

/** y = ReduceSum(x, axes), x of f32[2,3]. */
function summing(axes: readonly Dim[] = [1], parts: Fields = {}, x: readonly Dim[] = [2, 3]): Uint8Array {
  return model(graph([node("ReduceSum", ["x", "axes"], ["y"])], { input: [value("x", x), value("axes", axes, int64)], output: [value("y", undefined)], ...parts }));
}

function fixing(inputs: Readonly<Record<string, string>>): { readonly fixInputs: FixInputs } {
  return { fixInputs: new Map(Object.entries(inputs).map(([name, text]) => [name, fixedValueOf(text)])) };
}

test("fix-input: a fixed input is a constant of the graph, and no input", (t) => {
  const { graph: built, findings } = importModel(summing(), fixing({ axes: "[1]" }));
  t.deepEqual(built.inputs.map(({ name }) => name), ["x"]);
  t.deepEqual(built.outputs.map(printTensorType), ["f32[2,1]"]);
  t.deepEqual([...(built.fixedInputs?.get("axes")?.data ?? [])], [1n]);
  t.true(findings.some(({ code, node: name, reason }) => code === "input-fixed" && name === "axes" && reason.includes("i64[1]")));
  t.deepEqual(importModel(summing(), fixing({ axes: "[0]" })).graph.outputs.map(printTensorType), ["f32[1,3]"]);
  t.is(importModel(model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [1])], output: [value("y", [1])] }))).graph.fixedInputs, undefined);
});

test("fix-input: the shape that asks for it names the inputs behind it, through the nodes between", (t) => {
  const refusal = refusalOf(() => importModel(summing()));
  t.true(refusal instanceof DynamicShape);
  t.deepEqual(refusal instanceof DynamicShape ? refusal.inputs : [], ["axes"]);
  t.regex(refusal?.remedy ?? "", /--fix-input axes=VALUE/);
  const nodes = [node("Add", ["a", "b"], ["c"]), node("Relu", ["x"], ["r"]), node("Reshape", ["r", "c"], ["y"])];
  const far = model(graph(nodes, { input: [value("a", [2], int64), value("x", [2, 3]), value("b", [2], int64)], output: [value("y", undefined)] }));
  const behind = refusalOf(() => importModel(far));
  t.deepEqual(behind instanceof DynamicShape ? behind.inputs : [], ["a", "b"], "not x");
  t.deepEqual(importModel(far, fixing({ a: "[1,2]", b: "[2,0]" })).graph.outputs.map(printTensorType), ["f32[3,2]"]);
});

test("fix-input: files and values of every form", (t) => {
  const folder = folderFor(t);
  const due = tensorOf("f32", [2, 2], [1.5, -0, NaN, -Infinity]);
  const forms = [".npy", ".pb", ".json"].map((ending) => join(folder, `v${ending}`));
  for (const path of forms) writeTensorFile(path, due);
  const two = (text: string): Tensor | undefined => importModel(model(graph([node("Add", ["x", "w"], ["y"])], { input: [value("x", [2, 2]), value("w", [2, 2])], output: [value("y", [2, 2])] })), fixing({ w: text })).graph.fixedInputs?.get("w");
  for (const text of [...forms, '[[1.5, -0], [NaN, -Infinity]]', '[[1.5,"-0"],["NaN","-Infinity"]]']) {
    t.deepEqual([...(two(text)?.data ?? [])].map((x) => bitsOf("f32", x)), [...due.data].map((x) => bitsOf("f32", x)), text);
  }
  const typed = (dataType: number, text: string): readonly unknown[] => [...(importModel(model(graph([node("Identity", ["w"], ["y"])], { input: [value("w", undefined, dataType)], output: [value("y", undefined, dataType)] })), fixing({ w: text })).graph.fixedInputs?.get("w")?.data ?? [])];
  t.deepEqual(typed(9, "[true,false]"), [1, 0]);
  t.deepEqual(typed(int64, '["9223372036854775807"]'), [9223372036854775807n]);
  t.deepEqual(typed(int64, "3"), [3n]);
  refuses(t, "fix-input", () => fixedValueOf("three"));
  refuses(t, "no-file", () => fixedValueOf(join(folder, "none.npy")));
  writeFileSync(join(folder, "bad.json"), "{}");
  refuses(t, "tensor-json", () => fixedValueOf(join(folder, "bad.json")));
});

for (const [title, says, bytes, inputs] of [
  ["no such input", /no input of this name: .*x, axes/s, () => summing(), { axis: "[1]" }],
  ["another type", /axes: the value given is no i64\[1\]/, () => summing(), { axes: "[0.5]" }],
  ["another rank", /i64\[\] was given, the input is i64\[1\].*type i64\[1\]/s, () => summing(), { axes: "1" }],
  ["another extent", /i64\[2\] was given, the input is i64\[1\]/, () => summing(), { axes: "[0,1]" }],
  ["lists of different length", /is no f32\[2,3\]/, () => summing(), { x: "[[1,2],[3]]" }],
  ["an input with a default", /a constant already/, () => summing([1], { initializer: [{ name: "axes", dims: [1], data_type: int64, int64_data: [1] }] }), { axes: "[0]" }],
  ["a parameter that another fixed input has differently", /axis 0 has 3 elements, and n is 2/, () => model(graph([node("Add", ["a", "b"], ["y"])], { input: [value("a", ["n"]), value("b", ["n"])], output: [value("y", undefined)] })), { a: "[1,2]", b: "[1,2,3]" }],
] as const) {
  test(`fix-input: refused is ${title}`, (t) => {
    const refusal = refuses(t, "fix-input", () => importModel(bytes(), fixing(inputs)));
    t.is(refusal.refusal, "usage");
    t.regex(`${refusal.message}: ${refusal.remedy}`, says);
  });
}

test("fix-input: extents by --fix-dim and those of a fixed value have to agree", (t) => {
  const bytes = summing(["k"], {}, ["n", 3]);
  const fixDims = (k: number): ReadonlyMap<string, number> => new Map([["n", 4], ["k", k]]);
  t.deepEqual(importModel(bytes, { ...fixing({ axes: "[0,1]" }), fixDims: fixDims(2) }).graph.inputs.map(printTensorType), ["f32[4,3]"]);
  refuses(t, "fix-input", () => importModel(bytes, { ...fixing({ axes: "[0,1]" }), fixDims: fixDims(1) }));
  refuses(t, "dynamic-dim", () => importModel(bytes, fixing({ axes: "[0]" })));
});

test("fix-input: with all inputs fixed the outputs are constants, and one no output needs is kept in mind", (t) => {
  const { graph: built, findings } = importModel(summing(), fixing({ x: "[[1,2,3],[4,5,6]]", axes: "[1]" }));
  t.deepEqual(built.inputs, []);
  t.true(findings.some(({ code }) => code === "constant-output"));
  t.deepEqual([...(evalGraph(built, new Map(), "separate").get("y")?.data ?? [])], [6, 15]);
  const unused = importModel(model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [1]), value("z", [1])], output: [value("y", [1])], initializer: [floats("w", [1], [0])] })), fixing({ z: "[7]" }));
  t.true(unused.findings.some(({ code, node: name }) => code === "unused-input" && name === "z"));
  t.deepEqual([...(unused.graph.fixedInputs?.keys() ?? [])], ["z"]);
});

test("fix-input: an input without elements can be a constant", (t) => {
  refuses(t, "zero-dim", () => importModel(summing([0])));
  t.deepEqual(importModel(summing([0]), fixing({ axes: "[]" })).graph.outputs.map(printTensorType), ["f32[1,1]"], "no axes are all axes");
});
