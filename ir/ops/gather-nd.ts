/**
 * GatherND with b = batch_dims and index tuples of q elements:
 *
 *     Y[n…, i…, r…] = X[n…, indices[n…, i…, 0], …, indices[n…, i…, q − 1], r…]     (n… are b axes)
 *
 * Negative indices count from the end; a tuple that does not exist, which ONNX calls an
 * error, gives 0. A lookup, see shared/terms.
 */
import { literal } from "../loop/index-expr.js";
import { type Meaning, at, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { indicesOf, positionStage } from "./shared/positions.js";
import { lookup } from "./shared/terms.js";

/** The axes that a tuple of indices names: their first, and their extents. */
function tupleOf(node: OperatorNode): { readonly first: number; readonly extents: readonly number[] } {
  const first = numberOf(node, "batch_dims");
  const [{ shape }, { shape: indices }] = [inputOf(node, 0), indicesOf(node, 1)];
  const length = indices.at(-1) ?? 0;
  if (length < 1 || first + length > shape.length || first >= indices.length) shapeMismatch(node, `tuples of ${length} indices do not fit the data`);
  if (shape.slice(0, first).join() !== indices.slice(0, first).join()) shapeMismatch(node, `the first ${first} axes differ`);
  return { first, extents: shape.slice(first, first + length) };
}

function outputType(node: OperatorNode): TensorType {
  const { type, shape } = inputOf(node, 0);
  const { first, extents } = tupleOf(node);
  return { type, shape: [...inputOf(node, 1).shape.slice(0, -1), ...shape.slice(first + extents.length)] };
}

function meaning(node: OperatorNode): Meaning {
  const output = outputType(node);
  const { first, extents } = tupleOf(node);
  const tuples = inputOf(node, 1).shape.length - 1;
  const y = stage("y", output, (point) => {
    const wanted = extents.map((extent, k) => ({ extent, position: stageAt("position", ...point.slice(0, tuples), literal(k)) }));
    return lookup(output.type, wanted, (index) => at(0, ...point.slice(0, first), ...index, ...point.slice(tuples)));
  });
  return { stages: [positionStage(node, 1, extents), y], outputs: ["y"] };
}

export const gatherND = defineOperator({
  op: "GatherND", types: anyType, inputs: [2, 2], mixed: true, shape: (node) => [outputType(node)], meaning,
});
