/**
 * NumPy broadcasting: shapes are aligned at their last axis, an extent 1 stretches.
 * It is an index formula, not a copy: along a stretched axis the operand is read at 0.
 */
import { type IndexExpr, zero } from "../../loop/index-expr.js";
import type { OperatorNode } from "../operator.js";
import { shapeMismatch } from "./define.js";

/** The common shape of `shapes`. */
export function broadcastShape(node: OperatorNode, shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[shape.length - rank + axis] ?? 1);
    const stretched = extents.filter((extent) => extent !== 1);
    const [extent = 1] = stretched;
    if (stretched.some((other) => other !== extent)) shapeMismatch(node, `axis ${axis} cannot be broadcast`);
    return extent;
  });
}

/** Where an operand of `shape` is read for the output element at `point`. */
export function broadcastIndex(shape: readonly number[], point: readonly IndexExpr[]): readonly IndexExpr[] {
  const skipped = point.length - shape.length;
  return shape.map((extent, axis) => (extent === 1 ? zero : point[skipped + axis] ?? zero));
}
