/**
 * The largest error that inputs in the box are seen to have: the interpreter's bits
 * against the real meaning of the original graph, on corners of the box, its centre
 * and points drawn at random. It can only be below a bound that is right.
 */
import { evalGraph } from "../../ir/graph/eval.js";
import type { Graph, GraphValue } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import type { Range } from "./box.js";
import { runReal } from "./real-run.js";

export interface AttainTask {
  /** The graph that the code computes. */
  readonly graph: Graph;
  /** The graph whose real meaning counts. */
  readonly original: Graph;
  readonly contract: MulAddContract;
  readonly ranges: ReadonlyMap<string, readonly Range[]>;
  readonly vectors: number;
}

/** Per output, the largest |float − real| over the vectors. */
export function attainedErrors(task: AttainTask): ReadonlyMap<string, number> {
  const largest = new Map(task.graph.outputs.map(({ name }) => [name, 0]));
  for (let k = 0; k < task.vectors; k++) {
    for (const [name, error] of errorsAt(task, inputsAt(task, k))) largest.set(name, Math.max(error, largest.get(name) ?? 0));
  }
  return largest;
}

/** |float − real| per output at one input. */
export function errorsAt({ graph, original, contract }: AttainTask, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, number> {
  const floats = evalGraph(graph, inputs, contract);
  const reals = runReal(original, new Map([...inputs].map(([name, { data }]) => [name, Float64Array.from({ length: data.length }, (_, k) => Number(data[k]))])));
  return new Map([...floats].map(([name, { data }]) => {
    const real = present(reals.get(name), name);
    return [name, real.reduce((most, x, k) => Math.max(most, Math.abs(Number(data[k]) - x)), 0)];
  }));
}

/** Vector 0 is all low ends, 1 all high ends, 2 the centre; then corners and points in turn. */
function inputsAt({ graph, ranges }: AttainTask, k: number): ReadonlyMap<string, Tensor> {
  const draw = drawFrom(k);
  return new Map(graph.inputs.map((input) => [input.name, tensorAt(input, present(ranges.get(input.name), input.name), k, draw)]));
}

function tensorAt({ type, shape }: GraphValue, ranges: readonly Range[], k: number, draw: () => number): Tensor {
  const share = (): number => (k < 3 ? k % 3 === 2 ? 0.5 : k : k % 2 === 0 ? draw() : Math.round(draw()));
  return tensorOf(type, shape, ranges.map(([low, high]) => within(low + share() * (high - low), low, high)));
}

/** An f32 in the range, if there is one. */
function within(x: number, low: number, high: number): number {
  const float = Math.fround(Math.min(high, Math.max(low, x)));
  const step = Math.max(Math.abs(float) * 2 ** -23, 2 ** -149);
  return float > high ? Math.fround(float - step) : float < low ? Math.fround(float + step) : float;
}

/** Numbers in [0, 1), the same for the same seed: a linear congruential generator (Numerical Recipes). */
function drawFrom(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
