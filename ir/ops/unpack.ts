/**
 * Unpack: Y[o] = element n of the small integers in X, n the row-major position of o in `shape`: the
 * `width` bits of byte ⌊n/p⌋ from bit width·(n mod p) on, where p = 8 / `width`, as an integer of
 * type `to` (i8: two's complement). No model has it: it keeps constants packed in memory.
 */
import { floordiv, mod, times } from "../loop/index-expr.js";
import { at, op, pointwise } from "../tensor/meaning.js";
import { type TensorType, elementCount } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, listOf, numberOf } from "./shared/define.js";
import { reindex } from "./shared/reindex.js";
import { lowBits, widthOf } from "./shared/small-integers.js";
import { converted, position } from "./shared/terms.js";
import { present } from "../prelude.js";

function outputType(node: OperatorNode): TensorType {
  return { type: present(widthOf(node), "width of Unpack").type, shape: listOf(node, "shape") };
}

export const unpack = defineOperator({
  op: "Unpack",
  types: ["u8"],
  inputs: [1, 1],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const output = outputType(node);
    const width = numberOf(node, "width");
    const small = { ...present(widthOf(node), "width of Unpack"), width };
    return pointwise(output, (point) => {
      const n = present(reindex(point, output.shape, [elementCount(output.shape)])[0], "position");
      const place = op("cast.i64.u8", position(times(mod(n, 8 / width), width)));
      return lowBits(small, converted("u8", output.type, op("shr.u8", at(0, floordiv(n, 8 / width)), place)));
    });
  },
});
