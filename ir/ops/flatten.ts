/**
 * Flatten: Y[a, b] = X[i], a being the row-major position along the axes before `axis`
 * and b that along the others. No arithmetic.
 */
import { elementCount } from "../tensor/tensor.js";
import { inputOf, numberOf } from "./shared/define.js";
import { sameElements } from "./shared/same-elements.js";

export const flatten = sameElements({
  op: "Flatten",
  outputShape: (node) => {
    const { shape } = inputOf(node, 0);
    const axis = numberOf(node, "axis");
    return [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))];
  },
});
