/** If, Loop and Scan: what they become gives the outputs that their definitions give, worked out by hand. */
import test, { type ExecutionContext } from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import type { ScalarValue } from "../../ir/scalar/types.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { type ImportedModel, importModel } from "../../src/onnx/import.js";
import { encode, type Fields, floats, graph, int64s, model, node, value } from "../support/onnx-model.js";

const [float, i64, bool] = [1, 7, 9] as const;

/** A graph attribute. */
function held(name: string, g: Fields): Fields {
  return { name, type: 5, g: { name, ...g } };
}

function ints(name: string, ...values: readonly number[]): Fields {
  return { name, type: 7, ints: values };
}

function body(nodes: readonly Fields[], input: readonly Fields[], output: readonly Fields[], more: Fields = {}): Fields {
  return { node: nodes, input, output, ...more };
}

function scalar(name: string, data_type: number, value_: number): Fields {
  return data_type === i64 ? { name, dims: [], data_type, int64_data: [value_] } : { name, dims: [], data_type, int32_data: [value_] };
}

const [i, c] = [value("i", [], i64), value("c", [], bool)];

/** What every loop body here begins with. */
function loopBody(nodes: readonly Fields[], carried: readonly Fields[], output: readonly Fields[], more: Fields = {}): Fields {
  return held("body", body(nodes, [i, c, ...carried], output, more));
}

interface Parts {
  readonly input: readonly Fields[];
  readonly output: readonly Fields[];
  readonly initializer?: readonly Fields[];
}

function imported(nodes: readonly Fields[], parts: Parts, opset = 13, more: Fields = {}): ImportedModel {
  return importModel(model(graph(nodes, { ...parts }), { opset_import: [{ domain: "", version: opset }], ...more }));
}

/** The outputs of the model as lists. */
function run({ graph: built }: ImportedModel, ...inputs: readonly (readonly ScalarValue[])[]): readonly (readonly ScalarValue[])[] {
  const given = new Map<string, Tensor>(built.inputs.map((it, k) => [it.name, tensorOf(it.type, it.shape, present(inputs[k], it.name))]));
  return [...evalGraph(built, given, "separate").values()].map(({ data }) => [...data]);
}

function codes({ findings }: ImportedModel): readonly string[] {
  return findings.map(({ code }) => code);
}

function ops({ graph: built }: ImportedModel): readonly string[] {
  return built.nodes.map(({ op }) => op);
}

function shapesOf({ graph: built }: ImportedModel): readonly (readonly number[])[] {
  return built.outputs.map(({ shape }) => shape);
}

const [x, y] = [value("x", [2]), value("y", [2])];
const negation = held("then_branch", body([node("Neg", ["x"], ["t"])], [], [value("t", [2])]));
const doubling = held("else_branch", body([node("Add", ["x", "x"], ["e"])], [], [value("e", [2])]));

/** y = If(condition) of x, with a constant condition unless it is an input. */
function branching(constant: number | undefined, branches: readonly Fields[] = [negation, doubling], parts: Partial<Parts> = {}): ImportedModel {
  const nodes = [node("If", ["p"], ["y"], { attribute: branches })];
  const [initializer, input] = constant === undefined ? [[], [value("p", [1], bool), x]] : [[scalar("p", bool, constant)], [x]];
  return imported(nodes, { input, output: [y], initializer, ...parts });
}

test("if: a constant condition leaves the nodes of its branch, under the name of the output", (t) => {
  for (const [condition, op, outputs] of [[1, "Neg", [-1, 2]], [0, "Add", [2, -4]]] as const) {
    const it = branching(condition);
    t.deepEqual(ops(it), [op]);
    t.deepEqual(run(it, [1, -2]), [outputs]);
    t.true(codes(it).includes("branch-taken"));
  }
});

test("if: a condition is constant where it follows from a shape, and the other branch is not looked into", (t) => {
  const nodes = [
    node("Shape", ["x"], ["s"]), node("Equal", ["s", "two"], ["p"]),
    node("If", ["p"], ["y"], { attribute: [negation, held("else_branch", body([node("NoSuchOperator", ["x"], ["e"])], [], [value("e", [2])]))] }),
  ];
  t.deepEqual(ops(imported(nodes, { input: [x], output: [y], initializer: [int64s("two", [2])] })), ["Neg"]);
});

