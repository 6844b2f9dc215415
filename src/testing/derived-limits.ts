/**
 * How far a stored output may be from ours, derived: both stand for the same real
 * numbers. Ours is within a proven error of them at these very inputs (proofs/bounds,
 * docs/numeric.md); the other implementation is granted as much, as rounding in f32 in
 * another order gives it, so the two may be twice the error apart. That the other is no
 * worse is what a comparison tests; a stored output outside the limit is a finding about
 * one of the two. Where nothing rounds the error is 0 and the comparison exact.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { MulAddContract, TensorExpr } from "../../ir/tensor/meaning.js";
import { type Tensor, elementCount } from "../../ir/tensor/tensor.js";
import { type Box, boundOf } from "../../proofs/bounds/bound.js";
import { approximate, around } from "../../proofs/bounds/fixed.js";
import { cellAt } from "../../proofs/bounds/summary.js";
import { errorOf } from "../../proofs/bounds/value.js";

/** Steps of a model beyond which the bound is not computed: about 2 µs each, forward, and the same again for the centre. */
const mostSteps = 2_000_000;

export type DerivedLimits =
  /** By output: twice the proven error of every element. */
  | { readonly kind: "derived"; readonly limits: ReadonlyMap<string, Float64Array> }
  | { readonly kind: "none"; readonly why: string };

/** The limits at `inputs`, or why there are none: no rule for an operator or type, values that are not finite, too large. */
export function derivedLimits(graph: Graph, inputs: readonly Tensor[], contract: MulAddContract): DerivedLimits {
  if (inputs.some((input) => !numbersOf(input).every(Number.isFinite))) return { kind: "none", why: "an input is not finite" };
  try {
    const steps = stepsOf(graph);
    if (steps > mostSteps) return { kind: "none", why: `${steps} steps, bounded are up to ${mostSteps}` };
    const { outputs } = boundOf({ graph, contract, box: pointBox(graph, inputs), deviations: new Map() });
    return { kind: "derived", limits: new Map(outputs.map(({ name, summary }) => [name, doubled(elementCount(summary.shape), (k) => approximate(errorOf(present(summary.cells[cellAt(summary, k)], "a cell"))))])) };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "no-bound") throw error;
    return { kind: "none", why: error.where === undefined ? error.message : `${error.where}: ${error.message}` };
  }
}

/** `approximate` rounds to nearest: one more ulp of the double keeps the limit above the exact fraction. */
function doubled(count: number, errorAt: (k: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => 2 * errorAt(k) * (1 + Number.EPSILON));
}

function pointBox(graph: Graph, inputs: readonly Tensor[]): Box {
  return new Map(graph.inputs.map(({ name }, k) => [name, numbersOf(present(inputs[k], name)).map(around)]));
}

/** Points of all stages, each with the steps of its folds. */
function stepsOf(graph: Graph): number {
  const stages = graph.nodes.flatMap((node) => present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, graph)).stages);
  return stages.reduce((sum, { shape, value }) => sum + elementCount(shape) * stepsIn(value), 0);
}

function stepsIn(value: TensorExpr): number {
  switch (value.kind) {
    case "fold": return value.over.reduce((product, { extent }) => product * extent, 1) * stepsIn(value.step) + stepsIn(value.start);
    case "op": return 1 + value.args.reduce((sum, arg) => sum + stepsIn(arg), 0);
    case "select": return Math.max(stepsIn(value.then), stepsIn(value.otherwise));
    default: return 1;
  }
}

function numbersOf({ data }: Tensor): readonly number[] {
  return Array.from({ length: data.length }, (_, k) => Number(data[k]));
}
