/**
 * Pow: C[o] = A[o]^B[o], broadcast. Floats: the project's own pow (ir/scalar/functions states
 * its error and its special values, which are those of C99). Normalisation writes some
 * constant exponents with operators that round once.
 *
 * Integers: modulo 2ⁿ, by squares and products from the highest bit of B down, a fold from
 * 1; a negative B, which has no integer power, gives 0.
 */
import { type IndexExpr, literal, minus, variable } from "../loop/index-expr.js";
import { integerTypes } from "../scalar/ops.js";
import { bytesOf, isFloat } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, presentInputs } from "./shared/define.js";
import { elementOf, floatsWith } from "./shared/element-types.js";
import { choose, converted, equal, less, position } from "./shared/terms.js";

function outputType(node: OperatorNode): TensorType {
  return { type: inputOf(node, 0).type, shape: broadcastShape(node, presentInputs(node).map(({ shape }) => shape)) };
}

function integerPower({ type }: TensorType, a: TensorExpr, b: TensorExpr): TensorExpr {
  const bits = 8 * bytesOf[type];
  const [none, one] = [elementOf(type, 0), elementOf(type, 1)];
  const place = converted("i64", type, position(minus(literal(bits - 1), variable("bit"))));
  const set = equal(type, op(`band.${type}`, op(`shr.${type}`, b, place), one), one);
  const square = op(`mulw.${type}`, acc, acc);
  const factor = choose(type, set, a, one);
  const start = type.startsWith("u") ? one : choose(type, less(type, b, none), none, one); // from 0 every product is 0
  return fold([{ name: "bit", extent: bits }], [], start, op(`mulw.${type}`, square, factor));
}

function meaning(node: OperatorNode): Meaning {
  const output = outputType(node);
  return pointwise(output, (point: readonly IndexExpr[]) => {
    const [a, b] = [at(0, ...broadcastIndex(inputOf(node, 0).shape, point)), at(1, ...broadcastIndex(inputOf(node, 1).shape, point))];
    return isFloat(output.type) ? op(`pow.${output.type}`, a, b) : integerPower(output, a, b);
  });
}

export const pow = defineOperator({
  op: "Pow", types: [...floatsWith("pow"), ...integerTypes], inputs: [2, 2], shape: (node) => [outputType(node)], meaning,
});
