/** NumPy's matmul as elements that meet: leading axes broadcast, a vector on the left is a row, one on the right a column. */
import { type IndexExpr, variable, zero } from "../../loop/index-expr.js";
import type { Axis } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { broadcastIndex, broadcastShape } from "./broadcast.js";
import { inputOf, shapeMismatch } from "./define.js";

/** An operand as a stack of matrices: `batch` holds the leading axes. */
interface Operand {
  readonly batch: readonly number[];
  readonly vector: boolean;
}

export interface MatrixProduct {
  /** Extents of the result; the axis that a vector lacks is absent. */
  readonly shape: readonly number[];
  /** The variable k of the sum. */
  readonly over: readonly Axis[];
  /** The elements of A and B that step k of the sum at an element of the result multiplies. */
  readonly at: (point: readonly IndexExpr[]) => { readonly a: readonly IndexExpr[]; readonly b: readonly IndexExpr[] };
}

/** The product of the inputs in slots `slotA` and `slotB`. */
export function matrixProduct(node: OperatorNode, slotA: number, slotB: number): MatrixProduct {
  const [a, b] = [inputOf(node, slotA).shape, inputOf(node, slotB).shape];
  if (a.length === 0 || b.length === 0) shapeMismatch(node, "operands must not be scalars");
  const depth = a.at(-1) ?? 1;
  if (depth !== (b.length === 1 ? b[0] : b.at(-2))) shapeMismatch(node, `A has ${depth} columns, B has ${b.length === 1 ? b[0] : b.at(-2)} rows`);
  const [left, right]: readonly [Operand, Operand] = [{ batch: a.slice(0, -2), vector: a.length === 1 }, { batch: b.slice(0, -2), vector: b.length === 1 }];
  const shape = [...broadcastShape(node, [left.batch, right.batch]), ...a.slice(-2, -1), ...(right.vector ? [] : b.slice(-1))];
  return { shape, over: [{ name: "k", extent: depth }], at: (point) => meeting(left, right, point) };
}

function meeting(left: Operand, right: Operand, point: readonly IndexExpr[]): ReturnType<MatrixProduct["at"]> {
  const k = variable("k");
  const batch: IndexExpr[] = [...point];
  const column = right.vector ? [] : [batch.pop() ?? zero];
  const row = left.vector ? [] : [batch.pop() ?? zero];
  return { a: [...broadcastIndex(left.batch, batch), ...row, k], b: [...broadcastIndex(right.batch, batch), k, ...column] };
}
