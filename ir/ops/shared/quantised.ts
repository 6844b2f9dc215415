/** Scale and zero point of quantised tensors: one for the tensor, one per position along an axis, or one per block of positions along it. */
import { type IndexExpr, floordiv, zero } from "../../loop/index-expr.js";
import { type TensorExpr, at } from "../../tensor/meaning.js";
import { elementCount } from "../../tensor/tensor.js";
import type { OperatorNode } from "../operator.js";
import { inputOf, numberOf, optionalInput, shapeMismatch } from "./define.js";

export function validateParameters(node: OperatorNode): void {
  const { shape } = inputOf(node, 0);
  const [axis, block] = [numberOf(node, "axis"), numberOf(node, "block_size")];
  const extent = shape[axis] ?? 1;
  const scale = inputOf(node, 1).shape;
  const blocks = shape.map((own, d) => (d === axis ? Math.ceil(own / Math.max(1, block)) : own));
  const fits = block > 0 ? scale.join() === blocks.join() : elementCount(scale) === 1 || (scale.length === 1 && scale[0] === extent);
  if (!fits) shapeMismatch(node, block > 0 ? `the scale must have the shape ${blocks.join("×")}` : `the scale must have one element, or ${extent}`);
  const zeroPoint = optionalInput(node, 2)?.shape ?? scale;
  if (elementCount(zeroPoint) !== elementCount(scale)) shapeMismatch(node, "scale and zero point must have one shape");
}

/** The scale (slot 1) or zero point (slot 2) that applies at `point`. */
export function parameterAt(node: OperatorNode, slot: 1 | 2, point: readonly IndexExpr[]): TensorExpr {
  const { shape } = inputOf(node, slot);
  const [axis, block] = [numberOf(node, "axis"), numberOf(node, "block_size")];
  if (block > 0) return at(slot, ...point.map((o, d) => (d === axis ? floordiv(o, block) : o)));
  if (elementCount(shape) === 1) return at(slot, ...shape.map(() => zero));
  return at(slot, point[axis] ?? zero);
}
