/**
 * Error bounds hold: on random and extreme inputs of the box the interpreter's bits
 * are never further from the real meaning than the bound says. A bound with a mistake
 * in it, such as one without the propagated part, is exceeded by some of these inputs.
 */
import test, { type ExecutionContext } from "ava";
import type { Graph } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import type { MulAddContract } from "../../../ir/tensor/meaning.js";
import { type Bound, boundOf } from "../../../proofs/bounds/bound.js";
import { approximate, around, larger, printFraction, quotientUp, rootDown } from "../../../proofs/bounds/fixed.js";
import { errorOf } from "../../../proofs/bounds/value.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { type AttainTask, attainedErrors } from "../../../src/numeric/attained.js";
import { boxOnGrid, rangesIn } from "../../../src/numeric/box.js";
import { importModel } from "../../../src/onnx/import.js";
import { type Fields, floats, graph, model, node, value } from "../../support/onnx-model.js";
import { refuses } from "../../support/refusals.js";

function wave(length: number, seed: number, size = 1): readonly number[] {
  return Array.from({ length }, (_, k) => Math.fround(size * Math.sin(12.9898 * k * k + seed)));
}

const ints = (name: string, list: readonly number[]): Fields => ({ name, type: 7, ints: list });
const number = (name: string, f: number): Fields => ({ name, type: 1, f });

interface Net {
  readonly nodes: readonly Fields[];
  readonly shape: readonly number[];
  readonly output: readonly number[];
  readonly initializer: readonly Fields[];
}

function graphOf({ nodes, shape, output, initializer }: Net): Graph {
  return importModel(model(graph(nodes, { input: [value("x", shape)], output: [value("y", output)], initializer }))).graph;
}

/** A dense network of `depth` layers of 8 with the given activation. */
function dense(depth: number, activation: string, seed: number, attributes: readonly Fields[] = []): Net {
  const layers = Array.from({ length: depth }, (_, k) => k);
  const name = (k: number): string => (k === 0 ? "x" : `a${k}`);
  return {
    nodes: layers.flatMap((k) => [
      node("Gemm", [name(k), `w${k}`, `b${k}`], [`g${k}`]),
      node(k === depth - 1 ? "Identity" : activation, [`g${k}`], [k === depth - 1 ? "y" : name(k + 1)], k === depth - 1 ? {} : { attribute: attributes }),
    ]),
    shape: [1, 8], output: [1, 8],
    initializer: layers.flatMap((k) => [floats(`w${k}`, [8, 8], wave(64, seed + k)), floats(`b${k}`, [8], wave(8, seed - k))]),
  };
}

const image: Net = {
  nodes: [
    node("Conv", ["x", "w", "b"], ["c"], { attribute: [ints("kernel_shape", [3, 3]), ints("pads", [1, 1, 1, 1])] }),
    node("BatchNormalization", ["c", "scale", "shift", "mean", "var"], ["n"]),
    node("LeakyRelu", ["n"], ["l"], { attribute: [number("alpha", 0.1)] }),
    node("MaxPool", ["l"], ["m"], { attribute: [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])] }),
    node("AveragePool", ["l"], ["a"], { attribute: [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])] }),
    node("Concat", ["m", "a"], ["o"], { attribute: [{ name: "axis", type: 2, i: 1 }] }),
    node("Transpose", ["o"], ["t"], { attribute: [ints("perm", [0, 2, 3, 1])] }),
    node("Flatten", ["t"], ["f"]),
    node("MatMul", ["f", "v"], ["p"]),
    node("Softmax", ["p"], ["y"]),
  ],
  shape: [1, 2, 6, 6], output: [1, 5],
  initializer: [
    floats("w", [4, 2, 3, 3], wave(72, 1)), floats("b", [4], wave(4, 2)), floats("scale", [4], wave(4, 3)), floats("shift", [4], wave(4, 4)),
    floats("mean", [4], wave(4, 5)), floats("var", [4], wave(4, 6).map((v) => v * v + 0.01)), floats("v", [72, 5], wave(360, 7, 0.1)),
  ],
};