test("if: a computed condition selects, bit for bit, and adds no axis", (t) => {
  const branches = [held("then_branch", body([node("Sqrt", ["x"], ["t"])], [], [value("t", [2])])), held("else_branch", body([node("Neg", ["x"], ["e"])], [], [value("e", [2])]))];
  const it = branching(undefined, branches);
  t.deepEqual(shapesOf(it), [[2]]);
  t.deepEqual(run(it, [1], [-1, 4]), [[NaN, 2]]);
  t.deepEqual(run(it, [0], [0, -Infinity]), [[-0, Infinity]]);
  t.true(codes(it).includes("branches-selected"));
});

test("if: a scalar keeps its rank under a condition of shape [1], [1,1] or []", (t) => {
  for (const shape of [[1], [1, 1], []]) {
    const branches = [held("then_branch", body([node("ReduceSum", ["x"], ["t"], { attribute: [{ name: "keepdims", type: 2, i: 0 }] })], [], [value("t", [])])),
      held("else_branch", body([node("ReduceMax", ["x"], ["e"], { attribute: [{ name: "keepdims", type: 2, i: 0 }] })], [], [value("e", [])]))];
    const it = branching(undefined, branches, { input: [value("p", shape, bool), x], output: [value("y", [])] });
    t.deepEqual(shapesOf(it), [[]]);
    t.deepEqual([run(it, [1], [3, 4]), run(it, [0], [3, 4])], [[[7]], [[4]]]);
  }
});

test("if: a branch that is not taken may divide by zero or read past an end", (t) => {
  const [a, b] = [value("x", [2], i64), value("y", [2], i64)];
  const branches = [
    held("then_branch", body([node("Div", ["x", "zero"], ["q"]), node("Gather", ["x", "x"], ["g"]), node("Add", ["q", "g"], ["t"])], [], [value("t", [2], i64)])),
    held("else_branch", body([node("Identity", ["x"], ["e"])], [], [value("e", [2], i64)])),
  ];
  const it = branching(undefined, branches, { input: [value("p", [1], bool), a], output: [b], initializer: [scalar("zero", i64, 0)] });
  t.deepEqual(run(it, [0], [1000n, -(2n ** 63n)]), [[1000n, -(2n ** 63n)]]);
});

test("if: outputs that are one tensor, initializers of a branch and names of another branch are told apart", (t) => {
  const own = (name: string, k: number): Fields => body([node("Add", ["x", "w"], ["r"])], [], [value("r", [2]), value("r", [2]), value("w", [2])], { initializer: [floats("w", [2], [k, 10 * k])], name });
  const nodes = [node("If", ["p"], ["y", "z", "v"], { attribute: [held("then_branch", own("a", 1)), held("else_branch", own("b", 2))] })];
  const output = [y, value("z", [2]), value("v", [2])];
  const constant = imported(nodes, { input: [x], output, initializer: [scalar("p", bool, 0)] });
  t.deepEqual(run(constant, [0, 1]), [[2, 21], [2, 21], [2, 20]]);
  const computed = imported(nodes, { input: [value("p", [], bool), x], output });
  t.deepEqual(run(computed, [1], [0, 1]), [[1, 11], [1, 11], [1, 10]]);
});

/** From [a, b]: (a, b) → (b, a + b), with the iteration number added to b; a is stacked. */
function fibonacci(trips: number | undefined, condition: string, opset = 13): ImportedModel {
  const nodes = [node("Add", ["a", "b"], ["sum"]), node("Cast", ["i"], ["f"], { attribute: [{ name: "to", type: 2, i: float }] }), node("Add", ["sum", "f"], ["b2"])];
  const attribute = [loopBody([...nodes, node("Identity", ["b"], ["a2"])], [value("a", [1]), value("b", [1])], [c, value("a2", [1]), value("b2", [1]), value("a", [1])])];
  const initializer = [...(trips === undefined ? [] : [scalar("M", i64, trips)]), scalar("go", bool, 1)];
  const it = [node("Loop", [trips === undefined ? "" : "M", condition, "a0", "b0"], ["ya", "yb", "rows"], { attribute })];
  const rows = trips === undefined ? [] : [value("rows", [trips, 1])];
  return imported(it, { input: [value("a0", [1]), value("b0", [1])], output: [value("ya", [1]), value("yb", [1]), ...rows], initializer }, opset);
}

