/** The graph: order, names, liveness, functions, static shapes, folded constants. */
import test from "ava";
import { importModel, type ImportOptions } from "../../src/onnx/import.js";
import { encode, type Fields, floats, graph, int64s, model, node, smallModel, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";

const x = value("x", [2, 3]);
const y = value("y", [2, 3]);
const w = floats("w", [2, 3], [1, 2, 3, 4, 5, 6]);

/** A model of `nodes` from x to y, both f32[2,3], with the initializer w. */
function fromXToY(nodes: readonly Fields[], parts: Fields = {}, more: Fields = {}): Uint8Array {
  return model(graph(nodes, { input: [x], output: [y], initializer: [w], ...parts }), more);
}

function codes(bytes: Uint8Array, options: ImportOptions = {}): readonly string[] {
  return importModel(bytes, options).findings.map(({ code }) => code);
}

test("a small model becomes a graph with every type", (t) => {
  const { graph: built, digest, irVersion, opsets } = importModel(smallModel());
  t.deepEqual(
    built.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]),
    [["Add", ["x", "w"], ["s"]], ["Relu", ["s"], ["y"]]],
  );
  t.deepEqual([...built.types], ["x", "w", "s", "y"].map((name) => [name, { type: "f32", shape: [2, 3] }]));
  t.deepEqual(built.inputs, [{ name: "x", type: "f32", shape: [2, 3] }]);
  t.deepEqual(built.outputs, [{ name: "y", type: "f32", shape: [2, 3] }]);
  t.deepEqual([...(built.constants.get("w")?.data ?? [])], [1, -2, 3, -4, 5, -6]);
  t.is(built.derived.size, 0);
  t.regex(digest, /^[0-9a-f]{64}$/);
  t.is(irVersion, 8);
  t.deepEqual([...opsets], [["", 13]]);
});

test("versions outside the stated range are refused", (t) => {
  for (const ir_version of [2, 15]) refuses(t, "ir-version", () => importModel(smallModel({ ir_version })));
  for (const version of [28, 100]) refuses(t, "opset", () => importModel(smallModel({ opset_import: [{ domain: "", version }] })));
  refuses(t, "no-opset", () => importModel(smallModel({ opset_import: [] })));
  refuses(t, "no-opset", () => importModel(smallModel({ opset_import: [{ domain: "other", version: 1 }] })));
  refuses(
    t, "opset-twice",
    () => importModel(smallModel({ opset_import: [{ domain: "", version: 13 }, { domain: "ai.onnx", version: 14 }] })),
  );
});

test("nodes are sorted when the file does not, and keep its order when it does", (t) => {
  const nodes = [node("Relu", ["b"], ["y"]), node("Neg", ["x"], ["unused"]), node("Relu", ["a"], ["b"]), node("Relu", ["x"], ["a"])];
  const { graph: built, findings } = importModel(fromXToY(nodes));
  t.deepEqual(built.nodes.map(({ name }) => name), ["a", "b", "y"]);
  t.true(findings.some(({ code }) => code === "unsorted-nodes"));
  t.false(codes(smallModel()).includes("unsorted-nodes"));
});

test("a cycle is refused and named", (t) => {
  const refusal = refuses(
    t, "cycle",
    () => importModel(fromXToY([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])])),
  );
  t.regex(refusal.message, /a <- b/);
  refuses(t, "cycle", () => importModel(fromXToY([node("Add", ["x", "y"], ["y"])])));
});

test("a chain of 20,000 nodes stored backwards needs no deep stack", (t) => {
  const names = ["x", ...Array.from({ length: 19_999 }, (_, k) => `t${k}`), "y"];
  const nodes = names.slice(1).map((name, k) => node("Relu", [names[k] ?? ""], [name]));
  t.is(importModel(fromXToY(nodes.toReversed())).graph.nodes.length, 20_000);
});

const reference = { attribute: [{ name: "a", type: 2, ref_attr_name: "b" }] };
const twoRelus = [node("Relu", ["x"], ["s"]), node("Relu", ["s"], ["y"])];

