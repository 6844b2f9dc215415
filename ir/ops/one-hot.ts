/**
 * OneHot: Y[a…, k, b…] = values[1] where indices[a…, b…] = k and values[0] elsewhere, the new
 * axis being `axis`, its extent `depth`. Negative indices count from the end; outside of
 * −depth … depth − 1 every element is values[0]. Indices that are floats are truncated.
 */
import { literal, zero } from "../loop/index-expr.js";
import { type Meaning, at, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { numbers } from "./shared/element-types.js";
import { choose, equal, fromFront, position } from "./shared/terms.js";

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 1);
  if (shape.join() !== "2") shapeMismatch(node, "values must have two elements");
  return { type, shape: inputOf(node, 0).shape.toSpliced(numberOf(node, "axis"), 0, numberOf(node, "depth")) };
}

function meaning(node: OperatorNode): Meaning {
  const output = outputType(node);
  const axis = numberOf(node, "axis");
  return pointwise(output, (point) => {
    const index = fromFront(inputOf(node, 0).type, at(0, ...point.toSpliced(axis, 1)), numberOf(node, "depth"));
    return choose(output.type, equal("i64", index, position(point[axis] ?? zero)), at(1, literal(1)), at(1, zero));
  });
}

export const oneHot = defineOperator({
  op: "OneHot", types: numbers, inputs: [2, 2], mixed: true, shape: (node) => [outputType(node)], meaning,
});
