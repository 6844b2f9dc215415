/**
 * Operators that address elements by computed positions (the Gather and Scatter families,
 * OneHot, ReverseSequence) or by rank (TopK). What shapes their result is a constant.
 */
import { invalid, unsupported } from "../../../ir/prelude.js";
import { type Normaliser, allowOnly, axisOf, constantInput, flagOf, inputName, inputType, integersOf, intOf, normalNode, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

export const gatherElements: Normaliser = (node) => {
  allowOnly(node, "axis");
  return [normalNode(node, { attributes: { axis: axisOf(node, intOf(node, "axis") ?? 0, inputType(node, 0).shape.length) } })];
};

export const gatherND: Normaliser = (node) => {
  allowOnly(node, ...(node.opset >= 12 ? ["batch_dims"] : []));
  return [normalNode(node, { attributes: { batch_dims: intOf(node, "batch_dims") ?? 0 } })];
};

/** The reductions that the opset has. */
function reductionOf(node: RawNode): string {
  const reduction = stringOf(node, "reduction") ?? "none";
  const known = node.opset >= 18 ? ["none", "add", "mul", "max", "min"] : ["none", "add", "mul"];
  return known.includes(reduction) ? reduction : refuseValue(node, "reduction", reduction, `use one of ${known.join(", ")}`);
}

/** Scatter is the old name of ScatterElements without a reduction. */
export const scatterElements: Normaliser = (node) => {
  allowOnly(node, "axis", ...(node.op === "ScatterElements" && node.opset >= 16 ? ["reduction"] : []));
  const axis = axisOf(node, intOf(node, "axis") ?? 0, inputType(node, 0).shape.length);
  return [normalNode(node, { op: "ScatterElements", attributes: { axis, reduction: reductionOf(node) } })];
};

export const scatterND: Normaliser = (node) => {
  allowOnly(node, ...(node.opset >= 16 ? ["reduction"] : []));
  return [normalNode(node, { attributes: { reduction: reductionOf(node) } })];
};

export const tensorScatter: Normaliser = (node) => {
  allowOnly(node, "axis", "mode");
  const mode = stringOf(node, "mode") ?? "linear";
  if (mode !== "linear" && mode !== "circular") refuseValue(node, "mode", mode, "use linear or circular");
  return [normalNode(node, { attributes: { axis: axisOf(node, intOf(node, "axis") ?? -2, inputType(node, 0).shape.length), mode } })];
};

/** The depth is a constant; the axis may be the one after the last. */
export const oneHot: Normaliser = (node) => {
  allowOnly(node, "axis");
  const depth = soleInteger(node, 1, "depth");
  const axis = axisOf(node, intOf(node, "axis") ?? -1, inputType(node, 0).shape.length + 1);
  return [normalNode(node, { attributes: { axis, depth }, inputs: [inputName(node, 0), inputName(node, 2)] })];
};

/** k was an attribute until opset 9; largest and sorted exist since opset 11. */
export const topK: Normaliser = (node) => {
  allowOnly(node, "axis", ...(node.opset < 10 ? ["k"] : []), ...(node.opset >= 11 ? ["largest", "sorted"] : []));
  const k = node.opset < 10 ? intOf(node, "k") ?? 1 : soleInteger(node, 1, "K");
  if (k < 1) invalid("attribute-value", `TopK of ${k} elements`, node.name, "give a K of at least 1");
  const axis = axisOf(node, intOf(node, "axis") ?? -1, inputType(node, 0).shape.length);
  flagOf(node, "sorted", 1);
  return [normalNode(node, { attributes: { axis, k, largest: flagOf(node, "largest", 1) }, inputs: [inputName(node, 0)] })];
};

export const reverseSequence: Normaliser = (node) => {
  allowOnly(node, "batch_axis", "time_axis");
  const [time, batch] = [intOf(node, "time_axis") ?? 0, intOf(node, "batch_axis") ?? 1];
  if (time + batch !== 1 || time * batch !== 0) refuseValue(node, "time_axis, batch_axis", `${time}, ${batch}`, "use the first two axes");
  return [normalNode(node, { attributes: { time_axis: time, batch_axis: batch } })];
};

/** A constant input that is one integer. */
function soleInteger(node: RawNode, slot: number, what: string): number {
  const tensor = constantInput(node, slot);
  if (tensor === undefined) return invalid("input-count", `${node.op} has no ${what}`, node.name, `give the input ${what}`);
  if (tensor.data.length !== 1) unsupported("attribute-value", `${node.op} with ${tensor.data.length} values of ${what} is not supported`, node.name, "give one");
  const [value] = tensor.type === "f32" || tensor.type === "f64" ? [...tensor.data].map((x) => Math.trunc(Number(x))) : integersOf(node, tensor, what);
  return value ?? 0;
}
