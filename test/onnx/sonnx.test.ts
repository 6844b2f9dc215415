/** Verdicts about the SONNX profile: each restriction is met and not met by a model that differs in that only. */
import test from "ava";
import { buildGraph } from "../../src/onnx/build-graph.js";
import { openModel } from "../../src/onnx/import.js";
import { graphRules, sonnxOperators } from "../../src/onnx/sonnx.js";
import { judges } from "../../src/onnx/sonnx-restrictions.js";
import { type Verdict, sonnxVerdicts } from "../../src/onnx/sonnx-verdicts.js";
import { type Fields, floats, graph, int64s, model, node, smallModel, value } from "../support/onnx-model.js";
import { fixed } from "./explicit/support.js";

function verdictsOf(bytes: Uint8Array, pins: readonly (readonly [string, number])[] = []): readonly Verdict[] {
  const { model: decoded, external } = openModel(bytes);
  return sonnxVerdicts(decoded, buildGraph(decoded, { fixDims: new Map(pins), contract: "separate", external: external.read }));
}

function found(verdicts: readonly Verdict[], tag: string): string {
  return [...new Set(verdicts.filter((own) => own.tag === tag).map(({ verdict }) => verdict))].join(" and ");
}

const int = (name: string, i: number): Fields => ({ name, type: 2, i });
const ints = (name: string, ...list: readonly number[]): Fields => ({ name, type: 7, ints: list });
const text = (name: string, s: string): Fields => ({ name, type: 3, s: new TextEncoder().encode(s) });

interface Small {
  readonly of: Fields;
  readonly input?: readonly number[];
  readonly initializer?: readonly Fields[];
  readonly opset?: number;
}

function small({ of, input = [1, 2, 3, 3], initializer = [], opset = 25 }: Small): Uint8Array {
  const outputs = Array.isArray(of["output"]) ? of["output"].map(String) : [];
  return model(graph([of], { input: [value("x", input)], output: outputs.map((name) => value(name, undefined, of["op_type"] === "ArgMax" ? 7 : 1)), initializer }), { opset_import: [{ domain: "", version: opset }] });
}

const attributes = (...attribute: readonly Fields[]): Fields => ({ attribute });
const filter = floats("w", [2, 2, 1, 1], [1, 2, 3, 4]);
const depthwise = floats("w", [2, 1, 1, 1], [1, 2]);
const pool = [text("auto_pad", "NOTSET"), int("ceil_mode", 0), ints("dilations", 1, 1), ints("kernel_shape", 2, 2), ints("pads", 0, 0, 0, 0), int("storage_order", 0), ints("strides", 1, 1)];
const without = (name: string): readonly Fields[] => pool.filter((own) => own["name"] !== name);
const matrix = floats("w", [3, 2], [1, 2, 3, 4, 5, 6]);

function slice(start: number, end: number, axes: readonly number[] | undefined, step: number | undefined): Small {
  const given = [["s", [start]], ["e", [end]], ["a", axes], ["t", step === undefined ? undefined : [step]]] as const;
  const initializer = given.flatMap(([name, values]) => (values === undefined ? [] : [int64s(name, values)]));
  return { of: node("Slice", ["x", ...given.map(([name, values]) => (values === undefined ? "" : name))], ["y"]), input: [4], initializer };
}

