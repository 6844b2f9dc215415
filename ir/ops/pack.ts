/**
 * Pack: Y[b] = the elements b·p … b·p + p − 1 of X in one byte, the first
 * in the lowest bits, where p = 8 / `width`; beyond the last element there is 0. No model has it:
 * import packs constants of 2 and 4 bits, and Unpack takes them apart.
 */
import { type IndexExpr, below, shift, times, zero } from "../loop/index-expr.js";
import { type TensorExpr, at, constant, op, pointwise, select } from "../tensor/meaning.js";
import { type TensorType, elementCount } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf } from "./shared/define.js";
import { converted } from "./shared/terms.js";

function outputType(node: OperatorNode): TensorType {
  return { type: "u8", shape: [Math.ceil((elementCount(inputOf(node, 0).shape) * numberOf(node, "width")) / 8)] };
}

/** The low bits of the element at `position`, moved to their place in the byte: the first field is never empty, the last has nothing above it. */
function field(node: OperatorNode, position: IndexExpr, place: number): TensorExpr {
  const width = numberOf(node, "width");
  const { type, shape: [count = 0] } = inputOf(node, 0);
  const bits = converted(type, "u8", at(0, position));
  const low = place === 8 - width ? bits : op("band.u8", bits, constant("u8", 2 ** width - 1));
  return place === 0 ? low : select([below(position, count)], op("shl.u8", low, constant("u8", place)), constant("u8", 0));
}

export const pack = defineOperator({
  op: "Pack",
  types: ["i8", "u8"],
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const width = numberOf(node, "width");
    const fields = Array.from({ length: 8 / width }, (_, k) => k);
    return pointwise(outputType(node), ([b = zero]) =>
      fields.map((k) => field(node, shift(times(b, fields.length), k), k * width)).reduce((low, high) => op("bor.u8", low, high)));
  },
});