for (const [title, code, bytes] of [
  ["two producers of one tensor", "duplicate-name", () => fromXToY([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])])],
  ["a node that makes a graph input", "duplicate-name", () => fromXToY([node("Relu", ["w"], ["x"]), node("Relu", ["x"], ["y"])])],
  ["a node that makes an initializer", "duplicate-name", () => fromXToY([node("Relu", ["x"], ["w"]), node("Relu", ["w"], ["y"])])],
  ["two initializers of one name", "duplicate-name", () => fromXToY([node("Add", ["x", "w"], ["y"])], { initializer: [w, w] })],
  ["two inputs of one name", "duplicate-name", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [x, x] })],
  ["two outputs of one name", "duplicate-name", () => fromXToY([node("Relu", ["x"], ["y"])], { output: [y, y] })],
  ["an input without producer", "no-producer", () => fromXToY([node("Add", ["x", "nowhere"], ["y"])])],
  ["an output without producer", "no-producer", () => fromXToY([node("Relu", ["x"], ["z"])])],
  ["no output", "no-outputs", () => fromXToY([node("Relu", ["x"], ["y"])], { output: [] })],
  ["an output that is an input", "output-is-input", () => fromXToY([], { output: [x] })],
  ["an unnamed input", "no-name", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [x, value("", [1])] })],
  ["an unnamed initializer", "no-name", () => fromXToY([node("Relu", ["x"], ["y"])], { initializer: [floats("", [1], [1])] })],
  ["a sparse initializer", "sparse-tensor", () => fromXToY([node("Relu", ["x"], ["y"])], { sparse_initializer: [{ dims: [1] }] })],
  ["a sequence input", "not-a-tensor", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [{ name: "x", type: { sequence_type: {} } }] })],
  ["an untyped input", "not-a-tensor", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [{ name: "x" }] })],
  ["an input without rank", "unknown-rank", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [value("x", undefined)] })],
  ["a complex input", "element-type", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [value("x", [2, 3], 14)] })],
  ["an output without elements", "zero-dim", () => fromXToY([node("Split", ["x", "parts"], ["z", "y"])], { initializer: [int64s("parts", [2, 0])], output: [value("y", [0, 3])] })],
  ["a zero extent", "zero-dim", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [value("x", [0, 3])] })],
  ["a negative extent", "negative-dim", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [value("x", [-1, 3])] })],
  ["an input of 2 GiB", "too-large", () => fromXToY([node("Relu", ["x"], ["y"])], { input: [value("x", [2 ** 20, 2 ** 9])] })],
  ["an unknown operator", "operator", () => fromXToY([node("NoSuchOperator", ["x"], ["y"])])],
  ["a list of graphs", "unknown-attribute", () => fromXToY([node("Relu", ["x"], ["y"], { attribute: [{ name: "bodies", type: 10, graphs: [{ name: "g" }] }] })])],
  ["a wrong output shape", "shape-mismatch", () => fromXToY([node("Relu", ["x"], ["y"])], { output: [value("y", [3, 2])] })],
  ["a wrong output rank", "shape-mismatch", () => fromXToY([node("Relu", ["x"], ["y"])], { output: [value("y", [])] })],
  ["a wrong output type", "type-mismatch", () => fromXToY([node("Relu", ["x"], ["y"])], { output: [value("y", [2, 3], 11)] })],
  ["a wrong value_info", "shape-mismatch", () => fromXToY(twoRelus, { value_info: [value("s", [2, 4])] })],
  ["an initializer that its input contradicts", "shape-mismatch", () => fromXToY([node("Add", ["x", "w"], ["y"])], { input: [x, value("w", [6])] })],
  ["an attribute reference in the graph", "attribute", () => fromXToY([node("Relu", ["x"], ["y"], reference)])],
] as const) {
  test(`${title}: refused as ${code}`, (t) => {
    refuses(t, code, () => importModel(bytes()));
  });
}

test("a shape mismatch names the tensor and both shapes", (t) => {
  const refusal = refuses(
    t, "shape-mismatch", () => importModel(fromXToY([node("Relu", ["x"], ["y"])], { output: [value("y", [3, 2])] })),
  );
  t.regex(refusal.message, /tensor y .*\[3,2\].*f32\[2,3\]/);
});

test("what is symbolic or missing in a declaration is no contradiction", (t) => {
  const parts = { output: [value("y", ["N", null])], value_info: [value("s", undefined), { name: "s" }] };
  t.is(importModel(fromXToY([node("Relu", ["x"], ["s"]), node("Relu", ["s"], ["y"])], parts)).graph.nodes.length, 2);
});

