/** Squeeze: Y[o] = X[i], i being o with 0 put in at each axis of `axes`, whose extents are 1. No arithmetic. */
import { inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { sameElements } from "./shared/same-elements.js";

export const squeeze = sameElements({
  op: "Squeeze",
  outputShape: (node) => {
    const { shape } = inputOf(node, 0);
    const axes = listOf(node, "axes");
    if (axes.some((axis) => shape[axis] !== 1)) shapeMismatch(node, `axes ${axes.join(", ")} do not all have extent 1`);
    return shape.filter((_, axis) => !axes.includes(axis));
  },
});
