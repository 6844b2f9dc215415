/**
 * Reshape: Y[o] = X[i], i having the same row-major position in X as o in Y.
 *
 * `shape` is literal: 0, −1 and allowzero are resolved by normalisation. No arithmetic.
 */
import { elementCount } from "../tensor/tensor.js";
import { inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { sameElements } from "./shared/same-elements.js";

export const reshape = sameElements({
  op: "Reshape",
  outputShape: (node) => {
    const shape = listOf(node, "shape");
    if (elementCount(shape) === elementCount(inputOf(node, 0).shape)) return shape;
    return shapeMismatch(node, `[${shape.join(", ")}] has another number of elements`);
  },
});
