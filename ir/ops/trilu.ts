/**
 * Trilu, over the last two axes: Y[…, i, j] = X[…, i, j] on and above the k-th diagonal
 * (j ≥ i + k) with `upper`, on and below it (j ≤ i + k) without; 0 elsewhere. Exact.
 */
import { atLeast, minus, shift, zero } from "../loop/index-expr.js";
import { at, pointwise, select } from "../tensor/meaning.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType, elementOf } from "./shared/element-types.js";

export const trilu = defineOperator({
  op: "Trilu",
  types: anyType,
  inputs: [1, 1],
  shape: (node) => {
    if (inputOf(node, 0).shape.length < 2) shapeMismatch(node, "X must have two axes at least");
    return [inputOf(node, 0)];
  },
  meaning: (node) => {
    const input = inputOf(node, 0);
    return pointwise(input, (point) => {
      const above = shift(minus(point.at(-1) ?? zero, point.at(-2) ?? zero), -numberOf(node, "k"));
      const inside = numberOf(node, "upper") === 0 ? atLeast(zero, above) : atLeast(above, zero);
      return select([inside], at(0, ...point), elementOf(input.type, 0));
    });
  },
});
