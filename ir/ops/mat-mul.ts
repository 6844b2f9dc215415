/**
 * MatMul: NumPy's matmul.
 *
 *     Y[…, i, j] = +0 + Σ_k A[…, i, k] · B[…, k, j]     (fold over k from +0)
 *
 * Leading axes broadcast. A vector A is a row, a vector B a column; the axis added for
 * that is absent from Y. Each step of the fold rounds as the build's contract says.
 * Integers: modulo 2ⁿ.
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import { type ElementType, isFloat } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, shapeMismatch } from "./shared/define.js";
import { elementOf } from "./shared/element-types.js";

/** The operands as stacks of matrices: `batch` holds the leading axes. */
interface Operands {
  readonly a: { readonly batch: readonly number[]; readonly vector: boolean };
  readonly b: { readonly batch: readonly number[]; readonly vector: boolean };
  readonly depth: number;
  readonly output: TensorType;
}

function operandsOf(node: OperatorNode): Operands {
  const { type, shape: a } = inputOf(node, 0);
  const { shape: b } = inputOf(node, 1);
  if (a.length === 0 || b.length === 0) shapeMismatch(node, "operands must not be scalars");
  const depth = a.at(-1) ?? 1;
  const inner = b.length === 1 ? b[0] : b.at(-2);
  if (depth !== inner) shapeMismatch(node, `A has ${depth} columns, B has ${inner} rows`);
  const batches = [a.slice(0, -2), b.slice(0, -2)] as const;
  const shape = [...broadcastShape(node, batches), ...a.slice(-2, -1), ...(b.length === 1 ? [] : b.slice(-1))];
  return {
    a: { batch: batches[0], vector: a.length === 1 },
    b: { batch: batches[1], vector: b.length === 1 },
    depth, output: { type, shape },
  };
}

function multiplyAdd(type: ElementType, a: TensorExpr, b: TensorExpr): TensorExpr {
  return isFloat(type) ? op(`muladd.${type}`, acc, a, b) : op(`addw.${type}`, acc, op(`mulw.${type}`, a, b));
}

function meaning(node: OperatorNode): Meaning {
  const { a, b, depth, output } = operandsOf(node);
  const k = variable("k");
  return pointwise(output, (point) => {
    const inner: IndexExpr[] = [...point];
    const column = b.vector ? [] : [inner.pop() ?? zero];
    const row = a.vector ? [] : [inner.pop() ?? zero];
    const left = at(0, ...broadcastIndex(a.batch, inner), ...row, k);
    const right = at(1, ...broadcastIndex(b.batch, inner), k, ...column);
    return fold([{ name: "k", extent: depth }], [], elementOf(output.type, 0), multiplyAdd(output.type, left, right));
  });
}

export const matMul = defineOperator({
  op: "MatMul",
  types: ["f32", "f64", "i32", "u32", "i64", "u64"],
  inputs: [2, 2],
  requirements: ["E_MATMUL_FLOAT_FUNC_0010", "E_MATMUL_INT_FUNC_0010"],
  shape: (node) => [operandsOf(node).output],
  meaning,
});
