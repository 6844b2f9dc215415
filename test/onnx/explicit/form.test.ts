/** The explicit form: what is implicit is written, old forms become new ones, and the form of a form is itself. */
import test from "ava";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { floats, type Fields, graph, int64s, model, node, value } from "../../support/onnx-model.js";
import { refuses } from "../../support/refusals.js";
import { fixed, graphOf, oneNode, soleNode, written } from "./support.js";

const int = (name: string, i: number): Fields => ({ name, type: 2, i });
const ints = (name: string, ...list: readonly number[]): Fields => ({ name, type: 7, ints: list });
const real = (name: string, f: number): Fields => ({ name, type: 1, f });
const text = (name: string, s: string): Fields => ({ name, type: 3, s: new TextEncoder().encode(s) });

interface Old {
  readonly of: Fields;
  readonly opset: number;
  readonly input: readonly number[];
  readonly initializer?: readonly Fields[];
  readonly becomes: string;
}

const old: readonly Old[] = [
  { of: node("Slice", ["x"], ["y"], { attribute: [ints("starts", -2), ints("ends", 99), ints("axes", 1)] }), opset: 9, input: [2, 3], becomes: "Slice(x [0,1] [2,3] [0,1] [1,1])" },
  {
    of: node("Slice", ["x", "s", "e", "a", "t"], ["y"]), opset: 13, input: [2, 3], becomes: "Slice(x [0,2] [2,-4] [0,1] [1,-1])",
    initializer: [int64s("s", [2]), int64s("e", [-99]), int64s("a", [-1]), int64s("t", [-1])],
  },
  { of: node("Pad", ["x"], ["y"], { attribute: [ints("pads", 0, 1, 0, 0), real("value", 2)] }), opset: 10, input: [2, 3], becomes: "Pad(x [0,1,0,0] [2] [0,1]) mode=constant" },
  { of: node("Clip", ["x"], ["y"], { attribute: [real("min", 0), real("max", 6)] }), opset: 6, input: [2], becomes: "Clip(x [0] [6])" },
  { of: node("ReduceMean", ["x"], ["y"], { attribute: [ints("axes", -1)] }), opset: 13, input: [2, 3], becomes: "ReduceMean(x [1]) keepdims=1 noop_with_empty_axes=0" },
  { of: node("ReduceSum", ["x"], ["y"]), opset: 11, input: [2, 3], becomes: "ReduceSum(x [0,1]) keepdims=1 noop_with_empty_axes=0" },
  { of: node("Squeeze", ["x"], ["y"]), opset: 11, input: [1, 3, 1], becomes: "Squeeze(x [0,2])" },
  { of: node("Unsqueeze", ["x"], ["y"], { attribute: [ints("axes", -1)] }), opset: 11, input: [3], becomes: "Unsqueeze(x [1])" },
  { of: node("Reshape", ["x", "s"], ["y"]), opset: 5, input: [2, 3, 4], initializer: [int64s("s", [0, -1])], becomes: "Reshape(x [2,12]) allowzero=0" },
  { of: node("Upsample", ["x", "s"], ["y"]), opset: 9, input: [1, 1, 2, 2], initializer: [floats("s", [4], [1, 1, 2, 2])],
    becomes: "Resize(x none [1,1,2,2]) antialias=0 axes=0,1,2,3 coordinate_transformation_mode=asymmetric cubic_coeff_a=-0.75 exclude_outside=0 extrapolation_value=0 keep_aspect_ratio_policy=stretch mode=nearest nearest_mode=floor" },
  { of: node("Softmax", ["x"], ["y"]), opset: 11, input: [2, 3], becomes: "Softmax(x) axis=1" },
  { of: node("Softmax", ["x"], ["y"]), opset: 13, input: [2, 3, 4], becomes: "Softmax(x) axis=2" },
  { of: node("Transpose", ["x"], ["y"]), opset: 13, input: [2, 3], becomes: "Transpose(x) perm=1,0" },
  { of: node("LRN", ["x"], ["y"], { attribute: [int("size", 3)] }), opset: 13, input: [1, 3, 2, 2], becomes: `LRN(x) alpha=${Math.fround(1e-4)} beta=0.75 bias=1 size=3` },
  { of: node("LpNormalization", ["x"], ["y"]), opset: 13, input: [2, 3], becomes: "LpNormalization(x) axis=1 p=2" },
  {
    of: node("MaxPool", ["x"], ["y"], { attribute: [ints("kernel_shape", 2, 2), text("auto_pad", "SAME_UPPER")] }), opset: 8, input: [1, 1, 3, 3],
    becomes: "MaxPool(x) auto_pad=NOTSET ceil_mode=0 dilations=1,1 kernel_shape=2,2 pads=0,0,1,1 storage_order=0 strides=1,1",
  },
  { of: node("Conv", ["x", "w"], ["y"]), opset: 11, input: [1, 1, 2, 2], initializer: [floats("w", [1, 1, 1, 1], [2])],
    becomes: "Conv(x [2]) auto_pad=NOTSET dilations=1,1 group=1 kernel_shape=1,1 pads=0,0,0,0 strides=1,1" },
  { of: node("Gemm", ["x", "w"], ["y"], { attribute: [int("transB", 1)] }), opset: 13, input: [1, 2], initializer: [floats("w", [1, 2], [2, 3])], becomes: "Gemm(x [2,3]) alpha=1 beta=1 transA=0 transB=1" },
];

