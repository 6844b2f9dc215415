/**
 * Groups drawn at random (types, scales, zero points, shape of a bias, padding, what stands before and
 * behind the core), on random inputs: no result is further from the model's own than the
 * certificate says. Groups that are refused count for nothing, so most must not be.
 */
import test from "ava";
import { evalGraph } from "../../../ir/graph/eval.js";
import type { Graph } from "../../../ir/graph/graph.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { networkDistance } from "../../../proofs/lemmas/quantised/network.js";
import { numbersIn } from "../../../proofs/lemmas/quantised/group.js";
import { type Rewriting, rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { randomFrom } from "../../loop/support.js";
import { type Fields, floats, node } from "../../support/onnx-model.js";
import { type Core, attribute, dequantised, flag, groupGraph, i8, u8 } from "./quantised-models.js";

class Draw {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  pick<T>(list: readonly T[]): T {
    return present(list[Math.floor(this.random() * list.length)], "a choice");
  }

  integers(type: number, count: number): readonly number[] {
    return Array.from({ length: count }, () => Math.floor(this.random() * 256) - (type === i8 ? 128 : 0));
  }

  /** Between 2^-12 and 2, a power of two or not. */
  scale(): number {
    const size = 2 ** Math.floor(this.random() * 13 - 12);
    return this.pick([size, Math.fround(size * (1 + this.random()))]);
  }

  scales(count: number): readonly number[] {
    return Array.from({ length: this.pick([1, count]) }, () => this.scale());
  }

  floats(count: number, size: number): readonly number[] {
    return Array.from({ length: count }, () => Math.fround((this.random() - 0.5) * size));
  }
}

interface Middle {
  readonly nodes: readonly Fields[];
  readonly initializer: readonly Fields[];
  readonly x: readonly number[];
}

/** Rows, channels and depth of two or three, so that they are often equal. */
function gemm(draw: Draw): Middle {
  const [m, n, k] = [draw.pick([1, 2, 3]), draw.pick([1, 2, 3]), draw.pick([2, 3])];
  const type = draw.pick([i8, u8]);
  const transB = draw.pick([0, 1]);
  const scales = draw.scales(n);
  const weights = dequantised("w", [type, transB === 1 ? [n, k] : [k, n], draw.integers(type, n * k)], scales, transB === 1 ? 0 : 1, draw.integers(type, scales.length));
  const bias = draw.pick([[n], [1, n], [m, 1], [m, n], [1]]);
  return {
    nodes: [...weights.nodes, node("Gemm", ["x_f", "w", "b"], ["c"], { attribute: [flag("transB", transB)] })],
    initializer: [...weights.initializer, floats("b", bias, draw.floats(bias.reduce((a, b) => a * b), 4))], x: [m, k],
  };
}

/** One image of four elements, perhaps under a maximum first, some taps and some padding. */
function convolution(draw: Draw): Middle {
  const [channels, taps] = [draw.pick([1, 2, 3]), draw.pick([1, 2, 3])];
  const [before, behind, pooled] = [draw.pick([0, 1]), draw.pick([0, 2]), draw.pick([0, 0, 1])];
  const type = draw.pick([i8, u8]);
  const scales = draw.scales(channels);
  const weights = dequantised("w", [type, [channels, 1, taps], draw.integers(type, channels * taps)], scales, 0, draw.integers(type, scales.length));
  const around = draw.pick([[0, 0], [1, 1]]);
  const pool = pooled === 0 ? [] : [node("MaxPool", ["x_f"], ["m"], { attribute: [attribute("kernel_shape", [draw.pick([1, 2])]), attribute("pads", around)] })];
  const conv = node("Conv", [pooled === 0 ? "x_f" : "m", "w"], ["c"], { attribute: [attribute("kernel_shape", [taps]), attribute("pads", [before, behind])] });
  return { nodes: [...weights.nodes, ...pool, conv], initializer: weights.initializer, x: [2, 1, 4] };
}

function mean(draw: Draw): Middle {
  const window = [attribute("kernel_shape", [draw.pick([2, 3])])];
  const op = draw.pick([node("GlobalAveragePool", ["x_f"], ["c"]), node("AveragePool", ["x_f"], ["c"], { attribute: window })]);
  return { nodes: [op], initializer: [], x: [2, 3, 4] };
}

function sum(draw: Draw): Middle {
  const other = dequantised("w", [u8, [4], draw.integers(u8, 4)], [draw.scale()], 0, draw.integers(u8, 1));
  return { nodes: [...other.nodes, node("Add", ["x_f", "w"], ["c"])], initializer: other.initializer, x: [2, 4] };
}

function randomGroup(seed: number): Core {
  const draw = new Draw(seed);
  const { nodes, initializer, x } = draw.pick([gemm, gemm, convolution, convolution, mean, sum])(draw);
  const [from, to] = [draw.pick([i8, u8]), draw.pick([i8, u8])];
  const tail = draw.pick([node("Relu", ["c"], ["y_f"]), node("Clip", ["c", "low", "high"], ["y_f"]), node("Identity", ["c"], ["y_f"])]);
  return {
    nodes: [...nodes, tail], initializer: [...initializer, floats("low", [], [-0.5]), floats("high", [], [3])],
    x: { shape: x, scale: draw.scale(), zero: draw.pick(draw.integers(from, 1)), type: from }, y: { shape: undefined, scale: draw.scale(), zero: draw.pick(draw.integers(to, 1)), type: to },
  };
}

function rewriting(before: Graph): Rewriting | undefined {
  try {
    return rewriteGraph(before, [{ lemma: "integer-quantised" }]);
  } catch (error) {
    if (error instanceof Refusal && error.code === "lemma") return undefined;
    throw error;
  }
}

test("random groups: none further from the model than its certificate says, and exact ones not at all", (t) => {
  let [accepted, differing, exact] = [0, 0, 0];
  for (let seed = 0; seed < 400; seed++) {
    const before = groupGraph(randomGroup(seed));
    const made = rewriting(before);
    if (made === undefined) continue;
    accepted++;
    const [group] = networkDistance(before, made.graph, made.steps.map((step) => step.node), "separate").groups;
    const { type, shape } = present(before.inputs[0], "an input");
    const draw = new Draw(1000 + seed);
    for (let run = 0; run < 30; run++) {
      const x = tensorOf(type, shape, draw.integers(type === "i8" ? i8 : u8, shape.reduce((a, b) => a * b)));
      const [model, integers] = [before, made.graph].map((graph) => numbersIn(evalGraph(graph, new Map([["x", x]]), "separate").get("y")));
      const apart = Math.max(...present(model, "a result").map((value, k) => Math.abs(value - (integers?.[k] ?? NaN))));
      if (apart > 0) differing++;
      if (!(apart <= (group?.steps ?? -1))) return t.fail(`seed ${seed}: ${apart} steps apart, ${group?.steps} claimed`);
    }
    if (group?.steps === 0) exact++;
  }
  t.log(`${accepted} of 400 accepted, ${exact} exact; ${differing} runs differ`);
  t.true(accepted > 250 && exact > 20 && differing > 0);
});