test("dynamic dimensions are pinned by parameter or by input and axis", (t) => {
  const parts = { input: [value("x", ["batch", null])], output: [value("y", ["batch", null])], initializer: [] };
  const dynamic = fromXToY([node("Relu", ["x"], ["y"])], parts);
  const refusal = refuses(t, "dynamic-dim", () => importModel(dynamic));
  t.regex(refusal.message, /input x is the parameter batch/);
  t.regex(refusal.remedy, /--fix-dim batch=1 --fix-dim x:1=1, or other extents/);
  const rest = refuses(t, "dynamic-dim", () => importModel(dynamic, { fixDims: new Map([["batch", 4]]) }));
  t.regex(rest.remedy, /fix it with --fix-dim x:1=1, or/);
  const { graph: built, findings } = importModel(dynamic, { fixDims: new Map([["batch", 4], ["x:1", 5]]) });
  t.deepEqual(built.types.get("y"), { type: "f32", shape: [4, 5] });
  t.is(findings.filter(({ code }) => code === "dynamic-dim-fixed").length, 2);
});

test("an extent of -1 can be pinned, a positive one cannot", (t) => {
  const unknown = fromXToY([node("Relu", ["x"], ["y"])], { input: [value("x", [-1, 3])] });
  t.deepEqual(importModel(unknown, { fixDims: new Map([["x:0", 2]]) }).graph.inputs[0]?.shape, [2, 3]);
  refuses(t, "fix-dim", () => importModel(smallModel(), { fixDims: new Map([["x:0", 2]]) }));
});

test("a pin that fits nothing or is no extent is a usage error", (t) => {
  for (const pin of [["batch", 0], ["batch", 1.5], ["typo", 1]] as const) {
    const dynamic = fromXToY(
      [node("Relu", ["x"], ["y"])], { input: [value("x", ["batch", 3])], output: [value("y", ["batch", 3])] },
    );
    const fixDims = new Map<string, number>([["batch", 2], pin]);
    t.is(refuses(t, "fix-dim", () => importModel(dynamic, { fixDims })).refusal, "usage");
  }
});

test("nodes without a name get one, and a name used twice is changed", (t) => {
  const nodes = [node("Relu", ["x"], ["a"], { name: "" }), node("Relu", ["a"], ["b"], { name: "n" }), node("Relu", ["b"], ["y"], { name: "n" })];
  const { graph: built, findings } = importModel(fromXToY(nodes));
  t.deepEqual(built.nodes.map(({ name }) => name), ["node_0_Relu", "n", "n_2"]);
  t.deepEqual(
    findings.filter(({ code }) => code.endsWith("-name") || code === "unnamed-node").map(({ code, node: at }) => [code, at]),
    [["unnamed-node", "node_0_Relu"], ["duplicate-node-name", "n_2"]],
  );
});

test("dead nodes, unused inputs and unused initializers are dropped or reported", (t) => {
  const nodes = [node("Relu", ["x"], ["y"]), node("NoSuchOperator", ["v"], ["z"])];
  const { graph: built, findings } = importModel(fromXToY(nodes, { input: [x, value("v", [1])] }));
  t.is(built.nodes.length, 1);
  t.is(built.constants.size, 0);
  t.deepEqual(built.inputs.map(({ name }) => name), ["x", "v"], "the interface is the model's");
  for (const code of ["dead-node", "unused-input", "unused-initializer"]) t.true(
    findings.some((found) => found.code === code), code,
  );
});

test("an initializer listed as an input is a constant", (t) => {
  const bytes = fromXToY([node("Add", ["x", "w"], ["y"])], { input: [x, value("w", [2, 3])] });
  t.deepEqual(importModel(bytes).graph.inputs.map(({ name }) => name), ["x"]);
  t.true(codes(bytes).includes("overridable-initializer"));
  const old = fromXToY([node("Add", ["x", "w"], ["y"])], { input: [x, value("w", [2, 3])] }, { ir_version: 3 });
  t.false(codes(old).includes("overridable-initializer"), "IR version 3 demands it");
});

