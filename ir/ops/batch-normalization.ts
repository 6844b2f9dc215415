/**
 * BatchNormalization, inference form, for every channel c (axis 1; a vector has one channel):
 *
 *     D[c]      = √(var[c] + ε)
 *     Y[n, c, …] = ((X[n, c, …] − mean[c]) / D[c]) · scale[c] + B[c]
 *
 * Each operation rounds to nearest even, in the order written. The product and the last
 * sum are two operations whatever the contract of the build is.
 */
import { zero } from "../loop/index-expr.js";
import { type Meaning, at, constant, op, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { floats } from "./shared/element-types.js";

function validateChannels(node: OperatorNode): void {
  const channels = inputOf(node, 0).shape[1] ?? 1;
  for (const slot of [1, 2, 3, 4]) {
    if (inputOf(node, slot).shape.join() !== `${channels}`) shapeMismatch(node, `scale, B, mean and var must have ${channels} elements`);
  }
}

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const { type } = input;
  const deviation = stage("deviation", inputOf(node, 4), ([c = zero]) =>
    op(`sqrt.${type}`, op(`add.${type}`, at(4, c), constant(type, numberOf(node, "epsilon")))), "d");
  const y = stage("y", input, (point) => {
    const c = point[1] ?? zero;
    const normal = op(`div.${type}`, op(`sub.${type}`, at(0, ...point), at(3, c)), stageAt("deviation", c));
    return op(`add.${type}`, op(`mul.${type}`, normal, at(1, c)), at(2, c));
  });
  return { stages: [deviation, y], outputs: ["y"] };
}

export const batchNormalization = defineOperator({
  op: "BatchNormalization",
  types: floats,
  inputs: [5, 5],
  shape: (node) => {
    validateChannels(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
