/** Operators that keep the elements and their row-major order and change the shape only. */
import { at, pointwise } from "../../tensor/meaning.js";
import type { TensorType } from "../../tensor/tensor.js";
import type { OperatorDefinition, OperatorNode } from "../operator.js";
import { defineOperator, inputOf } from "./define.js";
import { anyType } from "./element-types.js";
import { reindex } from "./reindex.js";

export interface SameElementsRecord {
  readonly op: string;
  readonly requirements?: readonly string[];
  readonly outputShape: (node: OperatorNode) => readonly number[];
}

export function sameElements({ op, requirements = [], outputShape }: SameElementsRecord): OperatorDefinition {
  const outputType = (node: OperatorNode): TensorType => ({ type: inputOf(node, 0).type, shape: outputShape(node) });
  return defineOperator({
    op, types: anyType, inputs: [1, 1], requirements,
    shape: (node) => [outputType(node)],
    meaning: (node) => {
      const output = outputType(node);
      return pointwise(output, (point) => at(0, ...reindex(point, output.shape, inputOf(node, 0).shape)));
    },
  });
}
