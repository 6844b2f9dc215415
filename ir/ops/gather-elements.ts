/**
 * GatherElements: Y[…, i, …] = X[…, indices[…, i, …], …] along `axis`, Y having the shape of
 * the indices. Negative indices count from the end; an index that does not exist, which
 * ONNX calls an error, gives 0. A lookup, see shared/terms.
 */
import { type Meaning, at, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { positionStage } from "./shared/positions.js";
import { lookup } from "./shared/terms.js";

function validate(node: OperatorNode): void {
  const [data, indices, axis] = [inputOf(node, 0).shape, inputOf(node, 1).shape, numberOf(node, "axis")];
  const fits = data.length === indices.length && indices.every((extent, d) => d === axis || extent <= (data[d] ?? 0));
  if (!fits) shapeMismatch(node, `the indices do not fit the data beside axis ${axis}`);
}

function meaning(node: OperatorNode): Meaning {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const extent = shape[axis] ?? 1;
  const y = stage("y", { type, shape: inputOf(node, 1).shape }, (point) =>
    lookup(type, [{ extent, position: stageAt("position", ...point) }], ([k]) => at(0, ...point.map((o, d) => (d === axis ? k ?? o : o)))));
  return { stages: [positionStage(node, 1, [extent]), y], outputs: ["y"] };
}

export const gatherElements = defineOperator({
  op: "GatherElements",
  types: anyType,
  inputs: [2, 2],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [{ type: inputOf(node, 0).type, shape: inputOf(node, 1).shape }];
  },
  meaning,
});
