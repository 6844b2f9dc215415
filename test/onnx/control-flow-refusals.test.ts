/** If, Loop and Scan that are broken, or not static: each a Refusal with a remedy, within the limits, whatever the file holds. */
import test from "ava";
import { importModel } from "../../src/onnx/import.js";
import { type Fields, floats, graph, int64s, model, node, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";

const [i64, bool] = [7, 9] as const;
const [x, y, i, c] = [value("x", [2]), value("y", [2]), value("i", [], i64), value("c", [], bool)];

function held(name: string, g: Fields): Fields {
  return { name, type: 5, g: { name, ...g } };
}

function constants(trips: number | bigint): readonly Fields[] {
  return [
    { name: "M", dims: [], data_type: i64, int64_data: [String(trips)] }, { name: "yes", dims: [], data_type: bool, int32_data: [1] },
    floats("w", [2], [1, 2]), int64s("two", [1, 1]), floats("e", [1], [1]),
  ];
}

/** A model from x (and the condition p, the number m) to y. */
function fromX(nodes: readonly Fields[], { trips = 3, opset = 13, more = {} }: { readonly trips?: number | bigint; readonly opset?: number; readonly more?: Fields } = {}): Uint8Array {
  const input = [x, value("p", [], bool), value("pp", [2], bool), value("m", [], i64)];
  return model(graph(nodes, { input, output: [y], initializer: constants(trips) }), { opset_import: [{ domain: "", version: opset }], ...more });
}

const neg = held("then_branch", { node: [node("Neg", ["x"], ["t"])], output: [value("t", [2])] });
const abs = held("else_branch", { node: [node("Abs", ["x"], ["a"])], output: [value("a", [2])] });

function branching(attribute: readonly Fields[], condition = "p", outputs: readonly string[] = ["y"]): Uint8Array {
  return fromX([node("If", [condition], outputs, { attribute })]);
}

const addition = [node("Add", ["v", "x"], ["v2"])];
const carried = [i, c, value("v", [2])];
const [v2, c2] = [value("v2", [2]), value("c", [], bool)];

interface LoopText {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly trips?: number | bigint;
  readonly nodes?: readonly Fields[];
  readonly input?: readonly Fields[];
  readonly output?: readonly Fields[];
  readonly initializer?: readonly Fields[];
  readonly attribute?: readonly Fields[];
}

function looping({ inputs = ["M", "yes", "x"], outputs = ["y"], trips = 3, nodes = addition, input = carried, output = [c2, v2], initializer = [], attribute }: LoopText): Uint8Array {
  const held_ = attribute ?? [held("body", { node: nodes, input, output, initializer })];
  return fromX([node("Loop", inputs, outputs, { attribute: held_ })], { trips });
}

/** The loop's condition is computed from its value. */
const searching = [...addition, node("Less", ["v2", "w"], ["l"]), node("ReduceMin", ["ll"], ["q"], { attribute: [{ name: "keepdims", type: 2, i: 0 }] }),
  node("Cast", ["l"], ["ll"], { attribute: [{ name: "to", type: 2, i: 6 }] }), node("Cast", ["q"], ["more"], { attribute: [{ name: "to", type: 2, i: bool }] })];
const more = value("more", [], bool);

interface ScanText {
  readonly attribute?: readonly Fields[];
  readonly inputs?: readonly string[];
  readonly nodes?: readonly Fields[];
  readonly output?: readonly Fields[];
  readonly count?: number;
  readonly opset?: number;
}

function scanning({ attribute = [], inputs = ["e0", "x"], nodes = [node("Add", ["s", "u"], ["s2"])], output = [value("s2", undefined)], count = 1, opset = 13 }: ScanText): Uint8Array {
  const body = held("body", { node: nodes, input: [value("s", undefined), value("u", undefined)], output });
  const scan = node("Scan", inputs, ["y"], { attribute: [body, { name: "num_scan_inputs", type: 2, i: count }, ...attribute] });
  return fromX([node("Constant", [], ["e0"], { attribute: [{ name: "value_float", type: 1, f: 0 }] }), scan], { opset });
}

function listed(name: string, ...values: readonly number[]): Fields {
  return { name, type: 7, ints: values };
}

const recursive = { name: "Again", domain: "own", input: ["a"], output: ["r"], opset_import: [{ domain: "", version: 13 }, { domain: "own", version: 1 }], node: [node("If", ["a"], ["r"], {
  attribute: [held("then_branch", { node: [node("Again", ["a"], ["t"], { domain: "own" })], output: [value("t", [])] }), held("else_branch", { node: [node("Not", ["a"], ["f"])], output: [value("f", [])] })],
})] };
const handed = { name: "Given", domain: "own", input: ["p"], output: ["r"], attribute: ["b"], opset_import: [{ domain: "", version: 13 }], node: [node("If", ["p"], ["r"], {
  attribute: [{ name: "then_branch", type: 5, ref_attr_name: "b" }, { name: "else_branch", type: 5, ref_attr_name: "b" }],
})] };
const own = [{ domain: "", version: 13 }, { domain: "own", version: 1 }];

/** Loops of 10 runs within each other. */
function tower(depth: number): readonly Fields[] {
  const nodes = depth === 0 ? [node("Add", [`v${depth}`, "x"], [`o${depth}`])] : [node("Loop", ["M", "", `v${depth}`], [`o${depth}`], { attribute: [
    held("body", { node: tower(depth - 1), input: [value(`i${depth}`, [], i64), value(`c${depth}`, [], bool), value(`v${depth - 1}`, [2])], output: [value(`c${depth}`, [], bool), value(`o${depth - 1}`, [2])] }),
  ] })];
  return nodes;
}

/** The nodes of an If in an If, `depth` deep, built from within: length-delimited fields around each other. */
function burrow(depth: number): Uint8Array {
  let inner: Buffer = Buffer.alloc(0);
  const wrap = (field: number, content: Buffer): Buffer => {
    const length: number[] = [];
    for (let rest = content.length; ; rest >>>= 7) {
      if (rest < 128) {
        length.push(rest);
        break;
      }
      length.push((rest & 127) | 128);
    }
    return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), content]);
  };
  for (let k = 0; k < depth; k++) {
    const attribute = Buffer.concat([wrap(1, Buffer.from("then_branch")), wrap(6, inner)]);
    inner = wrap(1, Buffer.concat([wrap(4, Buffer.from("If")), wrap(5, attribute)]));
  }
  return Buffer.concat([Buffer.from([8, 8]), wrap(7, inner)]);
}

