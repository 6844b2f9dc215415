/**
 * Reductions: `axes` ascending from the front and `keepdims`. The axes were an attribute
 * until opset 12 (ReduceSum) or 17 (the others) and are an input since. No axes means
 * all of them, or, with noop_with_empty_axes, none: the reduction is then over single
 * elements.
 */
import { type Normaliser, allowOnly, axesOf, flagOf, inputName, inputType, listOrInput, normalNode } from "./node.js";

export const reduce: Normaliser = (node) => {
  const axesAreInput = node.opset >= (node.op === "ReduceSum" ? 13 : 18);
  allowOnly(node, "keepdims", axesAreInput ? "noop_with_empty_axes" : "axes");
  const rank = inputType(node, 0).shape.length;
  const given = listOrInput(node, "axes", 1) ?? [];
  const none = flagOf(node, "noop_with_empty_axes", 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
  const axes = given.length > 0 ? axesOf(node, given, rank) : none;
  return [normalNode(node, { attributes: { axes, keepdims: flagOf(node, "keepdims", 1) }, inputs: [inputName(node, 0)] })];
};
