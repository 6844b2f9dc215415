/**
 * QuantizeLinear and DequantizeLinear: `axis` from the front (meaningful only for a
 * scale per position), the number of positions that share a scale of several axes
 * (`block_size`, 0 elsewhere) and, for a quantiser, the type `to` (where there is no zero
 * point) and the type to which the quotient is rounded (`precision`).
 * 8-bit floats are refused.
 */
import type { Attribute } from "../../../ir/graph/graph.js";
import { elementTypeOf, supportedElementType } from "../element-types.js";
import { composed } from "./compose.js";
import { type Normaliser, allowOnly, axisOf, inputType, intOf, normalNode, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** The axis of a scale per position or block; 0 where the scale is one element and the axis says nothing. */
function layoutOf(node: RawNode): { readonly axis: number; readonly block_size: number } {
  const { shape } = inputType(node, 0);
  const scale = inputType(node, 1).shape;
  const block_size = intOf(node, "block_size") ?? 0;
  if (block_size > 0) return { axis: axisOf(node, intOf(node, "axis") ?? 1, shape.length), block_size };
  if (scale.length > 1) refuseValue(node, "scale", `of rank ${scale.length}`, "use one scale, or one per position of an axis, or give block_size");
  if (scale.length === 0 || scale[0] === 1) return { axis: 0, block_size: 0 };
  return { axis: axisOf(node, intOf(node, "axis") ?? 1, shape.length), block_size: 0 };
}

/** saturate concerns 8-bit floats only; precision, to which the quotient is rounded, is f32 unless import says the type of the scale (halves.ts). */
export const quantizeLinear: Normaliser = (node) => {
  allowOnly(node, "axis", "saturate", "block_size", "output_dtype", "precision");
  const precision = elementTypeOf(intOf(node, "precision") || 1) ?? "";
  if (precision !== "f32" && precision !== "f16" && precision !== "bf16") refuseValue(node, "precision", intOf(node, "precision"), "leave out precision");
  const wanted = intOf(node, "output_dtype") ?? 0;
  const to: Attribute = wanted === 0 ? "u8" : supportedElementType(wanted, inputType(node, 0).shape.join(","), node.name);
  return [normalNode(node, { attributes: { ...layoutOf(node), to, precision } })];
};

export const dequantizeLinear: Normaliser = (node) => {
  allowOnly(node, "axis", "block_size", "output_dtype");
  const wanted = intOf(node, "output_dtype") ?? 0;
  const to = elementTypeOf(wanted || 1) ?? "";
  if (to === "f32") return [normalNode(node, { attributes: { ...layoutOf(node) } })];
  if (to !== "f16" && to !== "bf16") refuseValue(node, "output_dtype", wanted, "leave out output_dtype");
  return composed(node, (made) => made.output(0, "Cast", [made.node("DequantizeLinear", node.inputs, layoutOf(node))], { to }));
};
