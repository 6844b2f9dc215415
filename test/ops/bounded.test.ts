/**
 * Operators whose result has an extent that depends on data, in bounded form: against
 * definitions of their own, in steps that no meaning has (lists that grow), on random inputs
 * with ties, zeros of both signs and NaN; what is not in use is 0; wrong meanings are noticed.
 */
import test from "ava";
import { evalGraph, operatorNode } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present } from "../../ir/prelude.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import { type Tensor, printTensorType, tensorOf } from "../../ir/tensor/tensor.js";
import { changedMeanings } from "../../src/mutate/kinds/meanings.js";
import { importModel } from "../../src/onnx/import.js";
import { sameBits } from "../../src/testing/compare.js";
import { storedForm } from "../../src/testing/stored-form.js";
import { type Dim, type Fields, graph, model, node, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";
import { assertMeanings } from "./onnx-cases.js";

const [int64, bool] = [7, 9];

function modelOf(op: string, inputs: Readonly<Record<string, readonly [readonly Dim[], number]>>, outputs: readonly string[], attribute: readonly Fields[] = [], more: Fields = {}): Uint8Array {
  const declared = Object.entries(inputs).map(([name, [dims, type]]) => value(name, dims, type));
  return model(graph([node(op, Object.keys(inputs), outputs, { attribute })], { input: declared, output: outputs.map((name) => value(name, undefined, 0)), ...more }));
}

const integer = (name: string, i: number): Fields => ({ name, type: 2, i });

/** A generator of numbers from 0 to below `n`, the same each time. */
function draws(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

interface Trial {
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
  /** As ONNX has them, without capacity. */
  readonly expected: readonly Tensor[];
}

function outputsOf({ graph: own, inputs }: Trial, change = (meaning: ReturnType<ReturnType<typeof definition>["meaning"]>) => meaning): readonly Tensor[] {
  const values = new Map([...own.constants, ...own.inputs.map(({ name }, k) => [name, present(inputs[k], name)] as const)]);
  for (const part of own.nodes) {
    const meaning = definition(part.op).meaning(operatorNode(part, own));
    const given = part.inputs.map((name) => (name === null ? null : present(values.get(name), name)));
    evalMeaning(definition(part.op).bounded === undefined ? meaning : change(meaning), given, "separate").forEach((tensor, k) => values.set(part.outputs[k] ?? "", tensor));
  }
  return own.outputs.map(({ name }) => present(values.get(name), name));
}

function definition(op: string) {
  return present(operatorFor("", op), op);
}

/** The right part in use, and 0 behind it. */
function agrees(trial: Trial, outputs: readonly Tensor[]): boolean {
  const used = storedForm(trial.graph, outputs);
  const inUse = trial.expected.every((due, k) => used[k] !== undefined && sameBits(due, used[k]));
  const bounded = trial.graph.outputs.flatMap(({ name }, k) => (trial.graph.boundedOutputs?.has(name) === true ? [k] : []));
  const zeros = bounded.every((k) => {
    const [all, part] = [present(outputs[k], "output"), present(used[k], "part")];
    const nonzero = (tensor: Tensor): number => [...tensor.data].filter((x) => Number(x) !== 0).length;
    return nonzero(all) === nonzero(part);
  });
  return inUse && zeros;
}

const trialsPerOperator = 100;

function i64(shape: readonly number[], values: readonly number[]): Tensor {
  return tensorOf("i64", shape, values.map(BigInt));
}

function nonZeroTrial(draw: (n: number) => number): Trial {
  const shape = Array.from({ length: 1 + draw(3) }, () => 1 + draw(4));
  const n = shape.reduce((a, b) => a * b, 1);
  const x = tensorOf("f32", shape, Array.from({ length: n }, () => [0, -0, NaN, 1, -2.5][draw(5)] ?? 0));
  const found: number[][] = [];
  const walk = (index: readonly number[]): void => {
    const extent = shape[index.length];
    if (extent !== undefined) for (let k = 0; k < extent; k++) walk([...index, k]);
    else if (x.data[index.reduce((at, k, d) => at * (shape[d] ?? 1) + k, 0)] !== 0) found.push([...index]);
  };
  walk([]);
  const { graph: own } = importModel(modelOf("NonZero", { x: [shape, 1] }, ["y"]));
  return { graph: own, inputs: [x], expected: [i64([shape.length, found.length], shape.flatMap((_, d) => found.map((index) => index[d] ?? 0)))] };
}

function compressTrial(draw: (n: number) => number): Trial {
  const [rows, columns, way] = [1 + draw(4), 1 + draw(4), draw(3)];
  const extent = [rows, columns, rows * columns][way] ?? 1;
  const condition = Array.from({ length: 1 + draw(extent) }, () => draw(2));
  const x = Array.from({ length: rows * columns }, (_, k) => k + 1);
  const kept = condition.flatMap((holds, k) => (holds === 1 ? [k] : []));
  const matrix = Array.from({ length: rows }, (_, r) => x.slice(r * columns, (r + 1) * columns));
  const results = [
    () => tensorOf("f32", [kept.length, columns], kept.flatMap((r) => matrix[r] ?? [])),
    () => tensorOf("f32", [rows, kept.length], matrix.flatMap((row) => kept.map((c) => row[c] ?? 0))),
    () => tensorOf("f32", [kept.length], kept.map((k) => x[k] ?? 0)),
  ];
  const { graph: own } = importModel(modelOf("Compress", { x: [[rows, columns], 1], c: [[condition.length], bool] }, ["y"], way === 2 ? [] : [integer("axis", way === 1 ? -1 : 0)]));
  return { graph: own, inputs: [tensorOf("f32", [rows, columns], x), tensorOf("bool", [condition.length], condition)], expected: [present(results[way], "result")()] };
}

/** IoU in steps of f32. */
function suppressed(a: readonly number[], b: readonly number[], limit: number, centred: boolean): boolean {
  const f = Math.fround;
  const side = (box: readonly number[], middle: number, first: number, last: number): readonly [number, number] => {
    const [p, q] = [box[first] ?? 0, box[last] ?? 0];
    const [c, half] = [box[middle] ?? 0, f((box[middle + 2] ?? 0) / 2)];
    return centred ? [f(c - half), f(c + half)] : [Math.min(p, q), Math.max(p, q)];
  };
  const spans = [a, b].map((box) => [side(box, 0, 1, 3), side(box, 1, 0, 2)] as const);
  const shared = [0, 1].map((d) => [Math.max(...spans.map((span) => span[d]?.[0] ?? 0)), Math.min(...spans.map((span) => span[d]?.[1] ?? 0))] as const);
  if (shared.some(([low, high]) => high <= low)) return false;
  const area = (parts: readonly (readonly [number, number])[]): number => parts.map(([low, high]) => f(high - low)).reduce((p, q) => f(p * q));
  const [common, first, second] = [area(shared), area(spans[0] ?? []), area(spans[1] ?? [])];
  const union = f(f(first + second) - common);
  return common > 0 && first > 0 && second > 0 && union > 0 && f(common / union) > limit;
}

function suppressionTrial(draw: (n: number) => number): Trial {
  const [batches, classes, count, max, centred] = [1 + draw(2), 1 + draw(2), 1 + draw(6), 1 + draw(4), draw(2) === 1];
  const scored = draw(2) === 1;
  const small = draw(2) === 1;
  const boxes = Array.from({ length: batches * count }, () => Array.from({ length: 4 }, () => (small ? (1 + draw(4)) / 4 : (draw(9) - 2) / 2)));
  const scores = Array.from({ length: batches * classes * count }, () => [0.5, 0.25, 1, -0, 0, NaN, 0.75][draw(7)] ?? 0);
  const [overlap, least] = [[0, 0.5, 1 / 3][draw(3)] ?? 0, 0.25];
  const rows: number[] = [];
  for (let b = 0; b < batches; b++) {
    for (let c = 0; c < classes; c++) {
      const score = (k: number): number => scores[(b * classes + c) * count + k] ?? 0;
      const order = Array.from({ length: count }, (_, k) => k).filter((k) => (scored ? score(k) > least : !Number.isNaN(score(k)))).toSorted((p, q) => score(q) - score(p) || p - q);
      const chosen: number[] = [];
      for (const k of order) {
        const box = (at: number): readonly number[] => boxes[b * count + at] ?? [];
        if (chosen.length < max && !chosen.some((other) => suppressed(box(k), box(other), Math.fround(overlap), centred))) chosen.push(k);
      }
      rows.push(...chosen.flatMap((k) => [b, c, k]));
    }
  }
  const inputs = { boxes: [[batches, count, 4], 1], scores: [[batches, classes, count], 1], max: [[1], int64], iou: [[1], 1], ...(scored ? { least: [[1], 1] as const } : {}) } as const;
  const { graph: own } = importModel(modelOf("NonMaxSuppression", inputs, ["y"], [integer("center_point_box", centred ? 1 : 0)]), { fixInputs: new Map([["max", i64([1], [max])]]) });
  const given = [tensorOf("f32", [batches, count, 4], boxes.flat()), tensorOf("f32", [batches, classes, count], scores), tensorOf("f32", [1], [overlap]), ...(scored ? [tensorOf("f32", [1], [least])] : [])];
  return { graph: own, inputs: given, expected: [i64([rows.length / 3, 3], rows)] };
}

/** Two boxes of area below 1 whose IoU is 3/5, so that the second is suppressed; corners in the order `flip` says. */
function smallBoxes(flip: boolean): Trial {
  const box = (low: number, high: number): readonly number[] => (flip ? [high, 0.5, low, 0] : [low, 0, high, 0.5]);
  const inputs = { boxes: [[1, 2, 4], 1], scores: [[1, 1, 2], 1], max: [[1], int64], iou: [[1], 1] } as const;
  const { graph: own } = importModel(modelOf("NonMaxSuppression", inputs, ["y"]), { fixInputs: new Map([["max", i64([1], [2])]]) });
  const given = [tensorOf("f32", [1, 2, 4], [...box(0, 0.5), ...box(0.125, 0.625)]), tensorOf("f32", [1, 1, 2], [0.75, 0.5]), tensorOf("f32", [1], [0.5])];
  return { graph: own, inputs: given, expected: [i64([1, 3], [0, 0, 0])] };
}

/** Lexicographic, NaN last and equal to NaN, zeros equal. */
function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((x, k) => x !== b[k] && !(Number.isNaN(x) && Number.isNaN(b[k])));
  if (at < 0) return 0;
  const [x, y] = [a[at] ?? 0, b[at] ?? 0];
  return Number.isNaN(x) ? 1 : Number.isNaN(y) ? -1 : x - y;
}

function uniqueTrial(draw: (n: number) => number): Trial {
  const [rows, columns, along, sorted] = [1 + draw(5), 1 + draw(3), draw(2) === 1, draw(2)];
  const x = Array.from({ length: rows * columns }, () => [1, -0, 0, NaN, -3][draw(5)] ?? 0);
  const slices = along ? Array.from({ length: rows }, (_, r) => x.slice(r * columns, (r + 1) * columns)) : x.map((one) => [one]);
  const firsts = slices.flatMap((slice, k) => (slices.findIndex((other) => compared(slice, other) === 0) === k ? [k] : []));
  const slice = (k: number): readonly number[] => slices[k] ?? [];
  const order = sorted === 1 ? firsts.toSorted((p, q) => compared(slice(p), slice(q))) : firsts;
  const inverse = slices.map((own) => order.findIndex((k) => compared(slice(k), own) === 0));
  const expected = [
    tensorOf("f32", along ? [order.length, columns] : [order.length], order.flatMap(slice)), i64([order.length], order),
    i64([slices.length], inverse), i64([order.length], order.map((_, r) => inverse.filter((place) => place === r).length)),
  ];
  const { graph: own } = importModel(modelOf("Unique", { x: [[rows, columns], 1] }, ["y", "i", "v", "c"], [integer("sorted", sorted), ...(along ? [integer("axis", 0)] : [])]));
  return { graph: own, inputs: [tensorOf("f32", [rows, columns], x)], expected };
}

/** Least number of wrong meanings that the trials notice; those left are named in the log. */
const operators = [
  ["NonZero", nonZeroTrial, 0.9], ["Compress", compressTrial, 0.9], ["NonMaxSuppression", suppressionTrial, 0.9], ["Unique", uniqueTrial, 0.9],
] as const;

for (const [op, trialOf, share] of operators) {
  const random = Array.from({ length: trialsPerOperator }, (_, k) => trialOf(draws(7919 * (k + 1))));
  const trials = op === "NonMaxSuppression" ? [...random, smallBoxes(false), smallBoxes(true)] : random;
  test(`bounded: ${op} is what its definition says, on random inputs`, (t) => {
    for (const trial of trials) {
      assertMeanings(trial.graph);
      t.true(agrees(trial, outputsOf(trial)), trial.graph.inputs.map(printTensorType).join(", "));
    }
    t.true(trials.some(({ expected: [first] }) => first?.data.length === 0) || op === "Unique", "a result without elements is among them");
  });

  test(`bounded: ${op}: wrong meanings are noticed`, (t) => {
    const names = new Map<string, boolean>();
    for (const trial of trials) {
      const [part] = trial.graph.nodes.filter((own) => own.op === op);
      for (const { name, change } of changedMeanings(op, definition(op).meaning(operatorNode(present(part, op), trial.graph)))) {
        if (names.get(name) === true) continue;
        names.set(name, noticed(() => agrees(trial, outputsOf(trial, change))));
      }
    }
    const left = [...names].filter(([, seen]) => !seen).map(([name]) => name);
    t.log(`${names.size - left.length} of ${names.size} noticed; not: ${left.join(", ")}`);
    t.true(names.size >= 20 && (names.size - left.length) / names.size >= share);
  });
}

/** A wrong meaning may read outside of a tensor. */
function noticed(right: () => boolean): boolean {
  try {
    return !right();
  } catch {
    return true;
  }
}

test("bounded: count and capacity are outputs of the graph, and a finding says so", (t) => {
  const { graph: own, findings } = importModel(modelOf("NonZero", { x: [[2, 3], 1] }, ["y"]));
  t.deepEqual(own.outputs.map((output) => `${output.name} ${printTensorType(output)}`), ["y i64[2,6]", "y_count i64[]"]);
  t.deepEqual(own.boundedOutputs, new Map([["y", { axis: 1, count: "y_count" }]]));
  t.true(findings.some(({ code, node: name }) => code === "bounded-output" && name === "y"));
  const declared = model(graph([node("NonZero", ["x"], ["y"])], { input: [value("x", [2, 3])], output: [value("y", [2, 4], int64)] }));
  t.is(importModel(declared).graph.outputs.length, 2, "the extent declared for one data set says nothing");
  const wrong = model(graph([node("NonZero", ["x"], ["y"])], { input: [value("x", [2, 3])], output: [value("y", [3, 4], int64)] }));
  refuses(t, "shape-mismatch", () => importModel(wrong));
  const twice = model(graph([node("NonZero", ["x"], ["y"]), node("Neg", ["x"], ["y_count"])], { input: [value("x", [3])], output: [value("y", undefined, int64), value("y_count", [3])] }));
  t.deepEqual(importModel(twice).graph.outputs.map(({ name }) => name), ["y", "y_count", "y_count_2"]);
});

test("bounded: Transpose, Cast and Identity keep the count; other readers are refused by name", (t) => {
  const through = [node("NonZero", ["x"], ["n"]), node("Transpose", ["n"], ["p"], { attribute: [{ name: "perm", type: 7, ints: [1, 0] }] }), node("Cast", ["p"], ["y"], { attribute: [integer("to", 6)] })];
  const parts = { input: [value("x", [2, 3])], output: [value("y", undefined, 6)] };
  const { graph: own } = importModel(model(graph(through, parts)));
  t.deepEqual(own.outputs.map(printTensorType), ["i32[6,2]", "i64[]"]);
  t.deepEqual(own.boundedOutputs?.get("y")?.axis, 0);
  const x = tensorOf("f32", [2, 3], [0, 1, 0, 2, 0, 3]);
  t.deepEqual(storedForm(own, [...evalGraph(own, new Map([["x", x]]), "separate").values()]).map(({ data }) => [...data]), [[0, 1, 1, 0, 1, 2]]);
  for (const reader of ["Neg", "Shape", "Size"]) {
    const refusal = refuses(t, "dynamic-shape", () => importModel(model(graph([node("NonZero", ["x"], ["n"]), node(reader, ["n"], ["y"])], { input: [value("x", [2, 3])], output: [value("y", undefined, int64)] }))));
    t.regex(refusal.message, new RegExp(`${reader} reads n, whose extent depends on data`));
  }
});

test("bounded: what constants decide has its own extent", (t) => {
  const initializer = [{ name: "c", dims: [3], data_type: bool, int32_data: [1, 0, 1] }];
  const rows = importModel(modelOf("Compress", { x: [[3, 2], 1], c: [[3], bool] }, ["y"], [integer("axis", 0)], { initializer })).graph;
  t.deepEqual(rows.outputs.map(printTensorType), ["f32[2,2]"]);
  t.deepEqual([...(evalGraph(rows, new Map([["x", tensorOf("f32", [3, 2], [1, 2, 3, 4, 5, 6])]]), "separate").get("y")?.data ?? [])], [1, 2, 5, 6]);
  const found = importModel(modelOf("NonZero", { c: [[3], bool] }, ["y"], [], { initializer })).graph;
  t.deepEqual([...(evalGraph(found, new Map(), "separate").get("y")?.data ?? [])], [0n, 2n]);
});

test("bounded: wrong models are refused", (t) => {
  refuses(t, "rank", () => importModel(modelOf("NonZero", { x: [[], 1] }, ["y"])));
  refuses(t, "shape-mismatch", () => importModel(modelOf("Compress", { x: [[3], 1], c: [[4], bool] }, ["y"])));
  refuses(t, "type-mismatch", () => importModel(modelOf("Compress", { x: [[3], 1], c: [[3], int64] }, ["y"])));
  refuses(t, "axis", () => importModel(modelOf("Compress", { x: [[3], 1], c: [[3], bool] }, ["y"], [integer("axis", 1)])));
  const boxes = { boxes: [[1, 2, 4], 1], scores: [[1, 1, 2], 1], max: [[1], int64] } as const;
  refuses(t, "dynamic-shape", () => importModel(modelOf("NonMaxSuppression", boxes, ["y"])));
  refuses(t, "shape-mismatch", () => importModel(modelOf("NonMaxSuppression", { ...boxes, scores: [[1, 1, 3], 1] }, ["y"]), { fixInputs: new Map([["max", i64([1], [1])]]) }));
});
