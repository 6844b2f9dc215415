/**
 * Gemm: Y = α·A′·B′ + β·C, where A′ is A or its transpose, B′ likewise.
 *
 *     S[i, j] = +0 + Σ_k A′[i, k] · B′[k, j]      (fold over k from +0)
 *     Y[i, j] = (α·S[i, j]) + (β·C[i, j])         (C broadcast to Y)
 *
 * A factor that is exactly 1 is no operation: neither α·S nor β·C is then multiplied,
 * and without C nothing is added. Every operation rounds to nearest even, the steps
 * of the fold as the build's contract says (`muladd`).
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import type { ElementType } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { floats } from "./shared/element-types.js";

interface Sizes {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

function sizesOf(node: OperatorNode): Sizes {
  const [a, b] = [inputOf(node, 0).shape, inputOf(node, 1).shape];
  if (a.length !== 2 || b.length !== 2) shapeMismatch(node, "A and B must be matrices");
  const [rows = 1, depth = 1] = transposed(node, "transA") ? a.toReversed() : a;
  const [inner = 1, columns = 1] = transposed(node, "transB") ? b.toReversed() : b;
  if (depth !== inner) shapeMismatch(node, `A has ${depth} columns, B has ${inner} rows`);
  return { rows, depth, columns };
}

function transposed(node: OperatorNode, attribute: "transA" | "transB"): boolean {
  return numberOf(node, attribute) !== 0;
}

function outputType(node: OperatorNode): TensorType {
  const { rows, columns } = sizesOf(node);
  const c = optionalInput(node, 2);
  const shape = [rows, columns];
  if (c !== undefined && broadcastShape(node, [shape, c.shape]).join() !== shape.join()) {
    shapeMismatch(node, `C cannot be broadcast to ${rows}×${columns}`);
  }
  return { type: inputOf(node, 0).type, shape };
}

function product(node: OperatorNode, name: string, prefix: string): Stage {
  const output = outputType(node);
  const k = variable("k");
  return stage(name, output, ([i = zero, j = zero]) => {
    const a = transposed(node, "transA") ? at(0, k, i) : at(0, i, k);
    const b = transposed(node, "transB") ? at(1, j, k) : at(1, k, j);
    const over = [{ name: "k", extent: sizesOf(node).depth }];
    return fold(over, [], constant(output.type, 0), op(`muladd.${output.type}`, acc, a, b));
  }, prefix);
}

/** factor·x, or x itself where the factor is 1. */
function scaled(factor: number, x: TensorExpr, type: ElementType): TensorExpr {
  return factor === 1 ? x : op(`mul.${type}`, x, constant(type, factor));
}

function finish(node: OperatorNode, point: readonly IndexExpr[]): TensorExpr {
  const { type } = inputOf(node, 0);
  const sum = scaled(numberOf(node, "alpha"), stageAt("product", ...point), type);
  const c = optionalInput(node, 2);
  if (c === undefined) return sum;
  return op(`add.${type}`, sum, scaled(numberOf(node, "beta"), at(2, ...broadcastIndex(c.shape, point)), type));
}

function meaning(node: OperatorNode): Meaning {
  if (optionalInput(node, 2) === undefined && numberOf(node, "alpha") === 1) {
    return { stages: [product(node, "y", "o")], outputs: ["y"] };
  }
  const y = stage("y", outputType(node), (point) => finish(node, point));
  return { stages: [product(node, "product", "p"), y], outputs: ["y"] };
}

export const gemm = defineOperator({
  op: "Gemm",
  types: floats,
  inputs: [2, 3],
  shape: (node) => [outputType(node)],
  meaning,
});
