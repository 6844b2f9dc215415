/**
 * What a sum or mean of a quantised group is, channel by channel, for its distance from the
 * integers (distance.ts): the unit of the sum, its range, and how far the float
 * and the integer form can be from the real value.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import type { MulAddContract } from "../../../ir/tensor/meaning.js";
import { elementCount } from "../../../ir/tensor/tensor.js";
import { around, larger, magnitude, one, quotientDown, quotientUp, roundoffOf, smaller, timesDown, timesUp } from "../../bounds/fixed.js";
import { boundNode } from "../../bounds/node.js";
import { type Summary, granularityOf } from "../../bounds/summary.js";
import { type Value, errorOf, hull, sizeOf } from "../../bounds/value.js";
import type { Replaced } from "./justify.js";
import { type Channel, type IntegerSum, countIn, furthest, largestPartial, placeOf, rangeOf, readSum } from "./sum.js";
import { everyValue, numbersIn, quantisationOf, sums, typeOf, valuesOf } from "./group.js";

/** Nobody is further than this from the zero point without saturating. */
export const saturating: bigint = 257n * one;

/** One channel: v = S·unit / step, S from `least` to `most`. */
export interface Line {
  /** sx·sw, or sx. */
  readonly unit: bigint;
  /** sy, times the count of a mean. */
  readonly step: bigint;
  readonly least: number;
  readonly most: number;
  /** How far in steps the form in floats, and the one in integers, can be from v. */
  readonly float: bigint;
  readonly integer: bigint;
  /** Σ |w − zw|, or the count of a mean. */
  readonly weight: number;
}

/** Of a sum, its channels; of a mean, which are all alike, one. */
export function linesOf(replaced: Replaced, contract: MulAddContract): readonly Line[] {
  return sums.has(replaced.group.core?.op ?? "") ? linesOfSum(replaced, contract) : [lineOfMean(replaced, contract)];
}

function isPowerOfTwo(x: number): boolean {
  return Number.isInteger(Math.log2(x)) && 2 ** Math.log2(x) === x;
}

const exactUpTo = 2 ** 24;

/** How much f32(S)·((sx·sw) / sy) can be off where it does not saturate: the constant by how much it is, and the roundings of conversion and product. */
function integerError({ factor, unit, step, largest }: Pick<Line, "unit" | "step"> & { readonly factor: number; readonly largest: number }): bigint {
  const exact = { low: quotientDown(unit, step), high: quotientUp(unit, step) };
  const [made] = around(factor);
  const own = larger(magnitude(made - exact.low), magnitude(made - exact.high));
  const relative = quotientUp(own, exact.low) + (largest <= exactUpTo ? 0n : roundoffOf(one));
  const product = isPowerOfTwo(factor) && largest <= exactUpTo ? 0n : roundoffOf(one);
  const total = relative + product;
  return total === 0n ? 0n : timesUp(saturating, total + timesUp(total, total) * 2n) + 1n;
}

/** The constants of a float node, by what they stand for exactly and by how much they are off it. */
interface Constants {
  readonly weights: readonly Value[];
  readonly bias: readonly Value[];
}

function linesOfSum(replaced: Replaced, contract: MulAddContract): readonly Line[] {
  const { before, after, group, core: made } = replaced;
  const x = quantisationOf(before, present(group.heads[0], "an operand").dequantise);
  const sum = readSum(after, present(made, "a node"), x.zero);
  const constants = constantsOf(replaced, sum);
  const core = present(group.core, "a core");
  const result = floatResult(replaced, [constants.weights, constants.bias], contract);
  const [step] = around(sum.y.scale);
  return sum.channels.map((channel, c): Line => {
    const [least, most] = rangeOf(channel, sum.x);
    const unit = unitOf(sum, channel);
    const factor = Math.fround(Math.fround(sum.x.scale * channel.scale) / sum.y.scale);
    const exact = [x.scale, sum.y.scale, channel.scale].every(isPowerOfTwo) && largestPartial({ ...channel, start: channel.bias }, x) <= exactUpTo;
    const noError = exact && [...constants.weights, ...constants.bias].every(({ introduced }) => introduced === 0n);
    return {
      unit, step, least, most, weight: channel.weights.reduce((total, w) => total + Math.abs(w), 0),
      integer: integerError({ factor, unit, step, largest: largestPartial(channel, sum.x) }),
      float: noError ? 0n : floatError(cellsOf(result, core, c, sum.channels.length), step),
    };
  });
}