test("loop: carried values in order, the iteration number from 0, rows in order", (t) => {
  for (const [condition, opset] of [["go", 13], ["", 11], ["go", 10], ["", 25]] as const) {
    const it = fibonacci(4, condition, opset);
    t.deepEqual(run(it, [1], [1]), [[8], [15], [1, 1, 2, 4]]);
    t.deepEqual(shapesOf(it), [[1], [1], [4, 1]]);
    t.true(codes(it).includes("loop-unrolled"));
  }
  t.deepEqual(run(fibonacci(1, "go"), [3], [5]), [[5], [8], [3]]);
});

test("loop: what is noticed about the body is reported for its first run", (t) => {
  t.deepEqual(codes(fibonacci(2, "go")), codes(fibonacci(4, "go")));
});

/** x doubled until the iteration number is `last`, in at most `trips` runs. */
function counted(trips: number | undefined, last: number, condition = "go"): ImportedModel {
  const nodes = [node("Add", ["v", "v"], ["v2"]), node("Less", ["i", "last"], ["more"])];
  const attribute = [loopBody(nodes, [value("v", [1])], [value("more", [], bool), value("v2", [1])])];
  const loop = node("Loop", [trips === undefined ? "" : "M", condition, "x"], ["y"], { attribute });
  const initializer = [scalar("last", i64, last), scalar("go", bool, 1), ...(trips === undefined ? [] : [scalar("M", i64, trips)])];
  return imported([loop], { input: [value("x", [1])], output: [value("y", [1])], initializer });
}

test("loop: a condition that becomes a constant false ends it, whatever the trip count", (t) => {
  t.deepEqual(run(counted(undefined, 2), [1]), [[8]]);
  t.deepEqual(run(counted(100, 2), [1]), [[8]]);
  t.deepEqual(run(counted(2, 2), [1]), [[4]]);
});

test("loop: without a condition that of the body is ignored, and reported", (t) => {
  const it = counted(5, 2, "");
  t.deepEqual(run(it, [1]), [[32]]);
  t.true(codes(it).includes("condition-ignored"));
  t.false(codes(counted(5, 2)).includes("condition-ignored"));
});

/** v + step until it is greater than 2, at most 5 times; from then on the condition would be true again. */
function searching(condition: string): ImportedModel {
  const nodes = [node("Add", ["v", "step"], ["v2"]), node("Sub", ["v2", "two"], ["d"]), node("Abs", ["d"], ["m"]), node("Less", ["m", "near"], ["near_it"]), node("Not", ["near_it"], ["more"])];
  const attribute = [loopBody(nodes, [value("v", [1])], [value("more", [1], bool), value("v2", [1])])];
  const inputs = [value("v0", [1]), value("step", [1]), ...(condition === "p" ? [value("p", [], bool)] : [])];
  const initializer = [scalar("M", i64, 5), scalar("go", bool, 1), floats("two", [1], [2]), floats("near", [1], [0.75])];
  return imported([node("Loop", ["M", condition, "v0"], ["y"], { attribute })], { input: inputs, output: [value("y", [1])], initializer });
}

test("loop: a computed condition keeps the values of the last run that counts, for good", (t) => {
  const it = searching("go");
  t.deepEqual(run(it, [0], [1]), [[2]]);
  t.deepEqual(run(it, [0], [0.5]), [[1.5]]);
  t.deepEqual(run(it, [0], [3]), [[15]]);
  t.deepEqual(run(it, [-0], [-0]), [[-0]]);
  t.deepEqual([run(searching("p"), [0], [1], [0]), run(searching("p"), [0], [1], [1])], [[[0]], [[2]]]);
});

test("loop: no run leaves the initial values, and rows without any", (t) => {
  const attribute = [loopBody([node("Add", ["v", "v"], ["v2"])], [value("v", [2])], [c, value("v2", [2]), value("v2", [2])])];
  const nodes = [node("Loop", ["M", "", "x"], ["v_", "rows"], { attribute }), node("Concat", ["rows", "more"], ["y"], { attribute: [{ name: "axis", type: 2, i: 0 }] })];
  const it = imported(nodes, { input: [x], output: [value("v_", [2]), value("y", [1, 2])], initializer: [scalar("M", i64, 0), floats("more", [1, 2], [7, 8])] });
  t.deepEqual(run(it, [1, 2]), [[1, 2], [7, 8]]);
});

