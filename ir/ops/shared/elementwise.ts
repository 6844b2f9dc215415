/**
 * Operators that compute each output element from the elements of the inputs at the
 * same index after broadcasting. The files of these operators state only the formula.
 */
import type { ElementType } from "../../scalar/types.js";
import { type Meaning, type TensorExpr, at, pointwise } from "../../tensor/meaning.js";
import type { TensorType } from "../../tensor/tensor.js";
import type { OperatorDefinition, OperatorNode } from "../operator.js";
import { broadcastIndex, broadcastShape } from "./broadcast.js";
import { type OperatorRecord, defineOperator, inputOf, presentInputs } from "./define.js";

export interface ElementwiseRecord extends Omit<OperatorRecord, "shape" | "meaning"> {
  /** Element type of the output; that of input 0 unless said. */
  readonly result?: (node: OperatorNode) => ElementType;
  /** The output element, from the input elements at its index. */
  readonly value: (operands: readonly TensorExpr[], type: ElementType, node: OperatorNode) => TensorExpr;
}

export function elementwise(record: ElementwiseRecord): OperatorDefinition {
  const outputType = (node: OperatorNode): TensorType => ({
    type: record.result?.(node) ?? inputOf(node, 0).type,
    shape: broadcastShape(node, presentInputs(node).map(({ shape }) => shape)),
  });
  return defineOperator({
    ...record,
    shape: (node) => [outputType(node)],
    meaning: (node) => elementwiseMeaning(outputType(node), node, record),
  });
}

function elementwiseMeaning(type: TensorType, node: OperatorNode, record: ElementwiseRecord): Meaning {
  const element = inputOf(node, 0).type;
  return pointwise(type, (point) => {
    const operands = node.inputs.flatMap((input, slot) => (input === null ? [] : [at(slot, ...broadcastIndex(input.shape, point))]));
    return record.value(operands, element, node);
  });
}

/** One operand: Y[o] = f(X[o]). */
export function unary(record: Omit<ElementwiseRecord, "inputs" | "value"> & {
  readonly value: (x: TensorExpr, type: ElementType, node: OperatorNode) => TensorExpr;
}): OperatorDefinition {
  return elementwise({ ...record, inputs: [1, 1], value: ([x], type, node) => record.value(operand(x), type, node) });
}

/** Two operands: C[o] = f(A[o], B[o]). */
export function binary(record: Omit<ElementwiseRecord, "inputs" | "value"> & {
  readonly value: (a: TensorExpr, b: TensorExpr, type: ElementType, node: OperatorNode) => TensorExpr;
}): OperatorDefinition {
  return elementwise({ ...record, inputs: [2, 2], value: ([a, b], type, node) => record.value(operand(a), operand(b), type, node) });
}

/** Any number of operands, taken from the left: f(f(X₀, X₁), X₂)… */
export function leftFold(operands: readonly TensorExpr[], join: (a: TensorExpr, b: TensorExpr) => TensorExpr): TensorExpr {
  const [first, ...others] = operands;
  return others.reduce(join, operand(first));
}

function operand(x: TensorExpr | undefined): TensorExpr {
  if (x === undefined) throw new RangeError("an operator without operands");
  return x;
}