/** Few enough operations that the rounding of folded weights shows. */
const small: Net = {
  nodes: [node("MatMul", ["x", "w"], ["p"]), node("BatchNormalization", ["p", "scale", "shift", "mean", "var"], ["n"]), node("Relu", ["n"], ["y"])],
  shape: [1, 2], output: [1, 3],
  initializer: [
    floats("w", [2, 3], wave(6, 1)), floats("scale", [3], [1, 2, 3]), floats("shift", [3], [5, 6, 7]), floats("mean", [3], wave(3, 5)), floats("var", [3], [1, 2, 3]),
  ],
};

const elementwise: Net = {
  nodes: [
    node("Mul", ["x", "x"], ["q"]), node("Add", ["q", "one"], ["d"]), node("Sqrt", ["d"], ["r"]), node("Div", ["x", "r"], ["u"]),
    node("Sub", ["u", "x"], ["s"]), node("Abs", ["s"], ["v"]), node("Neg", ["v"], ["n"]), node("Max", ["n", "x"], ["a"]), node("Min", ["a", "r"], ["y"]),
  ],
  shape: [2, 4], output: [2, 4], initializer: [floats("one", [1], [2])],
};

const nets: Readonly<Record<string, Net>> = {
  "dense, Relu": dense(4, "Relu", 1), "dense, Sigmoid": dense(3, "Sigmoid", 2), "dense, Tanh": dense(3, "Tanh", 3),
  "dense, LeakyRelu": dense(4, "LeakyRelu", 4, [number("alpha", 0.3)]), image, elementwise,
};

const boxes = { wide: [-1, 1], narrow: [0.25, 0.3], point: [0.7, 0.7], small: [-1e-20, 1e-20] } as const;

function evaluated(of: Graph, range: readonly [number, number], contract: MulAddContract = "separate", original = of): { readonly bound: Bound; readonly task: AttainTask } {
  const ranges = rangesIn(range, of.inputs);
  const { deviations } = original === of ? { deviations: new Map<string, readonly bigint[]>() } : rewriteGraph(original, [{ lemma: "fold-batch-normalization" }]);
  return { bound: boundOf({ graph: of, contract, box: boxOnGrid(ranges), deviations }), task: { graph: of, original, contract, ranges, vectors: 60 } };
}

/** f64's own error in the comparison. */
const noise = 1e-13;

function holds(t: ExecutionContext, { bound, task }: ReturnType<typeof evaluated>, what: string): void {
  const attained = attainedErrors(task);
  for (const { name, error } of bound.outputs) {
    const [limit, seen] = [approximate(error), present(attained.get(name), name)];
    t.log(`${what}: bound ${limit.toExponential(2)}, attained ${seen.toExponential(2)}`);
    t.true(seen <= limit + noise * limit, `${what}: ${seen} above ${limit}`);
    t.true(limit < 1e30, what);
  }
}

for (const [name, net] of Object.entries(nets)) {
  test(`bounds: ${name}: no input of the box exceeds the bound, in either contract`, (t) => {
    for (const [box, range] of Object.entries(boxes)) {
      for (const contract of ["separate", "fused"] as const) holds(t, evaluated(graphOf(net), range, contract), `${box}, ${contract}`);
    }
  });
}

test("bounds: against the model's own real meaning where batch normalisation is folded or sums are split", (t) => {
  const original = graphOf(image);
  const folded = rewriteGraph(original, [{ lemma: "fold-batch-normalization" }]).graph;
  holds(t, evaluated(folded, [-1, 1], "separate", original), "folded");
  const boundWith = (factor: bigint): bigint => {
    const { graph: dense, deviations } = rewriteGraph(graphOf(small), [{ lemma: "fold-batch-normalization" }]);
    const larger = new Map([...deviations].map(([name, list]) => [name, list.map((d) => factor * d)]));
    return present(boundOf({ graph: dense, contract: "separate", box: boxOnGrid(rangesIn([0.5, 0.5], dense.inputs)), deviations: larger }).outputs[0], "y").error;
  };
  t.true(boundWith(1000n) > 100n * boundWith(1n), "the distance of folded weights from the exact ones enters");
  const split = rewriteGraph(original, [{ lemma: "split-k", node: "p", parts: 5, order: "strided" }]).graph;
  holds(t, evaluated(split, [-1, 1]), "split");
});

