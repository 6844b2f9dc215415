/**
 * Clip: Y[o] = min(max(X[o], low), high); an omitted bound bounds nothing.
 *
 * Exact. Where low > high the result is high. NaN stays NaN. Until opset 10 the bounds
 * were attributes, normalisation makes them constant inputs.
 */
import { type TensorExpr, at, op, pointwise } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { numbers } from "./shared/element-types.js";
import { zero } from "../loop/index-expr.js";
import { elementCount } from "../tensor/tensor.js";

/** x bounded by the single element of input `slot`, if there is one. */
function bounded(node: OperatorNode, slot: 1 | 2, x: TensorExpr): TensorExpr {
  const bound = optionalInput(node, slot);
  if (bound === undefined) return x;
  return op(`${slot === 1 ? "max" : "min"}.${bound.type}`, x, at(slot, ...bound.shape.map(() => zero)));
}

export const clip = defineOperator({
  op: "Clip",
  types: numbers,
  inputs: [1, 3],
  shape: (node) => {
    const bounds = [optionalInput(node, 1), optionalInput(node, 2)];
    if (bounds.some((bound) => bound !== undefined && elementCount(bound.shape) !== 1)) shapeMismatch(node, "bounds must be scalars");
    return [inputOf(node, 0)];
  },
  meaning: (node) => pointwise(inputOf(node, 0), (point) => bounded(node, 2, bounded(node, 1, at(0, ...point)))),
});
