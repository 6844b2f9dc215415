/**
 * QLinearMatMul: a MatMul of quantised tensors with a quantised result.
 *
 *     S[…, i, j] = 0 + Σ_k (A[…, i, k] − za) · (B[…, k, j] − zb[j])      in 32-bit integers
 *     Y[…, i, j] = saturate(rint(f32(S) · ((sa·sb[j]) / sy)) + zy)
 *
 * Scale and zero point of A and Y are one element, those of B one or one per column.
 * Rounding: see shared/integer-products.
 */
import { zero } from "../loop/index-expr.js";
import { stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { type Scales, bytes, factorStage, integerProduct, requantised, validateBytes, validateOperand } from "./shared/integer-products.js";
import { matrixProduct } from "./shared/matrix-product.js";

const scales: Scales = { a: 1, b: 4, y: 6, zeroPoint: 7 };

function outputType(node: OperatorNode): TensorType {
  return { type: inputOf(node, scales.zeroPoint).type, shape: matrixProduct(node, 0, 3).shape };
}

export const qLinearMatMul = defineOperator({
  op: "QLinearMatMul",
  types: bytes,
  inputs: [8, 8],
  omitted: [2, 5],
  mixed: true,
  shape: (node) => {
    validateOperand(node, { tensor: 0, scale: scales.a, zeroPoint: 2 });
    validateOperand(node, { tensor: 3, scale: scales.b, zeroPoint: 5 }, inputOf(node, 3).shape.at(-1));
    validateBytes(node, inputOf(node, scales.zeroPoint).type);
    return [outputType(node)];
  },
  meaning: (node) => {
    const y = stage("y", outputType(node), (point) => requantised(node, scales, stageAt("sum", ...point), point.at(-1) ?? zero));
    return { stages: [factorStage(node, scales), ...integerProduct(node, [0, 2], [3, 5], "sum"), y], outputs: ["y"] };
  },
});
