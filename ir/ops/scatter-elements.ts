/**
 * ScatterElements along `axis`: Y is X, and for every element of the updates in row-major
 * order Y[…, indices[…, i, …], …] becomes updates[…, i, …], or the sum, product, maximum
 * or minimum (`reduction`) of it and what was there. As a function of the output:
 *
 *     Y[…, o, …] = fold over i from X[…, o, …] of the updates[…, i, …] with indices[…, i, …] = o
 *
 * Floats round at each step, integers are modulo 2ⁿ. See shared/scattering.
 */
import { below, variable, zero } from "../loop/index-expr.js";
import { type Meaning, at, fold, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { computed } from "./shared/element-types.js";
import { positionStage } from "./shared/positions.js";
import { taken, validateUpdates } from "./shared/scattering.js";
import { equal, position } from "./shared/terms.js";

function validate(node: OperatorNode): void {
  validateUpdates(node, 2);
  const [data, indices, updates] = [0, 1, 2].map((slot) => inputOf(node, slot).shape);
  const fits = data?.length === indices?.length && indices?.every((extent, d) => d === numberOf(node, "axis") || extent <= (data?.[d] ?? 0));
  if (fits !== true || indices?.join() !== updates?.join()) shapeMismatch(node, "indices and updates must have one shape that fits the data");
}

function meaning(node: OperatorNode): Meaning {
  const data = inputOf(node, 0);
  const [axis, extents] = [numberOf(node, "axis"), inputOf(node, 1).shape];
  const y = stage("y", data, (point) => {
    const from = point.map((o, d) => (d === axis ? variable("k") : o));
    const hit = equal("i64", stageAt("position", ...from), position(point[axis] ?? zero));
    const where = extents.flatMap((extent, d) => (d !== axis && extent < (data.shape[d] ?? 0) ? [below(point[d] ?? zero, extent)] : []));
    return fold([{ name: "k", extent: extents[axis] ?? 1 }], where, at(0, ...point), taken(node, hit, at(2, ...from)));
  });
  return { stages: [positionStage(node, 1, [data.shape[axis] ?? 1]), y], outputs: ["y"] };
}

export const scatterElements = defineOperator({
  op: "ScatterElements",
  types: computed,
  inputs: [3, 3],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
