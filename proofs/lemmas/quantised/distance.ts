/**
 * How far the integers of a rewritten group are from what the group itself gives, in steps
 * of the result. Both quantise a number near the same real one, v = S·sx·sw / sy with S the
 * integer sum: the group one that is at most e off, the integer node one that is at most d
 * off, in steps (the roundings of either, and what weights and bias are off; by the
 * rules of proofs/bounds on the group's own meaning). So
 *
 *   – results differ by at most ⌊d + e⌋ + 1 steps, which is 1 where d + e < 1;
 *   – they are equal unless v is within max(d, e) of n + 1/2 for some n that does not
 *     saturate. There are at most 255 such n and v is a multiple of sx·sw / sy, so the sums
 *     for which that happens are counted, channel by channel. Where there are none, results
 *     are equal: the group is exact.
 *
 * An Add is decided by running both forms on all pairs of values. Beyond the first 257 steps
 * from the zero point both forms saturate, so relative errors count up to there.
 */
import { operatorNode } from "../../../ir/graph/eval.js";
import type { GraphNode } from "../../../ir/graph/graph.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { present } from "../../../ir/prelude.js";
import { evalMeaning } from "../../../ir/tensor/eval.js";
import type { MulAddContract } from "../../../ir/tensor/meaning.js";
import { type Tensor, tensorOf } from "../../../ir/tensor/tensor.js";
import { around, larger, one, quotientUp, roundoffOf, smaller } from "../../bounds/fixed.js";
import type { Replaced } from "./justify.js";
import { type Quantisation, everyValue, numbersIn, quantisationOf, typeOf, valuesOf } from "./group.js";
import { type Line, linesOf, saturating } from "./lines.js";

export interface Distance {
  /** Between the results for equal operands; 0 says that the bits are equal. */
  readonly steps: number;
  /** Sums (for an Add, pairs of operands) that can give another result, of all there are; "n/a" has none. */
  readonly near: number;
  readonly of: number;
  /** d + e at most, on the grid of proofs/bounds, in steps. */
  readonly rounding: bigint;
  /** By how many steps v can move when every operand moves by a step. */
  readonly gain: bigint;
}

const none: Distance = { steps: 0, near: 0, of: 0, rounding: 0n, gain: one };

export function distanceOf(replaced: Replaced, contract: MulAddContract): Distance {
  const { core } = replaced.group;
  if (core === undefined || core.op === "Concat") return none;
  if (core.op === "Add") return distanceOfAdd(replaced);
  return together(linesOf(replaced, contract), quantisationOf(replaced.before, replaced.group.quantise));
}

function together(lines: readonly Line[], y: Quantisation): Distance {
  const near = lines.reduce((count, line) => count + nearTies(line, y), 0);
  const rounding = lines.map(({ float, integer }) => float + integer).reduce(larger, 0n);
  return {
    near, rounding, steps: near === 0 ? 0 : Number(rounding / one) + 1,
    of: lines.reduce((count, { least, most }) => count + most - least + 1, 0),
    gain: lines.map(({ unit, step, weight }) => quotientUp(unit * BigInt(weight), step)).reduce(larger, 0n),
  };
}

/** How many sums are so near to a tie that roundings could decide: |S·unit/step − (n + 1/2)| <= max(d, e). */
function nearTies({ unit, step, least, most, float, integer }: Line, y: Quantisation): number {
  const off = larger(float, integer);
  if (off === 0n) return 0;
  let count = 0;
  let last = BigInt(least) - 1n; // sums near two ties at once count once
  for (let q = y.least; q < y.most; q++) {
    const tie = BigInt(q - y.zero) * one + one / 2n;
    const first = larger(-floorOf(-(tie - off) * step, unit * one), last + 1n);
    const end = smaller(floorOf((tie + off) * step, unit * one), BigInt(most));
    if (end < first) continue;
    count += Number(end - first) + 1;
    last = end;
  }
  return count;
}

function floorOf(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return quotient * b > a ? quotient - 1n : quotient;
}

/** Both forms on all 65,536 pairs. */
function distanceOfAdd({ before, after, group, core: made }: Replaced): Distance {
  const node = present(made, "a node");
  const pairs = [0, 1].map((k) => {
    const { type } = typeOf(before, group.heads[k]?.dequantise.inputs[0] ?? "");
    const every = numbersIn(everyValue(type === "u8" ? "u8" : "i8"));
    return tensorOf(type, [65536], Array.from({ length: 65536 }, (_, at) => every[k === 0 ? at >> 8 : at & 255] ?? 0));
  });
  const floats = pairs.map((values, k) => valuesOf(before, present(group.heads[k], "an operand").dequantise, values));
  const run = (from: Replaced["before"], of: GraphNode, inputs: readonly (Tensor | null)[]): Tensor => {
    const view = operatorNode(of, from);
    const types = inputs.map((input) => (input === null ? null : { type: input.type, shape: input.shape }));
    return present(evalMeaning(present(operatorFor(of.domain, of.op), of.op).meaning({ ...view, inputs: types }), inputs, "separate")[0], "a sum");
  };
  const expected = valuesOf(before, group.quantise, run(before, present(group.core, "a core"), floats));
  const [a = null, b = null] = pairs;
  const found = run(after, node, node.inputs.map((name, slot) => (slot === 0 ? a : slot === 3 ? b : after.constants.get(name ?? "") ?? null)));
  const apart = numbersIn(found).map((value, k) => Math.abs(value - Number(expected.data[k])));
  const scales = group.heads.map(({ dequantise }) => around(quantisationOf(before, dequantise).scale)[0]);
  const [step] = around(quantisationOf(before, group.quantise).scale);
  const gain = quotientUp(scales.reduce((total, s) => total + s, 0n), step);
  return { steps: Math.max(...new Set(apart)), near: apart.filter((each) => each > 0).length, of: 65536, rounding: 8n * roundoffOf(256n * gain + saturating), gain };
}