const cases: readonly (readonly [tag: string, met: Small, not: Small])[] = [
  ["GR4", { of: node("LeakyRelu", ["x"], ["y"], attributes({ name: "alpha", type: 1, f: 0.5 })) }, { of: node("LeakyRelu", ["x"], ["y"]) }],
  ["GR3", { of: node("Pow", ["x", "k"], ["y"]), initializer: [floats("k", [1], [3])] }, { of: node("Pow", ["x", "k"], ["y"]), initializer: [int64s("k", [3])] }],
  ["operator", { of: node("Relu", ["x"], ["y"]) }, { of: node("Erf", ["x"], ["y"]) }],
  ["version", { of: node("Relu", ["x"], ["y"]) }, { of: node("Relu", ["x"], ["y"]), opset: 13 }],
  ["optional", { of: node("Conv", ["x", "w", "b"], ["y"]), initializer: [filter, floats("b", [2], [0, 0])] }, { of: node("Conv", ["x", "w"], ["y"]), initializer: [filter] }],
  ["ArgMax R1", { of: node("ArgMax", ["x"], ["y"], attributes(int("axis", 0))) }, { of: node("ArgMax", ["x"], ["y"]) }],
  ["ArgMax R2", { of: node("ArgMax", ["x"], ["y"], attributes(int("keepdims", 1))) }, { of: node("ArgMax", ["x"], ["y"]) }],
  ["ArgMax R3", { of: node("ArgMax", ["x"], ["y"], attributes(int("select_last_index", 0))) }, { of: node("ArgMax", ["x"], ["y"]) }],
  ["ArgMax R4", { of: node("ArgMax", ["x"], ["y"], attributes(int("axis", 1))) }, { of: node("ArgMax", ["x"], ["y"], attributes(int("axis", -1))) }],
  ["Concat R1", { of: node("Concat", ["x", "x"], ["y"], attributes(int("axis", 1))) }, { of: node("Concat", ["x", "x"], ["y"], attributes(int("axis", -1))) }],
  ["Conv R1", { of: node("Conv", ["x", "w"], ["y"]), initializer: [filter] }, { of: node("Conv", ["x", "w"], ["y"]), input: [1, 1, 3], initializer: [floats("w", [1, 1, 1], [2])] }],
  ["Conv R2", { of: node("Conv", ["x", "w"], ["y"]), initializer: [filter] }, { of: node("Conv", ["x", "w"], ["y"], attributes(text("auto_pad", "VALID"))), initializer: [filter] }],
  [
    "Conv R3", { of: node("Conv", ["x", "w"], ["y"], attributes(int("group", 2))), initializer: [depthwise] },
    { of: node("Conv", ["x", "w"], ["y"], attributes(int("group", 2))), input: [1, 4, 3, 3], initializer: [floats("w", [2, 2, 1, 1], [1, 2, 3, 4])] },
  ],
  [
    "Gemm R1", { of: node("Gemm", ["x", "w", "c"], ["y"]), input: [1, 3], initializer: [matrix, floats("c", [1, 2], [1, 2])] },
    { of: node("Gemm", ["x", "w", "c"], ["y"]), input: [1, 3], initializer: [matrix, floats("c", [2], [1, 2])] },
  ],
  ["Gemm R2", { of: node("Gemm", ["x", "w"], ["y"]), input: [1, 3], initializer: [matrix] }, { of: node("Gemm", ["x", "w"], ["y"], attributes(int("transB", 1))), input: [1, 2], initializer: [matrix] }],
  [
    "Gemm R3", { of: node("Gemm", ["x", "w", "c"], ["y"]), input: [1, 3], initializer: [matrix, floats("c", [1, 2], [1, 2])] },
    { of: node("Gemm", ["x", "w", "c"], ["y"]), input: [2, 3], initializer: [matrix, floats("c", [1, 2], [1, 2])] },
  ],
  ["Gemm R4", { of: node("Gemm", ["x", "w", "c"], ["y"]), input: [1, 3], initializer: [matrix, floats("c", [1, 2], [1, 2])] }, { of: node("Gemm", ["x", "w"], ["y"]), input: [1, 3], initializer: [matrix] }],
  ["LeakyRelu R1", { of: node("LeakyRelu", ["x"], ["y"], attributes({ name: "alpha", type: 1, f: 0.5 })) }, { of: node("LeakyRelu", ["x"], ["y"]) }],
  ["MatMul R1", { of: node("MatMul", ["x", "w"], ["y"]), input: [2, 3], initializer: [matrix] }, { of: node("MatMul", ["x", "w"], ["y"]), input: [3], initializer: [matrix] }],
  ["MaxPool R1", { of: node("MaxPool", ["x"], ["y"], attributes(...pool)) }, { of: node("MaxPool", ["x"], ["y"], attributes(ints("kernel_shape", 2))), input: [1, 1, 3] }],
  ["MaxPool R2", { of: node("MaxPool", ["x"], ["y"], attributes(...pool)) }, { of: node("MaxPool", ["x"], ["y"], attributes(...without("strides"))) }],
  ["MaxPool R3", { of: node("MaxPool", ["x"], ["y"], attributes(...pool)) }, { of: node("MaxPool", ["x"], ["y"], attributes(...without("auto_pad").slice(0, 3), text("auto_pad", "SAME_UPPER"))) }],
  ["MaxPool R4", { of: node("MaxPool", ["x"], ["y"], attributes(...pool)) }, { of: node("MaxPool", ["x"], ["y"], attributes(...without("ceil_mode"), int("ceil_mode", 1))) }],
  ["MaxPool R5", { of: node("MaxPool", ["x"], ["y"], attributes(...pool)) }, { of: node("MaxPool", ["x"], ["y"], attributes(...without("storage_order"), int("storage_order", 1))) }],
  ["Slice R1", slice(0, 2, [0], 1), slice(0, 2, undefined, 1)],
  ["Slice R2", slice(0, 2, [0], 1), { ...slice(0, 1, [1], 1), input: [4, 4] }],
  ["Slice R3", slice(0, 2, [0], 1), slice(0, 2, [0], undefined)],
  ["Slice R6", slice(0, 2, [0], 1), slice(0, -1, [0], 1)],
  ["Slice R7", slice(3, 0, [0], -1), slice(-2, 1, [0], -1)],
  ["Slice R8", slice(3, 0, [0], -1), slice(9, 0, [0], -1)],
  ["Slice R10", slice(0, 2, [0], 1), { ...slice(0, 2, [0], undefined), of: node("Slice", ["x", "s", "e", "a", "t"], ["y"]), initializer: [...slice(0, 2, [0], undefined).initializer ?? [], { name: "t", dims: [1], data_type: 6, int32_data: [1] }] }],
  ["Softmax R1", { of: node("Softmax", ["x"], ["y"], attributes(int("axis", 1))) }, { of: node("Softmax", ["x"], ["y"]) }],
];