for (const [title, code, bytes] of [
  ["a branch that is missing", "attribute", () => branching([neg])],
  ["a graph attribute without a graph", "attribute", () => branching([neg, { name: "else_branch", type: 5 }])],
  ["a branch that is a number", "attribute-type", () => branching([neg, { name: "else_branch", type: 2, i: 1 }])],
  ["a branch too many", "unknown-attribute", () => branching([neg, abs, held("other_branch", {})])],
  ["a condition of floats", "type-mismatch", () => branching([neg, abs], "x")],
  ["a condition of two elements", "shape-mismatch", () => branching([neg, abs], "pp")],
  ["no condition", "input-count", () => fromX([node("If", [""], ["y"], { attribute: [neg, abs] })])],
  ["an input too many", "input-count", () => fromX([node("If", ["p", "x"], ["y"], { attribute: [neg, abs] })])],
  ["a branch with inputs", "subgraph", () => branching([held("then_branch", { node: [node("Neg", ["q"], ["t"])], input: [value("q", [2])], output: [value("t", [2])] }), abs])],
  ["a branch with more outputs than the node", "subgraph", () => branching([held("then_branch", { node: [node("Neg", ["x"], ["t"])], output: [value("t", [2]), value("t", [2])] }), abs])],
  ["branches with fewer outputs than the node", "subgraph", () => branching([neg, abs], "p", ["y", "z"])],
  ["branches of two shapes, selected", "dynamic-shape", () => branching([held("then_branch", { node: [node("Concat", ["x", "x"], ["t"], { attribute: [{ name: "axis", type: 2, i: 0 }] })], output: [value("t", [4])] }), abs])],
  ["branches of two types, selected", "dynamic-shape", () => branching([held("then_branch", { node: [node("Cast", ["x"], ["t"], { attribute: [{ name: "to", type: 2, i: 6 }] })], output: [value("t", [2], 6)] }), abs])],
  ["a name that nothing defines", "no-producer", () => branching([held("then_branch", { node: [node("Add", ["x", "nowhere"], ["t"])], output: [value("t", [2])] }), abs])],
  ["a name that only the other branch defines", "no-producer", () => branching([neg, held("else_branch", { node: [node("Neg", ["t"], ["a"])], output: [value("a", [2])] })])],
  ["an output of a branch that nothing makes", "no-producer", () => branching([held("then_branch", { node: [node("Neg", ["x"], ["t"])], output: [value("s", [2])] }), abs])],
  ["an output of a branch that stands around it", "no-producer", () => branching([held("then_branch", { output: [value("x", [2])] }), abs])],
  ["a branch that reads what the node makes", "cycle", () => branching([held("then_branch", { node: [node("Neg", ["y"], ["t"])], output: [value("t", [2])] }), abs])],
  ["a node of a branch that makes a name from around it", "duplicate-name", () => branching([held("then_branch", { node: [node("Neg", ["x"], ["w"])], output: [value("w", [2])] }), abs])],
  ["two nodes of a branch that make one tensor", "duplicate-name", () => branching([held("then_branch", { node: [node("Neg", ["x"], ["t"]), node("Abs", ["x"], ["t"])], output: [value("t", [2])] }), abs])],
  ["a circle within a branch", "cycle", () => branching([held("then_branch", { node: [node("Add", ["x", "s"], ["t"]), node("Neg", ["t"], ["s"])], output: [value("t", [2])] }), abs])],
  ["a branch that declares another shape", "shape-mismatch", () => branching([held("then_branch", { node: [node("Neg", ["x"], ["t"])], output: [value("t", [3])] }), abs])],
  ["an unknown operator in a branch", "operator", () => branching([held("then_branch", { node: [node("NoSuchOperator", ["x"], ["t"])], output: [value("t", [2])] }), abs])],
  ["a loop without a body", "attribute", () => looping({ attribute: [] })],
  ["a body with an input too few", "subgraph", () => looping({ input: [i, c], nodes: [node("Neg", ["x"], ["v2"])] })],
  ["a body that does not return the condition", "subgraph", () => looping({ output: [v2] })],
  ["a carried value without output", "output-count", () => looping({ inputs: ["M", "yes", "x", "w"], input: [...carried, value("u", [2])], output: [c2, v2], outputs: ["y"] })],
  ["a carried value that is left out", "input-count", () => looping({ inputs: ["M", "yes", "", "x"], input: [...carried, value("u", [2])], output: [c2, v2, v2], outputs: ["z", "y"] })],
  ["two inputs of one name", "duplicate-name", () => looping({ input: [i, i, value("v", [2])], output: [value("b", [], bool), v2], nodes: [...addition, node("Identity", ["yes"], ["b"])] })],
  ["an input without a name", "no-name", () => looping({ input: [i, value("", [], bool), value("v", [2])] })],
  ["two initializers of one name", "duplicate-name", () => looping({ initializer: [floats("k", [1], [1]), floats("k", [1], [2])] })],
  ["a body that declares its value otherwise", "shape-mismatch", () => looping({ input: [i, c, value("v", [3])] })],
  ["a trip count of floats", "type-mismatch", () => looping({ inputs: ["e", "yes", "x"] })],
  ["two trip counts", "shape-mismatch", () => looping({ inputs: ["two", "yes", "x"] })],
  ["a computed trip count", "dynamic-shape", () => looping({ inputs: ["m", "yes", "x"] })],
  ["a condition that is a number", "type-mismatch", () => looping({ inputs: ["M", "M", "x"] })],
  ["a body whose condition is a number", "type-mismatch", () => looping({ output: [value("i", [], i64), v2] })],
  ["a loop that never ends", "too-large", () => looping({ inputs: ["", "yes", "x"] })],
  ["a loop that never ends and does nothing", "too-large", () => looping({ inputs: ["", "", "x"], nodes: [], output: [c2, value("v", [2])] })],
  ["a loop that ends only after 2^62 runs", "too-large", () => looping({ trips: 2n ** 62n, nodes: [...addition, node("Identity", ["c"], ["go"])], output: [value("go", [], bool), v2] })],
  ["a trip count of 2^62", "too-large", () => looping({ trips: 2n ** 62n })],
  ["loops of 10 runs, 9 deep", "too-large", () => fromX([node("Identity", ["x"], ["v9"]), ...tower(9), node("Identity", ["o9"], ["y"])], { trips: 10 })],
  ["a computed condition without trip count", "control-flow", () => looping({ inputs: ["", "p", "x"] })],
  ["a computed condition and rows", "dynamic-shape", () => looping({ nodes: searching, output: [more, v2, v2], outputs: ["y", "rows"] })],
  ["a computed condition and a value that grows", "dynamic-shape", () => looping({ inputs: ["M", "p", "x"], nodes: [node("Concat", ["v", "x"], ["v2"], { attribute: [{ name: "axis", type: 2, i: 0 }] })], input: [i, c, value("v", [null])], output: [c2, value("v2", [null])] })],
  ["rows of two shapes", "shape-mismatch", () => looping({ nodes: [node("Concat", ["v", "x"], ["v2"], { attribute: [{ name: "axis", type: 2, i: 0 }] })], input: [i, c, value("v", [null])], output: [c2, value("v2", [null]), value("v2", [null])], outputs: ["z", "y"] })],
  ["no run, and rows without declared shape", "zero-dim", () => looping({ trips: 0, output: [c2, v2, value("v2", undefined)], outputs: ["z", "y"] })],
  ["num_scan_inputs of 0", "attribute-value", () => scanning({ count: 0 })],
  ["num_scan_inputs beyond the inputs", "attribute-value", () => scanning({ count: 3 })],
  ["an axis too many", "attribute-value", () => scanning({ attribute: [listed("scan_input_axes", 0, 0)] })],
  ["an axis that does not exist", "axis", () => scanning({ attribute: [listed("scan_input_axes", 1)] })],
  ["a direction of 2", "attribute-value", () => scanning({ attribute: [listed("scan_input_directions", 2)] })],
  ["directions of opset 8 in opset 13", "unknown-attribute", () => scanning({ attribute: [listed("directions", 0)] })],
  ["a state that grows", "shape-mismatch", () => scanning({ nodes: [node("Add", ["s", "x"], ["s2"])] })],
  ["two lengths", "shape-mismatch", () => scanning({ count: 2, inputs: ["e", "x"], output: [value("s2", undefined)] })],
  ["scan before opset 8", "opset", () => scanning({ opset: 7 })],
  ["a function that calls itself in a branch", "recursive-function", () => fromX([node("Again", ["p"], ["q"], { domain: "own" }), node("Cast", ["q"], ["r"], { attribute: [{ name: "to", type: 2, i: 1 }] }), node("Add", ["r", "x"], ["y"])], { more: { functions: [recursive], opset_import: own } })],
  ["a graph that is handed to a function", "control-flow", () => fromX([node("Given", ["p"], ["y"], { domain: "own", attribute: [held("b", { node: [node("Neg", ["x"], ["t"])], output: [value("t", [2])] })] })], { more: { functions: [handed], opset_import: own } })],
  ["subgraphs 10,000 deep", "not-onnx", () => burrow(10_000)],
  ["subgraphs 30 deep", "not-onnx", () => burrow(30)],
] as const) {
  test(`control flow: ${title}: refused as ${code}`, (t) => {
    const begun = Date.now();
    const refusal = refuses(t, code, () => importModel(bytes()));
    t.true(Date.now() - begun < 10_000, "in time");
    t.log(refusal.line);
  });
}

test("if: a computed condition selects no tensor whose extent depends on data; a constant one passes it on", (t) => {
  const found = value("n", [1, 2], i64);
  const branches = ["then_branch", "else_branch"].map((name, k) => held(name, { node: [node("NonZero", ["x"], [`n${k}`])], output: [{ ...found, name: `n${k}` }] }));
  const parts = { input: [x, value("p", [], bool)], output: [value("y", undefined, i64)] };
  const selecting = model(graph([node("If", ["p"], ["y"], { attribute: branches })], parts));
  t.regex(refuses(t, "dynamic-shape", () => importModel(selecting)).message, /Where reads .*, whose extent depends on data/);
  const constant = model(graph([node("If", ["yes"], ["y"], { attribute: branches })], { ...parts, initializer: constants(1) }));
  t.deepEqual([...importModel(constant).graph.boundedOutputs?.keys() ?? []], ["y"]);
});