test("bounds: at a point the bound is near what is attained", (t) => {
  const { bound, task } = evaluated(graphOf(dense(4, "Relu", 1)), [0.7, 0.7]);
  const [output] = bound.outputs;
  t.true(approximate(present(output, "output").error) < 200 * present(attainedErrors(task).get("y"), "y"));
});

test("bounds: a sum in parts has a smaller bound than one in sequence", (t) => {
  const length = 512;
  const net = { nodes: [node("MatMul", ["x", "w"], ["y"])], shape: [1, length], output: [1, 2], initializer: [floats("w", [length, 2], wave(2 * length, 1))] };
  const errorWith = (g: Graph): bigint => present(evaluated(g, [1, 2]).bound.outputs[0], "output").error;
  const whole = graphOf(net);
  const split = rewriteGraph(whole, [{ lemma: "split-k", node: "y", parts: 16 }]).graph;
  t.true(errorWith(split) * 4n < errorWith(whole));
  holds(t, evaluated(split, [1, 2]), "split");
});

test("bounds: one without the propagated part, or without rounding, is exceeded", (t) => {
  const sums = { nodes: [node("MatMul", ["x", "w"], ["s"]), node("Mul", ["s", "three"], ["y"])], shape: [1, 512], output: [1, 2], initializer: [floats("w", [512, 2], wave(1024, 1)), floats("three", [1], [3])] };
  const { bound, task } = evaluated(graphOf(sums), [0.3, 0.9]);
  const seen = present(attainedErrors(task).get("y"), "y");
  const cells = present(bound.nodes.at(-1), "Mul").outputs.flatMap((output) => output.cells);
  const least = cells.map(({ introduced }) => introduced).reduce(larger, 0n);
  t.true(seen > approximate(least), `attained ${seen}, introduced by the last node ${approximate(least)}`);
  t.true(seen <= approximate(cells.map(errorOf).reduce(larger)));
});

test("bounds: ranges of the exact values hold at every node", (t) => {
  const net = graphOf(dense(3, "Relu", 5));
  for (const { outputs } of evaluated(net, [-0.5, 0.5]).bound.nodes) for (const { cells } of outputs) for (const cell of cells) t.true(cell.low <= cell.high && errorOf(cell) >= 0n);
});

test("bounds: what has no rule, may overflow, or divides by 0 is refused with the node's name", (t) => {
  const one = (op: string): Graph => graphOf({ nodes: [node(op, ["x"], ["y"])], shape: [1, 4], output: [1, 4], initializer: [] });
  t.is(refuses(t, "no-bound", () => evaluated(one("Erf"), [-1, 1])).where, "y");
  refuses(t, "no-bound", () => evaluated(one("Reciprocal"), [-1, 1]));
  refuses(t, "no-bound", () => evaluated(one("Sqrt"), [-1, 1]));
  const square = graphOf({ nodes: [node("Mul", ["x", "x"], ["y"])], shape: [4], output: [4], initializer: [] });
  refuses(t, "no-bound", () => evaluated(square, [0, 1e20]));
  t.true(approximate(present(evaluated(square, [0, 1e18]).bound.outputs[0], "y").error) > 1e28);
});

test("grid: doubles, fractions, quotients and roots are rounded to the side they say", (t) => {
  for (const x of [0, 1, -1, 0.1, -1e-300, 2 ** -149, 3.4e38, 1e-46]) {
    const [below, above] = around(x);
    t.true(below <= above && above - below <= 1n);
    t.true(Math.abs(approximate(below) - x) <= 2 ** -159 + Math.abs(x) * 2 ** -52);
  }
  t.is(printFraction(around(0.75)[0]), "3/2^2");
  t.is(printFraction(0n), "0");
  for (const a of [2n, 3n, 1n << 170n, (1n << 200n) - 7n]) {
    const root = rootDown(a);
    t.true(root * root <= a << 160n && (root + 1n) * (root + 1n) > a << 160n);
    t.true(quotientUp(a, 7n) * 7n >= a << 160n && quotientUp(-a, 7n) * 7n >= -a << 160n);
  }
});
