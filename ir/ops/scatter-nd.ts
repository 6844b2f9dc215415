/**
 * ScatterND with index tuples of q elements: Y is X, and for every tuple in row-major order
 * the part Y[indices[i…, 0], …, indices[i…, q − 1]] becomes updates[i…], or the sum,
 * product, maximum or minimum (`reduction`) of it and what was there. As a function of
 * the output:
 *
 *     Y[o…, r…] = fold over i… from X[o…, r…] of the updates[i…, r…] with indices[i…] = o…
 *
 * Floats round at each step, integers are modulo 2ⁿ. See shared/scattering.
 */
import { literal, variable, zero } from "../loop/index-expr.js";
import { type Meaning, at, fold, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, shapeMismatch } from "./shared/define.js";
import { computed } from "./shared/element-types.js";
import { indicesOf, positionStage } from "./shared/positions.js";
import { taken, validateUpdates } from "./shared/scattering.js";
import { equal, every, position, truth } from "./shared/terms.js";

function validate(node: OperatorNode): void {
  validateUpdates(node, 2);
  const [{ shape }, { shape: indices }] = [inputOf(node, 0), indicesOf(node, 1)];
  const length = indices.at(-1) ?? 0;
  if (length < 1 || length > shape.length) shapeMismatch(node, `tuples of ${length} indices do not fit the data`);
  const due = [...indices.slice(0, -1), ...shape.slice(length)];
  if (inputOf(node, 2).shape.join() !== due.join()) shapeMismatch(node, `the updates must have the shape ${due.join("×")}`);
}

function meaning(node: OperatorNode): Meaning {
  const data = inputOf(node, 0);
  const indices = inputOf(node, 1).shape;
  const length = indices.at(-1) ?? 1;
  const over = indices.slice(0, -1).map((extent, k) => ({ name: `k${k}`, extent }));
  const tuple = over.map(({ name }) => variable(name));
  const y = stage("y", data, (point) => {
    const hits = Array.from({ length }, (_, k) => equal("i64", stageAt("position", ...tuple, literal(k)), position(point[k] ?? zero)));
    return fold(over, [], at(0, ...point), taken(node, every(hits[0] ?? truth, ...hits.slice(1)), at(2, ...tuple, ...point.slice(length))));
  });
  return { stages: [positionStage(node, 1, data.shape.slice(0, length)), y], outputs: ["y"] };
}

export const scatterND = defineOperator({
  op: "ScatterND",
  types: computed,
  inputs: [3, 3],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
