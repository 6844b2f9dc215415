/** Unsqueeze: Y[o] = X[i], i being o without the axes `axes` of Y, which have extent 1. No arithmetic. */
import { inputOf, listOf } from "./shared/define.js";
import { sameElements } from "./shared/same-elements.js";

export const unsqueeze = sameElements({
  op: "Unsqueeze",
  outputShape: (node) => listOf(node, "axes").reduce((shape, axis) => shape.toSpliced(axis, 0, 1), inputOf(node, 0).shape),
});