for (const { becomes, ...given } of old) {
  test(`${String(given.of["op_type"])} of opset ${given.opset}: ${becomes}`, (t) => {
    t.is(soleNode(oneNode(given)), becomes);
  });
}

test("the form of a form is the same bytes, and says opset, types and shapes", (t) => {
  for (const { becomes, ...of } of old) {
    const first = fixed(oneNode(of));
    t.deepEqual(Buffer.from(fixed(first.bytes).bytes), Buffer.from(first.bytes), becomes);
    t.is(first.opset, 25);
    const { outputs: [output] } = graphOf(first);
    t.true(output?.type.kind === "tensor" && output.type.dims?.every(({ kind }) => kind === "value"));
  }
});

const pair = { input: [value("x", [2])], output: [value("y", undefined)] };

test("what is constant becomes an initializer, copies become wires, what no output needs is gone", (t) => {
  const nodes = [
    node("Constant", [], ["c"], { attribute: [{ name: "value_float", type: 1, f: 3 }] }), node("Sqrt", ["w"], ["r"]), node("Mul", ["r", "c"], ["k"]),
    node("Identity", ["x"], ["i"]), node("Add", ["i", "k"], ["s"]), node("Dropout", ["s"], ["d"]), node("Relu", ["x"], ["dead"]), node("Identity", ["d"], ["y"]),
  ];
  const form = fixed(model(graph(nodes, { ...pair, initializer: [floats("w", [1], [16]), floats("unused", [1], [1])] })));
  const of = graphOf(form);
  t.deepEqual(of.nodes.map((own) => written(of, own)), ["Add(x [12])"]);
  t.deepEqual(of.nodes.map(({ outputs }) => outputs), [["y"]]);
  t.deepEqual(Buffer.from(fixed(form.bytes).bytes), Buffer.from(form.bytes));
});

test("a copy stays where an output is an input, a constant or another output", (t) => {
  const nodes = [node("Identity", ["x"], ["y"]), node("Relu", ["x"], ["r"]), node("Identity", ["r"], ["z"]), node("Shape", ["x"], ["s"])];
  const form = fixed(model(graph(nodes, { input: [value("x", [2])], output: ["y", "r", "z", "s"].map((name) => value(name, undefined, name === "s" ? 7 : 1)) })));
  const of = graphOf(form);
  t.deepEqual(of.nodes.map((own) => `${written(of, own)} -> ${own.outputs.join()}`), ["Identity(x) -> y", "Relu(x) -> r", "Identity(r) -> z", "Identity([2]) -> s"]);
  t.deepEqual(Buffer.from(fixed(form.bytes).bytes), Buffer.from(form.bytes));
});

test("functions are inlined, nodes sorted and named, dimensions fixed", (t) => {
  const twice = {
    name: "Twice", domain: "own", input: ["a"], output: ["b"], opset_import: [{ domain: "", version: 11 }],
    node: [{ op_type: "Add", input: ["a", "a"], output: ["sum"] }, { op_type: "Unsqueeze", input: ["sum"], output: ["b"], attribute: [ints("axes", 0)] }],
  };
  const nodes = [{ op_type: "Relu", input: ["t"], output: ["y"] }, { op_type: "Twice", domain: "own", input: ["x"], output: ["t"] }];
  const source = model(graph(nodes, { input: [value("x", ["n"])], output: [value("y", undefined)] }), { functions: [twice], opset_import: [{ domain: "", version: 13 }, { domain: "own", version: 1 }] });
  const form = fixed(source, { n: 2 });
  const of = graphOf(form);
  t.deepEqual(of.nodes.map((own) => written(of, own)), ["Add(x x)", "Unsqueeze(node_1_Twice/sum [0])", "Relu(t)"]);
  t.true(of.nodes.every(({ name }) => name !== ""));
  t.deepEqual(of.valueInfos.map(({ name }) => name), ["node_1_Twice/sum", "t"]);
});