test("loop: a carried value may grow from run to run", (t) => {
  const attribute = [loopBody([node("Concat", ["v", "x"], ["v2"], { attribute: [{ name: "axis", type: 2, i: 0 }] })], [value("v", [null])], [c, value("v2", [null])])];
  const it = imported([node("Loop", ["M", "", "x"], ["y"], { attribute })], { input: [x], output: [value("y", [8])], initializer: [scalar("M", i64, 3)] });
  t.deepEqual(run(it, [1, 2]), [[1, 2, 1, 2, 1, 2, 1, 2]]);
});

interface ScanCase {
  readonly attributes?: readonly Fields[];
  readonly opset?: number;
  readonly shape: readonly number[];
  readonly states?: readonly number[];
}

/** state 2·s + e, and the element e + s as a row; x is scanned. Not symmetric in anything. */
function scanned({ attributes = [], opset = 13, shape, states = [] }: ScanCase, ...before: readonly string[]): ImportedModel {
  const nodes = [node("Mul", ["s", "two"], ["d"]), node("Add", ["d", "e"], ["s2"]), node("Add", ["e", "s"], ["row"])];
  const attribute = [held("body", body(nodes, [value("s", undefined), value("e", undefined)], [value("s2", undefined), value("row", undefined)])), { name: "num_scan_inputs", type: 2, i: 1 }, ...attributes];
  const input = [value("s0", states), value("x", shape)];
  return imported([node("Scan", [...before, "s0", "x"], ["y", "rows"], { attribute })], { input, output: [value("y", undefined), value("rows", undefined)], initializer: [floats("two", [], [2]), int64s("lens", [3, 2])] }, opset);
}

test("scan: states and rows, forwards and backwards", (t) => {
  t.deepEqual(run(scanned({ shape: [3] }), [1], [1, 10, 100]), [[2 * (2 * (2 + 1) + 10) + 100], [2, 13, 116]]);
  const backwards = scanned({ shape: [3], attributes: [ints("scan_input_directions", 1)] });
  t.deepEqual(run(backwards, [1], [1, 10, 100]), [[2 * (2 * (2 + 100) + 10) + 1], [101, 112, 215]]);
  const prepended = scanned({ shape: [3], attributes: [ints("scan_output_directions", 1)] });
  t.deepEqual(run(prepended, [1], [1, 10, 100]), [[132], [116, 13, 2]]);
});

test("scan: axes of the input and of the output, counted from either end", (t) => {
  const [forward, backward] = [ints("scan_input_axes", 1), ints("scan_input_axes", -1)];
  // Elements are the columns [0, 1] and [2, 3] of x; rows are [0, 1] and [2, 3] + [0, 1].
  for (const [axis, rows] of [[0, [0, 1, 2, 4]], [1, [0, 2, 1, 4]], [-1, [0, 2, 1, 4]], [-2, [0, 1, 2, 4]]] as const) {
    for (const inwards of [forward, backward]) {
      const it = scanned({ shape: [2, 2], states: [2], attributes: [inwards, ints("scan_output_axes", axis)] });
      t.deepEqual(run(it, [0, 0], [0, 2, 1, 3]), [[2, 5], rows]);
    }
  }
});

test("scan: opset 8 scans every member of a batch, as far as its sequence goes", (t) => {
  const whole = scanned({ opset: 8, shape: [2, 3], states: [2] }, "");
  t.deepEqual(run(whole, [0, 1], [1, 2, 3, 10, 20, 30]), [[11, 118], [1, 3, 7, 11, 32, 74]]);
  const short = scanned({ opset: 8, shape: [2, 3], states: [2] }, "lens");
  t.deepEqual(run(short, [0, 1], [1, 2, 3, 10, 20, 30]), [[11, 44], [1, 3, 7, 11, 32, 0]]);
  const backwards = scanned({ opset: 8, shape: [2, 3], states: [2], attributes: [ints("directions", 1)] }, "");
  t.deepEqual(run(backwards, [0, 0], [1, 2, 3, 0, 0, 1]), [[17, 4], [3, 5, 9, 1, 1, 2]]);
});

