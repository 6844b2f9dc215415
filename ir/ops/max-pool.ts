/**
 * MaxPool: Y[n, c, o…] = max over k… of X[n, c, o·s + k·d − p …], taps in the padding skipped.
 *
 * A fold of max from −infinity (the least integer for integers) in lexicographic order
 * of k. Exact; a NaN under the window gives NaN; a window wholly in the padding gives
 * the start value.
 *
 * Indices[n, c, o…] is the position in X of the first element under the window that
 * equals Y, −1 where there is none (under NaN): row-major, or with storage_order 1 with
 * the first spatial axis counting fastest.
 */
import { type IndexExpr, plus, times, zero } from "../loop/index-expr.js";
import { type Meaning, acc, at, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { type TensorType, elementCount, stridesOf } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf } from "./shared/define.js";
import { elementOf, lowest, numbers } from "./shared/element-types.js";
import { poolOf } from "./shared/pool.js";
import { choose, equal, every, less, position } from "./shared/terms.js";
import { tapAxes, tapIndex, tapInside } from "./shared/window.js";

function outputTypes(node: OperatorNode): readonly TensorType[] {
  const { shape } = poolOf(node);
  const all: readonly TensorType[] = [{ type: inputOf(node, 0).type, shape }, { type: "i64", shape }];
  return all.slice(0, node.outputCount);
}

/** The position of the element at (n, c, index…) of X. */
function placeOf(node: OperatorNode, n: IndexExpr, c: IndexExpr, index: readonly IndexExpr[]): IndexExpr {
  const [, channels = 1, ...spatial] = inputOf(node, 0).shape;
  const reversed = numberOf(node, "storage_order") !== 0;
  const strides = reversed ? stridesOf(spatial.toReversed()).toReversed() : stridesOf(spatial);
  const image = elementCount(spatial);
  return index.reduce((sum, i, d) => plus(sum, times(i, strides[d] ?? 1)), plus(times(n, channels * image), times(c, image)));
}

function meaning(node: OperatorNode): Meaning {
  const { window, shape } = poolOf(node);
  const { type } = inputOf(node, 0);
  const y = stage("y", { type, shape }, ([n = zero, c = zero, ...spatial]) => {
    const x = at(0, n, c, ...tapIndex(window, spatial));
    return fold(tapAxes(window), tapInside(window, spatial), lowest(type), op(`max.${type}`, acc, x));
  });
  if (node.outputCount < 2) return { stages: [y], outputs: ["y"] };
  const indices = stage("indices", { type: "i64", shape }, (point) => {
    const [n = zero, c = zero, ...spatial] = point;
    const index = tapIndex(window, spatial, "q");
    const first = every(less("i64", acc, elementOf("i64", 0)), equal(type, at(0, n, c, ...index), stageAt("y", ...point)));
    return fold(tapAxes(window, "q"), tapInside(window, spatial, "q"), elementOf("i64", -1), choose("i64", first, position(placeOf(node, n, c, index)), acc));
  }, "i");
  return { stages: [y, indices], outputs: ["y", "indices"] };
}

export const maxPool = defineOperator({
  op: "MaxPool",
  types: numbers,
  inputs: [1, 1],
  outputs: 2,
  shape: outputTypes,
  meaning,
});
