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
import { operatorNode } from "../../ir/graph/eval.js";
import type { GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present } from "../../ir/prelude.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { around, larger, magnitude, one, quotientDown, quotientUp, roundoffOf, smaller, timesDown, timesUp } from "../bounds/fixed.js";
import { boundNode } from "../bounds/node.js";
import { type Summary, granularityOf } from "../bounds/summary.js";
import { type Value, errorOf, sizeOf, zero } from "../bounds/value.js";
import type { Replaced } from "./integer-quantised.js";
import { type Channel, largestPartial, placeOf, rangeOf, readSum } from "./integer-sum.js";
import { type Quantisation, everyValue, numbersIn, quantisationOf, sums, typeOf, valuesOf } from "./quantised-group.js";

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

/** Nobody is further than this from the zero point without saturating. */
const saturating = 257n * one;

export function distanceOf(replaced: Replaced, contract: MulAddContract): Distance {
  const { core } = replaced.group;
  if (core === undefined || core.op === "Concat") return none;
  if (core.op === "Add") return distanceOfAdd(replaced);
  return together(channelsOf(replaced, contract), quantisationOf(replaced.before, replaced.group.quantise));
}

/** One channel of a sum: v = S·unit / step, S from `least` to `most`. */
interface Line {
  /** sx·sw, or sx. */
  readonly unit: bigint;
  /** sy, times the count of a mean. */
  readonly step: bigint;
  readonly least: number;
  readonly most: number;
  /** e and d. */
  readonly float: bigint;
  readonly integer: bigint;
  /** Σ |w − zw|, or the count of a mean. */
  readonly weight: number;
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

function isPowerOfTwo(x: number): boolean {
  return Number.isInteger(Math.log2(x)) && 2 ** Math.log2(x) === x;
}

const exactUpTo = 2 ** 24;

/** How much f32(S)·((sx·sw) / sy) can be off where it does not saturate: the constant by how much it is, and the roundings of conversion and product. */
function integerError(factor: number, unit: bigint, step: bigint, largest: number): bigint {
  const exact = { low: quotientDown(unit, step), high: quotientUp(unit, step) };
  const [made] = around(factor);
  const own = larger(magnitude(made - exact.low), magnitude(made - exact.high));
  const relative = quotientUp(own, exact.low) + (largest <= exactUpTo ? 0n : roundoffOf(one));
  const product = isPowerOfTwo(factor) && largest <= exactUpTo ? 0n : roundoffOf(one);
  const total = relative + product;
  return total === 0n ? 0n : timesUp(saturating, total + timesUp(total, total) * 2n) + 1n;
}

function channelsOf(replaced: Replaced, contract: MulAddContract): readonly Line[] {
  return sums.has(replaced.group.core?.op ?? "") ? linesOfSum(replaced, contract) : linesOfMean(replaced, contract);
}

function linesOfSum({ before, after, group, core: made }: Replaced, contract: MulAddContract): readonly Line[] {
  const core = present(group.core, "a core");
  const sum = readSum(after, present(made, "a node"));
  const unitOf = ({ scale }: Channel): bigint => timesDown(around(sum.x.scale)[0], around(scale)[0]);
  const length = sum.channels[0]?.weights.length ?? 0;
  const place = placeOf(core, sum.channels.length, length);
  const weights = before.constants.get(core.inputs[1] ?? "");
  const cells = new Array<Value>(length * sum.channels.length);
  sum.channels.forEach(({ weights: own, scale }, c) => own.forEach((w, k) => {
    const at = place(c, k);
    cells[at] = constantValue(around(scale)[0] * BigInt(w), Number(weights?.data[at]));
  }));
  const given = numbersIn(before.constants.get(core.inputs[2] ?? ""));
  const bias = given.map((x, c): Value => constantValue(unitOf(present(sum.channels[c], "a channel")) * BigInt(sum.channels[c]?.bias ?? 0), x));
  const biases = given.length === 1 && sum.channels.length > 1 ? worstBias(sum.channels.map((channel) => constantValue(unitOf(channel) * BigInt(channel.bias), given[0] ?? 0))) : bias;
  const element = (name: string | null | undefined, list: readonly Value[]): Summary | null => (name === null || name === undefined ? null : { shape: typeOf(before, name).shape, by: "element", cells: list });
  const inputs = [operandSummary(before, group.heads[0]?.dequantise, core), element(core.inputs[1], cells), ...(core.inputs.length > 2 ? [element(core.inputs[2], biases)] : [])];
  const result = present(boundNode(core, inputs, { graph: before, contract, elements: 0 }).outputs[0], "a result");
  const step = around(sum.y.scale)[0];
  const exact = isPowerOfTwo(sum.x.scale) && isPowerOfTwo(sum.y.scale);
  return sum.channels.map((channel, c): Line => {
    const [least, most] = rangeOf(channel, sum.x);
    const largest = largestPartial(channel, sum.x);
    const unit = unitOf(channel);
    const factor = Math.fround(Math.fround(sum.x.scale * channel.scale) / sum.y.scale);
    const noError = exact && isPowerOfTwo(channel.scale) && largest <= exactUpTo && channelValues(cells, place, c, length).every(isExact) && (biases[given.length === 1 ? 0 : c] ?? zero).introduced === 0n;
    return {
      unit, step, least, most, weight: channel.weights.reduce((total, w) => total + Math.abs(w), 0), integer: integerError(factor, unit, step, largest),
      float: noError ? 0n : floatError(cellsOf(result, core, c, sum.channels.length), step),
    };
  });
}

function channelValues(cells: readonly Value[], place: (c: number, k: number) => number, c: number, length: number): readonly Value[] {
  return Array.from({ length }, (_, k) => present(cells[place(c, k)], "a weight"));
}

function isExact({ introduced }: Value): boolean {
  return introduced === 0n;
}

/** One bias for all channels, of which the integers may differ. */
function worstBias(list: readonly Value[]): readonly Value[] {
  return [{ low: list.map(({ low }) => low).reduce(smaller), high: list.map(({ high }) => high).reduce(larger), propagated: 0n, introduced: list.map(({ introduced }) => introduced).reduce(larger) }];
}

/** A constant whose exact value is known, and the float that stands for it. */
function constantValue(exact: bigint, float: number): Value {
  return { low: exact, high: exact, propagated: 0n, introduced: magnitude(exact - around(float)[0]) };
}

/** What DequantizeLinear makes of any value: the range of the exact product, and the largest rounding of the 256. */
function operandSummary(before: Replaced["before"], dequantise: GraphNode | undefined, core: GraphNode): Summary {
  const node = present(dequantise, "an operand");
  const { shape } = typeOf(before, core.inputs[0] ?? "");
  const by = granularityOf(shape, 0);
  const value = dequantisedValue(before, node);
  return { shape, by, cells: new Array<Value>(by === "channel" ? shape[1] ?? 1 : elementCount(shape)).fill(value) };
}

export function dequantisedValue(before: Replaced["before"], dequantise: GraphNode): Value {
  const { scale, zero: z, least, most } = quantisationOf(before, dequantise);
  const [s] = around(scale);
  const every = everyValue(least === 0 ? "u8" : "i8");
  const floats = valuesOf(before, dequantise, every);
  const introduced = numbersIn(every).map((q, k) => magnitude(around(Number(floats.data[k]))[0] - s * BigInt(q - z))).reduce(larger);
  return { low: s * BigInt(least - z), high: s * BigInt(most - z), propagated: 0n, introduced };
}

/** The cells of the result that belong to a channel. */
function cellsOf({ by, cells }: Summary, core: GraphNode, c: number, count: number): readonly Value[] {
  if (by === "channel") return core.op === "Conv" ? [present(cells[c], "a cell")] : cells;
  if (core.op === "Conv") return cells.filter((_, k) => Math.floor(k / (cells.length / count)) === c);
  return cells.filter((_, k) => k % count === c);
}

/** e: the error of the result in steps, and the rounding of its quotient by the scale where that does not saturate. */
function floatError(cells: readonly Value[], step: bigint): bigint {
  return cells.map((cell) => {
    const error = quotientUp(errorOf(cell), step);
    return error + roundoffOf(smaller(quotientUp(sizeOf(cell), step), saturating) + error);
  }).reduce(larger);
}

function linesOfMean({ before, after, group, core: made }: Replaced, contract: MulAddContract): readonly Line[] {
  const [core, node, head] = [present(group.core, "a core"), present(made, "a node"), present(group.heads[0], "an operand")];
  const x = quantisationOf(before, head.dequantise);
  const y = quantisationOf(before, group.quantise);
  const count = countIn(after, node);
  const result = present(boundNode(core, [operandSummary(before, head.dequantise, core)], { graph: before, contract, elements: 0 }).outputs[0], "a result");
  const [unit, step] = [around(x.scale)[0], around(y.scale)[0]];
  const largest = count * Math.max(x.most - x.zero, x.zero - x.least);
  const factor = Math.fround(x.scale / Math.fround(y.scale * count));
  const exact = [x.scale, y.scale, count].every(isPowerOfTwo) && largest <= exactUpTo;
  return [{
    unit, step: step * BigInt(count), least: count * (x.least - x.zero), most: count * (x.most - x.zero), weight: count,
    integer: integerError(factor, unit, step * BigInt(count), largest), float: exact ? 0n : floatError(result.cells, step),
  }];
}

/** The divisor of a mean: the elements of the fold of its meaning. */
function countIn(after: Replaced["after"], node: GraphNode): number {
  const meaning = present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, after));
  const factor = meaning.stages.find(({ name }) => name === "factor")?.value;
  const product = factor?.kind === "op" ? factor.args[1] : undefined;
  const count = product?.kind === "op" ? product.args[1] : undefined;
  return count?.kind === "const" ? new Float32Array(new Uint32Array([Number(count.constant.bits)]).buffer)[0] ?? NaN : NaN;
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
  return { steps: Math.max(...new Set(apart)), near: apart.filter((each) => each > 0).length, of: 65536, rounding: 8n * roundoffOf(256n * gain + 257n * one), gain };
}
