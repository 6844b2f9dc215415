/** Operators that only move elements: axes counted from the front, shapes resolved to literals. */
import { invalid } from "../../../ir/prelude.js";
import { elementCount } from "../../../ir/tensor/tensor.js";
import {
  type Normaliser, allowOnly, axesOf, axisOf, constantInput, flagOf, inputName, inputType, integersOf, intOf, intsOf, listOrInput,
  normalNode, refuseValue, stringOf,
} from "./node.js";
import type { RawNode } from "./raw-node.js";

export const flatten: Normaliser = (node) => {
  allowOnly(node, "axis");
  const axis = axisOf(node, intOf(node, "axis") ?? 1, inputType(node, 0).shape.length, "end");
  return [normalNode(node, { attributes: { axis } })];
};

/** 0 copies the input's extent unless allowzero, one −1 takes what is left. */
export const reshape: Normaliser = (node) => {
  allowOnly(node, "allowzero");
  const from = inputType(node, 0).shape;
  const target = constantInput(node, 1);
  if (target === undefined) return invalid("input-count", "Reshape has no shape", node.name, "give the input shape");
  const wanted = integersOf(node, target, "shape");
  const copied = flagOf(node, "allowzero", 0) === 1 ? wanted : wanted.map((extent, axis) => (extent === 0 ? from[axis] ?? 0 : extent));
  return [normalNode(node, { attributes: { shape: inferred(node, copied, elementCount(from)) }, inputs: [inputName(node, 0)] })];
};

/** `shape` with its one −1 replaced by the extent that makes `count` elements. */
function inferred(node: RawNode, shape: readonly number[], count: number): readonly number[] {
  const known = shape.filter((extent) => extent !== -1);
  const product = elementCount(known);
  const unknown = shape.length - known.length;
  const fits = unknown === 0 ? product === count : unknown === 1 && product > 0 && count % product === 0;
  if (!fits || known.some((extent) => extent < 0)) {
    invalid("shape-mismatch", `Reshape to [${shape.join(", ")}] does not fit ${count} elements`, node.name, "correct the shape");
  }
  return shape.map((extent) => (extent === -1 ? count / product : extent));
}

export const transpose: Normaliser = (node) => {
  allowOnly(node, "perm");
  const rank = inputType(node, 0).shape.length;
  const perm = intsOf(node, "perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return [normalNode(node, { attributes: { perm: perm.map((axis) => axisOf(node, axis, rank)) } })];
};

/** The axes that vanish: given, or all of extent 1. */
export const squeeze: Normaliser = (node) => {
  allowOnly(node, ...(node.opset < 13 ? ["axes"] : []));
  const { shape } = inputType(node, 0);
  const given = listOrInput(node, "axes", 1);
  const axes = given === undefined ? shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])) : axesOf(node, given, shape.length);
  return [normalNode(node, { attributes: { axes }, inputs: [inputName(node, 0)] })];
};

/** The new axes, counted in the result, ascending. */
export const unsqueeze: Normaliser = (node) => {
  allowOnly(node, ...(node.opset < 13 ? ["axes"] : []));
  const given = listOrInput(node, "axes", 1);
  if (given === undefined) return invalid("attribute-value", "Unsqueeze has no axes", node.name, "give axes");
  const axes = axesOf(node, given, inputType(node, 0).shape.length + given.length);
  return [normalNode(node, { attributes: { axes }, inputs: [inputName(node, 0)] })];
};

/** The shape that the input is broadcast with; the operator works out the common shape. */
export const expand: Normaliser = (node) => {
  allowOnly(node);
  const target = constantInput(node, 1);
  if (target === undefined) return invalid("input-count", "Expand has no shape", node.name, "give the input shape");
  return [normalNode(node, { attributes: { shape: integersOf(node, target, "shape") }, inputs: [inputName(node, 0)] })];
};

export const tile: Normaliser = (node) => {
  allowOnly(node);
  const repeats = constantInput(node, 1);
  if (repeats === undefined) return invalid("input-count", "Tile has no repeats", node.name, "give the input repeats");
  return [normalNode(node, { attributes: { repeats: integersOf(node, repeats, "repeats") }, inputs: [inputName(node, 0)] })];
};

export const concat: Normaliser = (node) => {
  allowOnly(node, "axis");
  const axis = intOf(node, "axis");
  if (axis === undefined) return invalid("attribute-value", "Concat has no axis", node.name, "give axis");
  const place = axisOf(node, axis, inputType(node, 0).shape.length);
  const parts = node.inputs.filter((_, slot) => inputType(node, slot).shape[place] !== 0); // what has no elements adds none
  return [normalNode(node, { attributes: { axis: place }, inputs: parts.length === 0 ? node.inputs : parts })];
};

function blockSize(node: RawNode): number {
  const size = intOf(node, "blocksize") ?? 0;
  return size >= 1 ? size : invalid("attribute-value", `${node.op} has no valid blocksize`, node.name, "give blocksize of at least 1");
}

export const depthToSpace: Normaliser = (node) => {
  allowOnly(node, "blocksize", ...(node.opset >= 11 ? ["mode"] : []));
  const mode = stringOf(node, "mode") ?? "DCR";
  if (mode !== "DCR" && mode !== "CRD") refuseValue(node, "mode", mode, "use DCR or CRD");
  return [normalNode(node, { attributes: { blocksize: blockSize(node), mode } })];
};

export const spaceToDepth: Normaliser = (node) => {
  allowOnly(node, "blocksize");
  return [normalNode(node, { attributes: { blocksize: blockSize(node) } })];
};
