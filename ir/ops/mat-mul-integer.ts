/**
 * MatMulInteger: a MatMul of quantised tensors with an integer result.
 *
 *     Y[…, i, j] = 0 + Σ_k (A[…, i, k] − za) · (B[…, k, j] − zb[j])      in 32-bit integers
 *
 * The zero point of A is one element, that of B one or one per column. Sums of more
 * than 2¹⁵ products are modulo 2³².
 */
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { bytes, integerProduct, validateBytes, validateZeroPoint } from "./shared/integer-products.js";
import { matrixProduct } from "./shared/matrix-product.js";

function outputType(node: OperatorNode): TensorType {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  validateBytes(node, b.type);
  validateZeroPoint(node, a.type, 2);
  validateZeroPoint(node, b.type, 3, b.shape.at(-1));
  return { type: "i32", shape: matrixProduct(node, 0, 1).shape };
}

export const matMulInteger = defineOperator({
  op: "MatMulInteger",
  types: bytes,
  inputs: [2, 4],
  mixed: true,
  shape: (node) => [outputType(node)],
  meaning: (node) => ({ stages: integerProduct(node, [0, 2], [1, 3], "y"), outputs: ["y"] }),
});