test("a node with constant inputs is computed, and what it was computed from is kept", (t) => {
  const nodes = [node("Add", ["w", "w"], ["d"]), node("Mul", ["d", "w"], ["e"]), node("Add", ["x", "e"], ["y"])];
  const { graph: built } = importModel(fromXToY(nodes));
  t.deepEqual(built.nodes.map(({ op }) => op), ["Add"]);
  t.deepEqual([...(built.constants.get("e")?.data ?? [])], [2, 8, 18, 32, 50, 72]);
  t.deepEqual(
    [...built.derived].map(([name, { op, inputs }]) => [name, op, inputs]),
    [["d", "Add", ["w", "w"]], ["e", "Mul", ["d", "w"]]],
  );
  t.deepEqual([...built.constants.keys()], ["w", "d", "e"]);
});

test("a shape that is computed from constants is known at import", (t) => {
  const parts = { initializer: [int64s("a", [3, 1]), int64s("b", [2, 2])], output: [value("y", [6, 2])], input: [value("x", [3, 4])] };
  const { graph: built } = importModel(fromXToY(
    [node("Mul", ["a", "b"], ["shape"]), node("Reshape", ["x", "shape"], ["y"])], parts,
  ));
  t.deepEqual(built.types.get("y"), { type: "f32", shape: [6, 2] });
  t.deepEqual(built.nodes.map(({ op }) => op), ["Reshape"]);
});

test("an output that turns out constant is a copy of the constant", (t) => {
  const nodes = [node("Add", ["w", "w"], ["y"]), node("Add", ["x", "y"], ["z"])];
  const { graph: built, findings } = importModel(fromXToY(nodes, { output: [y, value("z", [2, 3])] }));
  const copy = built.nodes.find(({ outputs }) => outputs[0] === "y");
  t.is(copy?.op, "Identity");
  const source = copy?.inputs[0] ?? "";
  t.deepEqual([...(built.constants.get(source)?.data ?? [])], [2, 4, 6, 8, 10, 12]);
  t.is(built.derived.get(source)?.op, "Add");
  t.deepEqual(built.nodes.find(({ outputs }) => outputs[0] === "z")?.inputs, ["x", source]);
  t.true(findings.some(({ code }) => code === "constant-output"));
});

test("an initializer that is an output is copied", (t) => {
  const { graph: built } = importModel(fromXToY([node("Add", ["x", "w"], ["y"])], { output: [y, value("w", [2, 3])] }));
  t.deepEqual(built.outputs.map(({ name }) => name), ["y", "w"]);
  t.deepEqual(built.nodes.map(({ op }) => op).toSorted(), ["Add", "Identity"]);
});

// Functions.

function functionModel(nodes: readonly Fields[], functions: readonly Fields[]): Uint8Array {
  const opset_import = [{ domain: "", version: 13 }, { domain: "f", version: 1 }];
  return fromXToY(nodes, {}, { opset_import, functions: functions.map((fields) => ({ domain: "f", opset_import, ...fields })) });
}

function call(name: string, input: readonly string[], output: readonly string[], more: Fields = {}): Fields {
  return node(name, input, output, { domain: "f", ...more });
}

/** A function of one input a and one output r. */
function body(name: string, ...nodes: readonly Fields[]): Fields {
  return { name, input: ["a"], output: ["r"], node: nodes };
}

test("functions are inlined, nested ones too, with tensors and nodes of their own", (t) => {
  const twice = body("Twice", node("Add", ["a", "a"], ["r"]));
  const four = body("Four", call("Twice", ["a"], ["t"], { name: "first" }), call("Twice", ["t"], ["r"], { name: "second" }));
  const calls = [call("Four", ["x"], ["s"], { name: "one" }), call("Four", ["s"], ["y"], { name: "two" })];
  const { graph: built, findings } = importModel(functionModel(calls, [twice, four]));
  t.deepEqual(built.nodes.map(({ name, inputs, outputs }) => [name, inputs, outputs]), [
    ["one/first/r", ["x", "x"], ["one/t"]], ["one/second/r", ["one/t", "one/t"], ["s"]],
    ["two/first/r", ["s", "s"], ["two/t"]], ["two/second/r", ["two/t", "two/t"], ["y"]],
  ]);
  t.is(findings.filter(({ code }) => code === "function-inlined").length, 6);
});

