/** Scale and zero point of quantised tensors: one for the tensor, or one per position along an axis. */
import { type IndexExpr, zero } from "../../loop/index-expr.js";
import { type TensorExpr, at } from "../../tensor/meaning.js";
import { elementCount } from "../../tensor/tensor.js";
import type { OperatorNode } from "../operator.js";
import { inputOf, numberOf, optionalInput, shapeMismatch } from "./define.js";

export function validateParameters(node: OperatorNode): void {
  const extent = inputOf(node, 0).shape[numberOf(node, "axis")] ?? 1;
  const scale = inputOf(node, 1).shape;
  const fits = elementCount(scale) === 1 || (scale.length === 1 && scale[0] === extent);
  if (!fits) shapeMismatch(node, `the scale must have one element, or ${extent}`);
  const zeroPoint = optionalInput(node, 2)?.shape ?? scale;
  if (elementCount(zeroPoint) !== elementCount(scale)) shapeMismatch(node, "scale and zero point must have one shape");
}

/** The scale (slot 1) or zero point (slot 2) that applies at `point`. */
export function parameterAt(node: OperatorNode, slot: 1 | 2, point: readonly IndexExpr[]): TensorExpr {
  const { shape } = inputOf(node, slot);
  if (elementCount(shape) === 1) return at(slot, ...shape.map(() => zero));
  return at(slot, point[numberOf(node, "axis")] ?? zero);
}
