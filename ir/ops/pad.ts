/**
 * Pad with p elements before and q after an axis of extent H, i = o − p:
 *
 *     constant: Y[o] = X[i] where 0 ≤ i < H on every axis, the value (default 0) elsewhere
 *     edge:     i < 0 reads 0, i ≥ H reads H − 1
 *     reflect:  i < 0 reads −i, i ≥ H reads 2·(H − 1) − i
 *     wrap:     reads i mod H
 *
 * Negative p or q crop. No arithmetic on elements. The value may come from the
 * computation; `pads` has one pair per axis: all p, then all q.
 */
import { type IndexExpr, literal, minus, mod, shift, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, at, pointwise } from "../tensor/meaning.js";
import { type TensorType, elementCount } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, optionalInput, shapeMismatch, textOf } from "./shared/define.js";
import { anyType, elementOf } from "./shared/element-types.js";
import { byRun, within } from "./shared/regions.js";

/** Padding along one axis. */
interface Padding {
  readonly before: number;
  readonly after: number;
  /** Extent of the input. */
  readonly extent: number;
}

function paddingOf(node: OperatorNode): readonly Padding[] {
  const { shape } = inputOf(node, 0);
  const pads = listOf(node, "pads");
  if (pads.length !== 2 * shape.length) shapeMismatch(node, "pads must have two numbers per axis");
  return shape.map((extent, axis) => ({ before: pads[axis] ?? 0, after: pads[shape.length + axis] ?? 0, extent }));
}

function outputType(node: OperatorNode): TensorType {
  const value = optionalInput(node, 1);
  if (value !== undefined && elementCount(value.shape) !== 1) shapeMismatch(node, "the padding value must be one element");
  const paddings = paddingOf(node);
  if (textOf(node, "mode") === "reflect" && paddings.some(({ before, after, extent }) => Math.max(before, after) >= extent)) {
    shapeMismatch(node, "reflect padding must be smaller than the extent");
  }
  return { type: inputOf(node, 0).type, shape: paddings.map(({ before, after, extent }) => before + extent + after) };
}

/** X where the point lies in it on every axis, the padding value elsewhere. */
function constantPad(node: OperatorNode, point: readonly IndexExpr[]): TensorExpr {
  const bound = optionalInput(node, 1);
  const value = bound === undefined ? elementOf(inputOf(node, 0).type, 0) : at(1, ...bound.shape.map(() => zero));
  const paddings = paddingOf(node);
  const inside = at(0, ...paddings.map(({ before }, axis) => shift(point[axis] ?? zero, -before)));
  return paddings.reduceRight((body, { before, after, extent }, axis) =>
    within(point[axis] ?? zero, [before, before + extent], before + extent + after, [body, value]), inside);
}

/** X read at an input position for every output position, chosen axis by axis. */
function copyingPad(node: OperatorNode, point: readonly IndexExpr[], index: readonly IndexExpr[]): TensorExpr {
  const padding = paddingOf(node)[index.length];
  const o = point[index.length];
  if (padding === undefined || o === undefined) return at(0, ...index);
  const { before, after, extent } = padding;
  const runs = sources(textOf(node, "mode"), shift(o, -before), padding)
    .filter(({ start, end }) => start < end && end > 0 && start < before + extent + after)
    .map(({ end, source }) => ({ end, value: copyingPad(node, point, [...index, source]) }));
  return byRun(o, runs);
}

/** Runs of output positions, and the input position i that each reads. */
function sources(mode: string, i: IndexExpr, { before, after, extent }: Padding): readonly { start: number; end: number; source: IndexExpr }[] {
  const total = before + extent + after;
  if (mode === "wrap") {
    const wrapped = mod(shift(i, extent * Math.ceil(before / extent)), extent); // whole turns keep the dividend at least 0
    return [{ start: 0, end: total, source: before === 0 && after <= 0 ? i : wrapped }];
  }
  const last = extent - 1;
  return [
    { start: 0, end: before, source: mode === "edge" ? zero : minus(zero, i) },
    { start: Math.max(0, before), end: Math.min(before + extent, total), source: i },
    { start: before + extent, end: total, source: mode === "edge" ? literal(last) : minus(literal(2 * last), i) },
  ];
}

function meaning(node: OperatorNode): Meaning {
  const constantMode = textOf(node, "mode") === "constant";
  return pointwise(outputType(node), (point) => (constantMode ? constantPad(node, point) : copyingPad(node, point, [])));
}

export const pad = defineOperator({
  op: "Pad",
  types: anyType,
  inputs: [1, 2],
  shape: (node) => [outputType(node)],
  meaning,
});
