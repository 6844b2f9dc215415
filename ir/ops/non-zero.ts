/**
 * NonZero in bounded form: Y[k, r] is the coordinate along axis k of the r-th element that
 * is not 0, in row-major order; `count` says how many there are, the columns after them are 0.
 * Both zeros are 0, NaN is not. See shared/bounded for the steps.
 */
import { zero } from "../loop/index-expr.js";
import { type Meaning, at, stage } from "../tensor/meaning.js";
import { type TensorType, elementCount } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { coordinates, countStage, countType, placed, selectionStages } from "./shared/bounded.js";
import { defineOperator, inputOf } from "./shared/define.js";
import { computed, elementOf } from "./shared/element-types.js";
import { byRun } from "./shared/regions.js";
import { equal, not, position } from "./shared/terms.js";

function outputTypes(node: OperatorNode): readonly TensorType[] {
  const { shape } = inputOf(node, 0);
  return [{ type: "i64", shape: [shape.length, elementCount(shape)] }, countType];
}

function meaning(node: OperatorNode): Meaning {
  const { type, shape } = inputOf(node, 0);
  const n = elementCount(shape);
  const selection = selectionStages(n, (t) => not(equal(type, at(0, ...coordinates(t, shape)), elementOf(type, 0))));
  const y = stage("y", { type: "i64", shape: [shape.length, n] }, ([k = zero, r = zero]) => {
    const runs = shape.map((_, axis) => ({ end: axis + 1, value: placed("i64", n, r, (t) => position(coordinates(t, shape)[axis] ?? zero), "t") }));
    return byRun(k, runs);
  }, "y");
  return { stages: [...selection, y, countStage(n)], outputs: ["y", "count"] };
}

export const nonZero = defineOperator({
  op: "NonZero", types: computed, inputs: [1, 1], outputs: 2, bounded: () => ({ axes: [1], count: 1 }), shape: outputTypes, meaning,
});