for (const [tag, met, not] of cases) {
  test(`${tag} is met and not met`, (t) => {
    t.is(found(verdictsOf(small(met)), tag), "met");
    const open = verdictsOf(small(not)).filter((own) => own.tag === tag);
    t.is(found(open, tag), "not met");
    t.true(open.every(({ node: at, reason, remedy }) => at !== undefined && reason !== "" && remedy !== ""));
  });
}

test("GR2: every tensor is declared with its type and a literal shape", (t) => {
  t.is(found(verdictsOf(smallModel()), "GR2"), "met");
  const open = verdictsOf(model(graph([node("Relu", ["x"], ["r"]), node("Relu", ["r"], ["y"])], { input: [value("x", ["n"])], output: [value("y", [2])] })), [["n", 2]]);
  t.deepEqual(open.filter(({ tag, verdict }) => tag === "GR2" && verdict === "not met").map(({ node: at }) => at), ["x", "r"]);
  t.is(found(open, "static"), "not met");
});

test("rules of graphs", (t) => {
  const nodes = [{ op_type: "Relu", input: ["r"], output: ["y"] }, node("Relu", ["x"], ["r"]), node("Neg", ["x"], ["dead"])];
  const open = verdictsOf(model(graph(nodes, { input: [value("x", [2]), value("u", [2])], output: [value("y", [2])] }), { training_info: [{}] }));
  t.deepEqual(["order", "names", "live", "inputs", "inference"].map((tag) => found(open, tag)), new Array<string>(5).fill("not met"));
  t.deepEqual(["order", "names", "live", "inputs", "inference", "static", "functions"].map((tag) => found(verdictsOf(smallModel()), tag)), new Array<string>(7).fill("met"));
});

test("what the text leaves open cannot be judged", (t) => {
  t.is(found(verdictsOf(small({ of: node("Neg", ["x"], ["y"]) })), "version"), "cannot be judged");
  t.regex(verdictsOf(small({ of: node("LeakyRelu", ["x"], ["y"]) })).find(({ tag }) => tag === "version")?.reason ?? "", /version 14 of LeakyRelu, which ONNX does not have/);
});

test("every restriction of the text has a judgement", (t) => {
  for (const [op, { restrictions }] of sonnxOperators) t.deepEqual(Object.keys(judges[op] ?? {}), restrictions.map(([tag]) => tag), op);
  t.true(Object.keys(graphRules).length > 0);
});

test("the explicit form meets what can be met by writing things down", (t) => {
  const fixable = cases.filter(([tag]) => !["GR3", "operator", "optional", "Conv R1", "Conv R3", "MaxPool R1", "MaxPool R4", "MaxPool R5", "MatMul R1"].includes(tag) && !tag.startsWith("Gemm"));
  for (const [tag, , not] of fixable) t.not(found(verdictsOf(fixed(small(not)).bytes), tag), "not met", tag);
  t.true(fixable.length > 15);
});
