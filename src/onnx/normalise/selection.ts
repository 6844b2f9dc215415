/** Operators whose axis or diagonal decides what they take: ArgMax, ArgMin, CumSum, Trilu; and Range, which is a constant. */
import { unsupported } from "../../../ir/prelude.js";
import { isFloat } from "../../../ir/scalar/types.js";
import type { ScalarValue } from "../../../ir/scalar/types.js";
import { type Tensor, tensorOf } from "../../../ir/tensor/tensor.js";
import { checkedShape } from "../extents.js";
import { type Normaliser, allowOnly, axisOf, constantInput, constantNode, flagOf, inputName, inputType, integersOf, intOf, normalNode } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** select_last_index exists since opset 12. */
export const extremum: Normaliser = (node) => {
  allowOnly(node, "axis", "keepdims", ...(node.opset >= 12 ? ["select_last_index"] : []));
  const axis = axisOf(node, intOf(node, "axis") ?? 0, inputType(node, 0).shape.length);
  return [normalNode(node, { attributes: { axis, keepdims: flagOf(node, "keepdims", 1), select_last_index: flagOf(node, "select_last_index", 0) } })];
};

/** The axis is a constant input. */
export const cumSum: Normaliser = (node) => {
  allowOnly(node, "exclusive", "reverse");
  const axis = axisOf(node, constantInteger(node, 1) ?? 0, inputType(node, 0).shape.length);
  return [normalNode(node, { attributes: { axis, exclusive: flagOf(node, "exclusive", 0), reverse: flagOf(node, "reverse", 0) }, inputs: [inputName(node, 0)] })];
};

/** The diagonal is a constant input, 0 where it is omitted. */
export const trilu: Normaliser = (node) => {
  allowOnly(node, "upper");
  return [normalNode(node, { attributes: { upper: flagOf(node, "upper", 1), k: constantInteger(node, 1) ?? 0 }, inputs: [inputName(node, 0)] })];
};

function constantInteger(node: RawNode, slot: number): number | undefined {
  const tensor = constantInput(node, slot);
  return tensor === undefined ? undefined : integersOf(node, tensor, `input ${slot}`)[0];
}

/** start + k·delta for k = 0 … ⌈(limit − start) / delta⌉ − 1; product and sum round once each in floats. */
export const range: Normaliser = (node) => {
  allowOnly(node);
  const [start, limit, delta] = [0, 1, 2].map((slot) => constantInput(node, slot));
  if (start === undefined || limit === undefined || delta === undefined) return unsupported("dynamic-shape", "Range lacks an input", node.name, "give start, limit and delta");
  const values = isFloat(start.type) ? floatRange(start, limit, delta) : integerRange(start, limit, delta);
  checkedShape([BigInt(values.length)], start.type, node.outputs[0] ?? node.name);
  return [{ ...constantNode(node, node.outputs[0] ?? "", tensorOf(start.type, [values.length], values)), name: node.name }];
};

/** Longer ones are refused before they are made. */
const longest = 2 ** 24;

function count(length: number): number {
  if (length > longest) unsupported("too-large", `Range has ${length} elements`, undefined, "store the values as an initializer");
  return Number.isNaN(length) ? 0 : Math.max(0, length);
}

function floatRange(start: Tensor, limit: Tensor, delta: Tensor): readonly number[] {
  const [first, end, step] = [start, limit, delta].map(({ data }) => Number(data[0]));
  const round = start.type === "f32" ? Math.fround : Number;
  const [from = 0, to = 0, by = 0] = [first, end, step];
  return Array.from({ length: count(Math.ceil((to - from) / by)) }, (_, k) => round(from + round(k * by)));
}

function integerRange(start: Tensor, limit: Tensor, delta: Tensor): readonly ScalarValue[] {
  const [from = 0n, to = 0n, by = 0n] = [start, limit, delta].map(({ data }) => BigInt(data[0] ?? 0));
  const length = by === 0n ? 0 : count(Math.ceil(Number(to - from) / Number(by)));
  const values = Array.from({ length }, (_, k) => from + BigInt(k) * by);
  return start.type === "i64" ? values : values.map(Number);
}
