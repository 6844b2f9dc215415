/**
 * Operators whose result has an extent that depends on data. Their normal form is bounded
 * (ir/ops/shared/bounded): every output has a name, and a last one counts what is in use.
 * A result that constants decide has its own extent.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { invalid } from "../../../ir/prelude.js";
import { type Tensor, elementCount, stridesOf, tensorOf } from "../../../ir/tensor/tensor.js";
import { type Normaliser, allowOnly, axisOf, constantInput, constantNode, flagOf, inputName, inputType, integersOf, intOf, normalNode } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** The outputs of a node that has `count`, and the name of that, after the first of them. */
function counted(node: RawNode, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, k) => node.outputs[k] || node.fresh(`${node.name}_unused_${k}`));
  return [...names, node.fresh(`${node.outputs.find((name) => name !== "") ?? node.name}_count`)];
}

/** Positions of the elements that are not 0, row-major. */
function positionsIn({ data }: Tensor): readonly number[] {
  return [...data].flatMap((value, t) => (Number(value) === 0 ? [] : [t]));
}

export const nonZero: Normaliser = (node) => {
  allowOnly(node);
  const { shape } = inputType(node, 0);
  if (shape.length === 0) invalid("rank", "NonZero of a scalar has no coordinate", node.name, "reshape the scalar to [1]");
  const known = node.constantOf(inputName(node, 0));
  if (known === undefined) return [{ ...normalNode(node), outputs: counted(node, 1) }];
  const found = positionsIn(known);
  const strides = stridesOf(shape);
  const coordinates = shape.flatMap((extent, k) => found.map((t) => BigInt(Math.floor(t / (strides[k] ?? 1)) % extent)));
  return [{ ...constantNode(node, node.outputs[0] ?? "", tensorOf("i64", [shape.length, found.length], coordinates)), name: node.name }];
};

/** The input as one axis, where no axis is given: the node that makes it, if one is needed. */
function alongOneAxis(node: RawNode): { readonly before: readonly GraphNode[]; readonly input: string; readonly axis: number; readonly extent: number } {
  const [{ shape }, input, axis] = [inputType(node, 0), inputName(node, 0), intOf(node, "axis")];
  const along = axis === undefined ? 0 : axisOf(node, axis, shape.length);
  if (axis !== undefined || shape.length === 1) return { before: [], input, axis: along, extent: shape[along] ?? 0 };
  const flat = node.fresh(`${node.name}_flat`);
  const before = { ...normalNode(node, { op: "Reshape", attributes: { shape: [elementCount(shape)] }, inputs: [input] }), name: flat, outputs: [flat] };
  return { before: [before], input: flat, axis: 0, extent: elementCount(shape) };
}

/** A constant condition selects slices that are known: a Gather. */
export const compress: Normaliser = (node) => {
  allowOnly(node, "axis");
  const { before, input, axis, extent } = alongOneAxis(node);
  const condition = node.constantOf(inputName(node, 1));
  if (condition === undefined) return [...before, { ...normalNode(node, { attributes: { axis }, inputs: [input, inputName(node, 1)] }), outputs: counted(node, 1) }];
  if (condition.type !== "bool" || condition.shape.length !== 1 || elementCount(condition.shape) > extent) invalid("shape-mismatch", `Compress takes a condition of bool, with one axis and at most ${extent} elements`, node.name, "correct the condition");
  const indices = positionsIn(condition);
  return [...before, normalNode(node, { op: "Gather", attributes: { axis, indices, indexShape: [indices.length] }, inputs: [input] })];
};

export const unique: Normaliser = (node) => {
  allowOnly(node, "axis", "sorted");
  const { before, input, axis } = alongOneAxis(node);
  return [...before, { ...normalNode(node, { attributes: { axis, sorted: flagOf(node, "sorted", 1) }, inputs: [input] }), outputs: counted(node, 4) }];
};

/** The number of boxes bounds the array, so it is a constant; the thresholds need not be. */
export const nonMaxSuppression: Normaliser = (node) => {
  allowOnly(node, "center_point_box");
  const limit = constantInput(node, 2);
  const [max = 0, ...others] = limit === undefined ? [] : integersOf(node, limit, "max_output_boxes_per_class");
  if (others.length > 0) invalid("shape-mismatch", "NonMaxSuppression takes one max_output_boxes_per_class", node.name, "give a scalar");
  if (max < 1) return [{ ...constantNode(node, node.outputs[0] ?? "", tensorOf("i64", [0, 3], [])), name: node.name }];
  const inputs = [inputName(node, 0), inputName(node, 1), node.inputs[3] ?? null, node.inputs[4] ?? null];
  return [{ ...normalNode(node, { attributes: { max, center_point_box: flagOf(node, "center_point_box", 0) }, inputs }), outputs: counted(node, 1) }];
};
