/**
 * QuantizeLinear and DequantizeLinear: `axis` from the front (meaningful only for a
 * scale per position), the number of positions that share a scale of several axes
 * (`block_size`, 0 elsewhere) and, for a quantiser, the type `to`, with its `width` below 8 bits,
 * and the type to which the quotient is rounded (`precision`).
 * Weights of 2 or 4 bits stay packed in memory.
 * 8-bit floats are refused.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { invalid } from "../../../ir/prelude.js";
import type { ElementType } from "../../../ir/scalar/types.js";
import { elementTypeOf, supportedElement } from "../element-types.js";
import { composed } from "./compose.js";
import { bytesOfElements, sameShape } from "../../../ir/tensor/tensor.js";
import { type Normaliser, allowOnly, axisOf, inputName, inputType, intOf, normalNode, refuseValue } from "./node.js";
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
  const { type, width } = resultOf(node);
  return [normalNode(node, { attributes: { ...layoutOf(node), to: type, precision, ...(width === undefined ? {} : { width }) } })];
};

/** The type of the zero point, or else the one asked for, or else u8. */
function resultOf(node: RawNode): { readonly type: ElementType; readonly width?: number } {
  const zeroPoint = node.inputs[2] ?? undefined;
  if (zeroPoint !== undefined) return inputType(node, 2);
  const wanted = intOf(node, "output_dtype") ?? 0;
  return wanted === 0 ? { type: "u8" } : supportedElement(wanted, inputType(node, 0).shape.join(","), node.name);
}

export const dequantizeLinear: Normaliser = (node) => {
  allowOnly(node, "axis", "block_size", "output_dtype");
  const wanted = intOf(node, "output_dtype") ?? 0;
  const to = elementTypeOf(wanted || 1) ?? "";
  if (to !== "f32" && to !== "f16" && to !== "bf16") refuseValue(node, "output_dtype", wanted, "leave out output_dtype");
  const { width } = inputType(node, 0);
  if ((node.inputs[2] ?? undefined) !== undefined && inputType(node, 2).width !== width) {
    invalid("type-mismatch", "DequantizeLinear has a zero point of another width", node.name, "give the zero point the type of X");
  }
  const packed = packedConstant(node, inputName(node, 0));
  const inputs = packed === undefined ? node.inputs : node.inputs.with(0, packed.name);
  const made = to === "f32"
    ? [normalNode(node, { attributes: layoutOf(node), inputs })]
    : composed(node, ({ node: inner, output }) => output(0, "Cast", [inner("DequantizeLinear", inputs, layoutOf(node))], { to }));
  return [...packed?.nodes ?? [], ...made];
};

/**
 * The nodes that keep a constant of small integers packed in memory and take it apart where it is
 * read: a Pack, which import evaluates, and an Unpack, which it does not. Undefined where `name`
 * is no such constant, or fits a byte.
 */
export function packedConstant(node: RawNode, name: string): { readonly nodes: readonly GraphNode[]; readonly name: string } | undefined {
  const value = node.constantOf(name);
  if (value?.width === undefined || value.data.length * value.width <= 8) return undefined;
  const { type, width, shape } = value;
  const [list, packed, unpacked] = [node.fresh(`${name}_list`), node.fresh(`${name}_packed`), node.fresh(`${name}_unpacked`)];
  const part = { domain: "", opset: node.opset };
  return {
    name: unpacked,
    nodes: [
      { ...part, name: node.fresh(`${node.name}_Reshape`), op: "Reshape", attributes: { shape: [value.data.length] }, inputs: [name], outputs: [list] },
      { ...part, name: node.fresh(`${node.name}_Pack`), op: "Pack", attributes: { width }, inputs: [list], outputs: [packed] },
      { ...part, name: node.fresh(`${node.name}_Unpack`), op: "Unpack", attributes: { to: type, width, shape }, inputs: [packed], outputs: [unpacked] },
    ],
  };
}

/**
 * Zero points in `slots` that are all zero are left out: x − 0 is x, and a step of a sum needs no
 * difference. Only where they have the type of their tensor and the shape of their scale, which
 * stand before them; the definition judges all others.
 */
export function withoutZeros(slots: readonly number[], normalise: Normaliser): Normaliser {
  const isZero = (node: RawNode, slot: number): boolean => {
    const value = node.constantOf(inputName(node, slot));
    if (value === undefined || value.type !== inputType(node, slot - 2).type || !sameShape(value.shape, inputType(node, slot - 1).shape)) return false;
    return value.data.length > 0 && bytesOfElements(value.data).every((byte) => byte === 0);
  };
  return (node) => {
    const zeros = slots.filter((slot) => isZero(node, slot));
    return normalise({ ...node, inputs: node.inputs.map((name, slot) => (zeros.includes(slot) ? null : name)) });
  };
}