test("function attributes are those of the call, else the default, else absent", (t) => {
  const attribute = [{ name: "perm", type: 7, ref_attr_name: "order" }];
  const flip = { name: "Flip", input: ["a"], output: ["r"], attribute: ["order"], node: [node("Transpose", ["a"], ["r"], { attribute })] };
  const order = [{ name: "order", type: 7, ints: [0, 1] }];
  const permOf = (fields: Fields, at: Fields, out: readonly number[]): unknown => {
    const bytes = fromXToY(
      [call("Flip", ["x"], ["y"], at)], { output: [value("y", out)] },
      { opset_import: [{ version: 13 }, { domain: "f", version: 1 }], functions: [{ domain: "f", ...fields }] },
    );
    return importModel(bytes).graph.nodes[0]?.attributes["perm"];
  };
  t.deepEqual(permOf(flip, { attribute: order }, [2, 3]), [0, 1]);
  t.deepEqual(permOf(flip, {}, [3, 2]), [1, 0], "Transpose's own default");
  t.deepEqual(permOf({ ...flip, attribute: [], attribute_proto: order }, {}, [2, 3]), [0, 1]);
});

test("a function that hands an input on becomes an Identity", (t) => {
  const pass = { name: "Pass", input: ["a"], output: ["a"], node: [] };
  t.deepEqual(
    importModel(functionModel([call("Pass", ["x"], ["y"])], [pass])).graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]),
    [["Identity", ["x"], ["y"]]],
  );
});

const relu = body("F", node("Relu", ["a"], ["r"]));
const recursive = body("F", call("F", ["a"], ["r"]));
for (const [title, code, nodes, functions] of [
  ["a recursive function", "recursive-function", [call("F", ["x"], ["y"])], [recursive]],
  ["a function defined twice", "duplicate-function", [call("F", ["x"], ["y"])], [relu, relu]],
  ["a call with too many inputs", "function-call", [call("F", ["x", "x"], ["y"])], [relu]],
  ["a call with too many outputs", "function-call", [call("F", ["x"], ["y", "z"])], [relu]],
  ["a call with a foreign attribute", "function-call", [call("F", ["x"], ["y"], { attribute: [{ name: "k", type: 2 }] })], [relu]],
  ["a call of what is not defined", "operator", [call("G", ["x"], ["y"])], [relu]],
] as const) {
  test(`${title}: refused as ${code}`, (t) => {
    refuses(t, code, () => importModel(functionModel(nodes, functions)));
  });
}

test("functions that double at every level are refused, not expanded", (t) => {
  const twice = (k: number): readonly Fields[] => [call(`F${k}`, ["a"], ["t"], { name: "p" }), call(`F${k}`, ["t"], ["r"], { name: "q" })];
  const functions = Array.from({ length: 40 }, (_, k) => (k === 0 ? body("F0", node("Relu", ["a"], ["r"])) : body(`F${k}`, ...twice(k - 1))));
  refuses(t, "too-large", () => importModel(functionModel([call("F39", ["x"], ["y"])], functions)));
});

test("a chain of 1,000 functions is refused, not followed to the end of the stack", (t) => {
  const inner = (k: number): Fields => (k === 0 ? node("Relu", ["a"], ["r"]) : call(`F${k - 1}`, ["a"], ["r"]));
  const functions = Array.from({ length: 1000 }, (_, k) => body(`F${k}`, inner(k)));
  refuses(t, "too-large", () => importModel(functionModel([call("F999", ["x"], ["y"])], functions)));
});

test("the operator set of a body is the one that its function imports", (t) => {
  const opset_import = [{ domain: "", version: 7 }];
  const bytes = fromXToY(
    [call("F", ["x"], ["y"])], {},
    { opset_import: [{ version: 13 }, { domain: "f", version: 1 }], functions: [{ ...relu, domain: "f", opset_import }] },
  );
  t.is(importModel(bytes).graph.nodes[0]?.opset, 7);
});

test("a path that is no readable file is a usage error", (t) => {
  for (const path of ["/nowhere/model.onnx", "/", "a\0b"]) t.is(refuses(t, "no-file", () => importModel(path)).refusal, "usage");
});

test("a tensor given for a model is refused", (t) => {
  refuses(t, "not-onnx", () => importModel(encode("TensorProto", w)));
});
