/**
 * QuantizeLinear and DequantizeLinear: `axis` from the front (meaningful only for a
 * scale per position) and, for a quantiser without a zero point, the type `to`.
 * Quantisation in blocks and 8-bit floats are refused.
 */
import type { Attribute } from "../../../ir/graph/graph.js";
import { supportedElementType } from "../element-types.js";
import { type Normaliser, allowOnly, axisOf, inputType, intOf, normalNode, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** The axis of a scale per position; 0 where the scale is one element and the axis says nothing. */
function axisAttribute(node: RawNode): number {
  const { shape } = inputType(node, 0);
  const scale = inputType(node, 1).shape;
  if (scale.length > 1) refuseValue(node, "scale", `of rank ${scale.length}`, "use one scale, or one per position of an axis");
  if (scale.length === 0 || scale[0] === 1) return 0;
  return axisOf(node, intOf(node, "axis") ?? 1, shape.length);
}

function refuseUnlessDefault(node: RawNode, name: string): void {
  const value = intOf(node, name) ?? 0;
  if (value !== 0) refuseValue(node, name, value, `leave out ${name}`);
}

/** saturate concerns 8-bit floats only; precision 0 and 1 are float. */
export const quantizeLinear: Normaliser = (node) => {
  allowOnly(node, "axis", "saturate", "block_size", "output_dtype", "precision");
  refuseUnlessDefault(node, "block_size");
  const precision = intOf(node, "precision") ?? 0;
  if (precision !== 0 && precision !== 1) refuseValue(node, "precision", precision, "leave out precision");
  const wanted = intOf(node, "output_dtype") ?? 0;
  const to: Attribute = wanted === 0 ? "u8" : supportedElementType(wanted, inputType(node, 0).shape.join(","), node.name);
  return [normalNode(node, { attributes: { axis: axisAttribute(node), to } })];
};

export const dequantizeLinear: Normaliser = (node) => {
  allowOnly(node, "axis", "block_size", "output_dtype");
  refuseUnlessDefault(node, "block_size");
  const wanted = intOf(node, "output_dtype") ?? 0;
  if (wanted !== 0 && wanted !== 1) refuseValue(node, "output_dtype", wanted, "leave out output_dtype");
  return [normalNode(node, { attributes: { axis: axisAttribute(node) } })];
};