test("control flow: subgraphs in subgraphs read the names around them, at every depth", (t) => {
  const inner = [loopBody([node("Add", ["w", "x"], ["s"]), node("Add", ["s", "u"], ["w2"])], [value("w", [2])], [value("c", [], bool), value("w2", [2])])];
  const outer = (name: string): Fields => held(name, body([node("Loop", ["N", "", "u"], ["r"], { attribute: inner })], [], [value("r", [2])]));
  const nodes = [node("Less", ["k", "one"], ["first"]), node("If", ["first"], ["u2"], { attribute: [outer("then_branch"), held("else_branch", body([node("Neg", ["u"], ["n"])], [], [value("n", [2])]))] })];
  const attribute = [held("body", body(nodes, [value("k", [], i64), value("d", [], bool), value("u", [2])], [value("d", [], bool), value("u2", [2])]))];
  const it = imported([node("Loop", ["M", "", "x"], ["y"], { attribute })], { input: [x], output: [y], initializer: [scalar("M", i64, 2), scalar("N", i64, 2), scalar("one", i64, 1)] });
  // u = x; in run 0 w = x, then w + x + u twice: 5x; in run 1 it is negated.
  t.deepEqual(run(it, [1, -2]), [[-5, 10]]);
});

test("control flow: a function may loop, a loop may call it, and attributes of the call reach the subgraph", (t) => {
  const scaled = [node("LeakyRelu", ["v"], ["v2"], { attribute: [{ name: "alpha", type: 1, ref_attr_name: "slope" }] }), node("Add", ["v2", "b"], ["v3"])];
  const looping = { name: "Twice", domain: "own", input: ["a", "b"], output: ["r"], attribute: ["slope"], opset_import: [{ domain: "", version: 13 }],
    node: [node("Constant", [], ["n"], { attribute: [{ name: "value_int", type: 2, i: 2 }] }), node("Loop", ["n", "", "a"], ["r"], { attribute: [loopBody(scaled, [value("v", [2])], [c, value("v3", [2])])] })] };
  const call = node("Twice", ["u", "x"], ["u2"], { domain: "own", attribute: [{ name: "slope", type: 1, f: 0.5 }] });
  const attribute = [held("body", body([call], [value("k", [], i64), value("d", [], bool), value("u", [2])], [value("d", [], bool), value("u2", [2])]))];
  const more = { functions: [looping], opset_import: [{ domain: "", version: 13 }, { domain: "own", version: 1 }] };
  const it = imported([node("Loop", ["M", "", "x"], ["y"], { attribute })], { input: [x], output: [y], initializer: [scalar("M", i64, 2)] }, 13, more);
  const once = (v: number, b: number): number => (v < 0 ? 0.5 * v : v) + b;
  t.deepEqual(run(it, [1, -4]), [[1, -4].map((b) => once(once(once(once(b, b), b), b), b))]);
});

test("control flow: an input of a subgraph that has a name from around it is its own, and reported", (t) => {
  const attribute = [held("body", body([node("Add", ["x", "x"], ["v2"])], [i, c, value("x", [2])], [c, value("v2", [2])]))];
  const it = imported([node("Neg", ["x"], ["n"]), node("Loop", ["M", "", "n"], ["y"], { attribute })], { input: [x], output: [y], initializer: [scalar("M", i64, 2)] });
  t.deepEqual(run(it, [1, 2]), [[-4, -8]]);
  t.true(codes(it).includes("shadowed-name"));
});

test("control flow: nodes of a subgraph may stand in any order, and dead ones are dropped", (t) => {
  const nodes = [node("Add", ["t", "x"], ["r"]), node("Neg", ["x"], ["t"]), node("Exp", ["x"], ["unused"])];
  const it = branching(1, [held("then_branch", body(nodes, [], [value("r", [2])])), doubling]);
  t.deepEqual(run(it, [1, 2]), [[0, 0]]);
  t.true(codes(it).includes("unsorted-nodes") && codes(it).includes("dead-node"));
});

test("control flow: a model of 19 subgraphs within each other is read, deeper nesting is not", (t: ExecutionContext) => {
  const nested = (depth: number): Fields => (depth === 0
    ? body([node("Neg", ["x"], ["n0"])], [], [value("n0", [2])])
    : body([node("If", ["p"], [`n${depth}`], { attribute: [held("then_branch", nested(depth - 1)), held("else_branch", body([node("Neg", ["x"], [`m${depth}`])], [], [value(`m${depth}`, [2])]))] })], [], [value(`n${depth}`, [2])]));
  const parts = { input: [x], output: [value("n18", [2])], initializer: [scalar("p", bool, 1)] };
  const bytes = encode("ModelProto", { ir_version: 8, opset_import: [{ domain: "", version: 13 }], graph: { name: "deep", ...nested(18), ...parts } });
  t.deepEqual(run(importModel(bytes), [1, 2]), [[-1, -2]]);
});
