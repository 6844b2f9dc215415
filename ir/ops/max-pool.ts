/**
 * MaxPool: Y[n, c, o…] = max over k… of X[n, c, o·s + k·d − p …], taps in the padding skipped.
 *
 * A fold of max from −infinity (the least integer for integers) in lexicographic order
 * of k. Exact; a NaN under the window gives NaN; a window wholly in the padding gives
 * the start value. The output Indices is not supported.
 */
import { zero } from "../loop/index-expr.js";
import { type Meaning, acc, at, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { lowest, numbers } from "./shared/element-types.js";
import { poolOf } from "./shared/pool.js";
import { tapAxes, tapIndex, tapInside } from "./shared/window.js";

function outputType(node: OperatorNode): TensorType {
  return { type: inputOf(node, 0).type, shape: poolOf(node).shape };
}

function meaning(node: OperatorNode): Meaning {
  const { window } = poolOf(node);
  const { type } = inputOf(node, 0);
  return pointwise(outputType(node), ([n = zero, c = zero, ...spatial]) => {
    const x = at(0, n, c, ...tapIndex(window, spatial));
    return fold(tapAxes(window), tapInside(window, spatial), lowest(type), op(`max.${type}`, acc, x));
  });
}

export const maxPool = defineOperator({
  op: "MaxPool",
  types: numbers,
  inputs: [1, 1],
  requirements: ["E_MAXPOOL_FLOAT_FUNC_0010"],
  shape: (node) => [outputType(node)],
  meaning,
});