test("the opset stays where the operator has no newer form, and the reason is told", (t) => {
  const form = fixed(oneNode({ of: node("Softmax", ["x"], ["y"]), opset: 11, input: [2, 3, 4] }));
  t.is(form.opset, 11);
  t.is(form.kept, "Softmax y is over several axes, which opset 13 ended");
  const of = graphOf(form);
  t.deepEqual(of.nodes.map((own) => written(of, own)), ["Softmax(x) axis=1"]);
});

test("a constant that depends on how multiply-add rounds keeps its nodes", (t) => {
  const inexact = 1 + 2 ** -12; // its square takes 25 bits
  const nodes = [node("MatMul", ["a", "b"], ["c"]), node("Add", ["x", "c"], ["y"])];
  const initializer = [floats("a", [1, 2], [1, inexact]), floats("b", [2, 1], [-1, inexact])];
  const of = graphOf(fixed(model(graph(nodes, { ...pair, initializer }))));
  t.deepEqual(of.nodes.map(({ op }) => op), ["MatMul", "Add"]);
  const plain = [floats("a", [1, 2], [2, 3]), floats("b", [2, 1], [4, 5])];
  t.deepEqual(graphOf(fixed(model(graph(nodes, { ...pair, initializer: plain })))).nodes.map(({ op }) => op), ["Add"]);
});

test("large initializers in a file of their own", (t) => {
  const weights = floats("w", [400], Array.from({ length: 400 }, (_, k) => k));
  const source = model(graph([node("Add", ["x", "w"], ["y"])], { input: [value("x", [400])], output: [value("y", undefined)], initializer: [weights] }));
  const form = fixed(source, {}, "form.onnx.data");
  const [tensor] = graphOf(form).initializers;
  t.deepEqual(Object.fromEntries(tensor?.external ?? []), { location: "form.onnx.data", offset: "0", length: "1600" });
  t.deepEqual(form.data?.length, 1600);
  t.is(form.graphDigest, fixed(source).graphDigest);
});

test("control flow is gone: a computed If is its selects, a loop its runs", (t) => {
  const subgraph = (name: string, of: Fields): Fields => ({ name, type: 5, g: { name, ...of } });
  const branch = (name: string, op: string): Fields => subgraph(name, { node: [node(op, ["x"], [`${op}_`])], output: [value(`${op}_`, [2])] });
  const selecting = node("If", ["p"], ["y"], { attribute: [branch("then_branch", "Neg"), branch("else_branch", "Abs")] });
  const computed = model(graph([selecting], { input: [value("x", [2]), value("p", [], 9)], output: [value("y", [2])] }));
  t.deepEqual(graphOf(fixed(computed)).nodes.map(({ op }) => op), ["Neg", "Abs", "Where"]);
  const body = subgraph("body", {
    node: [node("Add", ["v", "x"], ["w"])],
    input: [value("i", [], 7), value("c", [], 9), value("v", [2])], output: [value("c", [], 9), value("w", [2])],
  });
  const trips = { name: "M", dims: [], data_type: 7, int64_data: [3] };
  const looping = model(graph([node("Loop", ["M", "", "x"], ["y"], { attribute: [body] })], { input: [value("x", [2])], output: [value("y", [2])], initializer: [trips] }));
  t.deepEqual(graphOf(fixed(looping)).nodes.map(({ op }) => op), ["Add", "Add", "Add"]);
});

test("a fixed input is an initializer; an extent that depends on data has no form", (t) => {
  const source = model(graph([node("Reshape", ["x", "s"], ["y"])], { input: [value("x", [2, 3]), value("s", [1], 7)], output: [value("y", [6])] }));
  const of = graphOf(fixed(source, {}, undefined, new Map([["s", tensorOf("i64", [1], [6n])]])));
  t.deepEqual(of.inputs.map(({ name }) => name), ["x"]);
  t.deepEqual(of.nodes.map((own) => written(of, own)), ["Reshape(x [6]) allowzero=0"]);
  const counted = model(graph([node("NonZero", ["x"], ["y"])], { input: [value("x", [3])], output: [value("y", undefined, 7)] }));
  t.regex(refuses(t, "explicit-form", () => fixed(counted)).message, /the extent of y depends on data/);
});
