/**
 * Softmax and its kin. Since opset 13 they normalise along one axis (default the
 * last); before, along all axes from `axis` on (default 1), the input being flattened
 * to a matrix there. Both are `axes`.
 */
import { type Normaliser, allowOnly, axisOf, inputType, intOf, normalNode } from "./node.js";

export const softmax: Normaliser = (node) => {
  allowOnly(node, "axis");
  const rank = inputType(node, 0).shape.length;
  const axis = intOf(node, "axis");
  const axes = node.opset >= 13
    ? [axisOf(node, axis ?? -1, rank)]
    : range(axisOf(node, axis ?? 1, rank, "end"), rank);
  return [normalNode(node, { attributes: { axes } })];
};

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, k) => from + k);
}