function unitOf({ x }: IntegerSum, { scale }: Channel): bigint {
  return timesDown(around(x.scale)[0], around(scale)[0]);
}

function constantsOf({ before, group }: Replaced, sum: IntegerSum): Constants {
  const core = present(group.core, "a core");
  const floats = numbersIn(before.constants.get(core.inputs[1] ?? ""));
  const place = placeOf(core, sum.channels.length, sum.channels[0]?.weights.length ?? 0);
  const weights = new Array<Value>(floats.length);
  sum.channels.forEach(({ weights: own, scale }, c) => own.forEach((w, k) => (weights[place(c, k)] = constantValue(around(scale)[0] * BigInt(w), floats[place(c, k)] ?? NaN))));
  const given = numbersIn(before.constants.get(core.inputs[2] ?? ""));
  const bias = given.length === 0 ? [] : sum.channels.map((channel, c) => constantValue(unitOf(sum, channel) * BigInt(channel.bias), given[given.length === 1 ? 0 : c] ?? NaN));
  return { weights, bias: given.length === 1 ? [bias.reduce(hull)] : bias };
}

/** A constant whose exact value is known, and the float that stands for it. */
function constantValue(exact: bigint, float: number): Value {
  return { low: exact, high: exact, propagated: 0n, introduced: magnitude(exact - around(float)[0]) };
}

/** The float node over every operand. */
function floatResult({ before, group }: Replaced, constants: readonly (readonly Value[])[], contract: MulAddContract): Summary {
  const core = present(group.core, "a core");
  const inputs = core.inputs.map((name, slot): Summary | null => {
    if (name === null) return null;
    return slot === 0 ? operandSummary(before, present(group.heads[0], "an operand").dequantise, core) : { shape: typeOf(before, name).shape, by: "element", cells: constants[slot - 1] ?? [] };
  });
  return present(boundNode(core, inputs, { graph: before, contract, elements: 0 }).outputs[0], "a result");
}

/** What DequantizeLinear makes of any value: the range of the exact product, and the largest rounding of the 256. */
function operandSummary(before: Graph, dequantise: GraphNode | undefined, core: GraphNode): Summary {
  const node = present(dequantise, "an operand");
  const { shape } = typeOf(before, core.inputs[0] ?? "");
  const by = granularityOf(shape, 0);
  const value = dequantisedValue(before, node);
  return { shape, by, cells: new Array<Value>(by === "channel" ? shape[1] ?? 1 : elementCount(shape)).fill(value) };
}

export function dequantisedValue(before: Graph, dequantise: GraphNode): Value {
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
  return cells.filter((_, k) => k % count === c);
}

/** e: the error of the result in steps, and the rounding of its quotient by the scale where that does not saturate. */
function floatError(cells: readonly Value[], step: bigint): bigint {
  return cells.map((cell) => {
    const error = quotientUp(errorOf(cell), step);
    return error + roundoffOf(smaller(quotientUp(sizeOf(cell), step), saturating) + error);
  }).reduce(larger);
}

function lineOfMean(replaced: Replaced, contract: MulAddContract): Line {
  const { before, after, group, core: made } = replaced;
  const x = quantisationOf(before, present(group.heads[0], "an operand").dequantise);
  const y = quantisationOf(before, group.quantise);
  const count = countIn(after, present(made, "a node"));
  const [unit, step] = [around(x.scale)[0], around(y.scale)[0]];
  const largest = count * furthest(x);
  const exact = [x.scale, y.scale, count].every(isPowerOfTwo) && largest <= exactUpTo;
  const factor = Math.fround(x.scale / Math.fround(y.scale * count));
  return {
    unit, step: step * BigInt(count), least: count * (x.least - x.zero), most: count * (x.most - x.zero), weight: count,
    integer: integerError({ factor, unit, step: step * BigInt(count), largest }),
    float: exact ? 0n : floatError(floatResult(replaced, [], contract).cells, step),
  };
}
