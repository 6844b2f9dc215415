/**
 * MatMul: NumPy's matmul.
 *
 *     Y[…, i, j] = +0 + Σ_k A[…, i, k] · B[…, k, j]     (fold over k from +0)
 *
 * Leading axes broadcast. A vector A is a row, a vector B a column; the axis added for
 * that is absent from Y. Each step of the fold rounds as the build's contract says.
 * Integers: modulo 2ⁿ.
 */
import { type ElementType, isFloat } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, fold, op, pointwise } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { elementOf } from "./shared/element-types.js";
import { matrixProduct } from "./shared/matrix-product.js";

function multiplyAdd(type: ElementType, a: TensorExpr, b: TensorExpr): TensorExpr {
  return isFloat(type) ? op(`muladd.${type}`, acc, a, b) : op(`addw.${type}`, acc, op(`mulw.${type}`, a, b));
}

function meaning(node: OperatorNode): Meaning {
  const { type } = inputOf(node, 0);
  const { shape, over, at: meeting } = matrixProduct(node, 0, 1);
  return pointwise({ type, shape }, (point) => {
    const { a, b } = meeting(point);
    return fold(over, [], elementOf(type, 0), multiplyAdd(type, at(0, ...a), at(1, ...b)));
  });
}

export const matMul = defineOperator({
  op: "MatMul",
  types: ["f32", "f64", "i32", "u32", "i64", "u64"],
  inputs: [2, 2],
  shape: (node) => [{ type: inputOf(node, 0).type, shape: matrixProduct(node, 0, 1).shape }],
  meaning,
});
