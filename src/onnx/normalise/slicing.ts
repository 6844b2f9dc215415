/**
 * Operators that take parts of a tensor: Slice, Split, Gather. What they take is
 * resolved against the extents of the input, so the normal form is total.
 */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Normaliser, allowOnly, axisOf, constantNode, inputName, inputType, integersOf, intOf, listOrInput, normalNode, positionsOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** One start, step and extent per axis. */
export const slice: Normaliser = (node) => {
  allowOnly(node, ...(node.opset < 10 ? ["starts", "ends", "axes"] : []));
  const { shape } = inputType(node, 0);
  const starts = positionsOf(node, "starts", 1) ?? [];
  const ends = positionsOf(node, "ends", 2) ?? [];
  const given = listOrInput(node, "axes", 3) ?? starts.map((_, k) => k);
  const givenSteps = node.opset < 10 ? undefined : positionsOf(node, "steps", 4);
  const axes = given.map((axis) => axisOf(node, axis, shape.length));
  if (ends.length !== starts.length || axes.length !== starts.length || new Set(axes).size !== axes.length) {
    invalid("attribute-value", "Slice starts, ends and axes do not fit each other", node.name, "give one start and end per axis, each axis once");
  }
  const ranges = shape.map((extent, axis) => {
    const k = axes.indexOf(axis);
    if (k < 0) return { start: 0, step: 1, extent };
    return range(node, extent, { start: starts[k] ?? 0, end: ends[k] ?? 0, step: givenSteps?.[k] ?? 1 });
  });
  const attributes = { starts: ranges.map((r) => r.start), steps: ranges.map((r) => r.step), extents: ranges.map((r) => r.extent) };
  return [normalNode(node, { attributes, inputs: [inputName(node, 0)] })];
};

interface Range {
  readonly start: number;
  readonly step: number;
  readonly extent: number;
}

/** ONNX clamps start to 0 … H and end to 0 … H going up, to 0 … H − 1 and −1 … H − 1 going down. */
function range(node: RawNode, extent: number, given: { readonly start: number; readonly end: number; readonly step: number }): Range {
  const { step } = given;
  if (step === 0) invalid("attribute-value", "Slice has a step of 0", node.name, "give another step");
  const fromFront = (position: number): number => (position < 0 ? position + extent : position);
  const clamp = (low: number, position: number, high: number): number => Math.min(Math.max(low, position), high);
  const [start, end] = step > 0
    ? [clamp(0, fromFront(given.start), extent), clamp(0, fromFront(given.end), extent)]
    : [clamp(0, fromFront(given.start), extent - 1), clamp(-1, fromFront(given.end), extent - 1)];
  return { start, step, extent: Math.max(0, Math.ceil((end - start) / step)) };
}

/**
 * One extent per output: given, or equal ones (since opset 18 the last may be smaller). An output
 * without elements is a constant, so that what joins it to others can pass it over.
 */
export const split: Normaliser = (node) => {
  allowOnly(node, "axis", ...(node.opset < 13 ? ["split"] : []), ...(node.opset >= 18 ? ["num_outputs"] : []));
  const { shape } = inputType(node, 0);
  const axis = axisOf(node, intOf(node, "axis") ?? 0, shape.length);
  const extent = shape[axis] ?? 0;
  const parts = intOf(node, "num_outputs") ?? node.outputs.length;
  const extents = listOrInput(node, "split", 1) ?? equalParts(extent, parts, node);
  if (extents.length !== node.outputs.length || extents.reduce((sum, part) => sum + part, 0) !== extent || extents.some((part) => part < 0)) {
    invalid("shape-mismatch", `Split into [${extents.join(", ")}] does not fit ${node.outputs.length} outputs and extent ${extent}`, node.name, "correct split");
  }
  const kept = extents.flatMap((part, k) => (part > 0 ? [k] : []));
  if (kept.length === extents.length || kept.length === 0) return [normalNode(node, { attributes: { axis, split: extents }, inputs: [inputName(node, 0)] })];
  const split = normalNode({ ...node, outputs: kept.map((k) => node.outputs[k] ?? "") }, { attributes: { axis, split: kept.map((k) => extents[k] ?? 0) }, inputs: [inputName(node, 0)] });
  const none = node.outputs.filter((output, k) => extents[k] === 0 && output !== "");
  return [split, ...none.map((output) => constantNode(node, output, tensorOf(inputType(node, 0).type, [...shape].with(axis, 0), [])))];
};

function equalParts(extent: number, parts: number, node: RawNode): readonly number[] {
  const part = Math.ceil(extent / parts);
  if (part * parts !== extent && (node.opset < 18 || !node.attributes.has("num_outputs"))) {
    invalid("shape-mismatch", `Split of ${extent} into ${parts} equal parts`, node.name, "give split");
  }
  return Array.from({ length: parts }, (_, k) => Math.max(0, Math.min(part, extent - k * part)));
}

/** The longest list of indices that is taken as literals; a longer one is looked up. */
const mostIndices = 256;

/** Constant indices become literals, none negative; others stay an input. */
export const gather: Normaliser = (node) => {
  allowOnly(node, "axis");
  const { shape } = inputType(node, 0);
  const axis = axisOf(node, intOf(node, "axis") ?? 0, shape.length);
  const tensor = node.constantOf(inputName(node, 1));
  const foldable = node.constantOf(inputName(node, 0)) !== undefined;
  if (tensor === undefined || (!foldable && tensor.data.length > mostIndices)) return [normalNode(node, { attributes: { axis } })];
  const extent = shape[axis] ?? 0;
  const indices = integersOf(node, tensor, "indices").map((index) => (index < 0 ? index + extent : index));
  return [normalNode(node, { attributes: { axis, indices, indexShape: tensor.shape }, inputs: [inputName(node, 0)] })];
};
