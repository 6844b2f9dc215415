/** Gemm: factors and transpositions with their defaults. MatMul has no attributes. */
import { type Normaliser, allowOnly, flagOf, floatOf, normalNode } from "./node.js";

export const gemm: Normaliser = (node) => {
  allowOnly(node, "alpha", "beta", "transA", "transB");
  const attributes = {
    alpha: floatOf(node, "alpha") ?? 1,
    beta: floatOf(node, "beta") ?? 1,
    transA: flagOf(node, "transA", 0),
    transB: flagOf(node, "transB", 0),
  };
  return [normalNode(node, { attributes })];
};
