/**
 * TensorScatter, the update of a cache of key or value: Y is the cache, and along `axis`
 * the positions w[b] + i, w[b] being write_indices[b] (0 without them), become
 * update[b, …, i, …]; in the mode `circular` modulo the extent of the axis. As a function
 * of the output:
 *
 *     Y[b, …, o, …] = fold over i from cache[b, …, o, …] of the update[b, …, i, …] with w[b] + i = o
 *
 * A position that does not exist, which ONNX calls an error, is left out. No arithmetic
 * on elements.
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, pointwise } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch, textOf } from "./shared/define.js";
import { anyType, elementOf } from "./shared/element-types.js";
import { choose, converted, equal, position } from "./shared/terms.js";

function validate(node: OperatorNode): void {
  const [cache, update, axis] = [inputOf(node, 0).shape, inputOf(node, 1).shape, numberOf(node, "axis")];
  if (axis < 1 || cache.length !== update.length || update.some((extent, d) => (d === axis ? extent > (cache[d] ?? 0) : extent !== cache[d]))) {
    shapeMismatch(node, `the update does not fit the cache beside axis ${axis}`);
  }
  if ((optionalInput(node, 2)?.shape ?? [cache[0]]).join() !== `${cache[0]}`) shapeMismatch(node, `there must be ${cache[0]} write_indices`);
}

/** Where update i of batch b goes. */
function goal(node: OperatorNode, batch: IndexExpr, i: IndexExpr): TensorExpr {
  const extent = inputOf(node, 0).shape[numberOf(node, "axis")] ?? 1;
  const given = optionalInput(node, 2);
  const first = given === undefined ? constant("i64", 0n) : converted(given.type, "i64", at(2, batch));
  const reached = op("addw.i64", first, position(i));
  return textOf(node, "mode") === "circular" ? op("remw.i64", reached, elementOf("i64", extent)) : reached;
}

function meaning(node: OperatorNode): Meaning {
  const cache = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const k = variable("k");
  return pointwise(cache, (point) => {
    const hit = equal("i64", goal(node, point[0] ?? zero, k), position(point[axis] ?? zero));
    const update = at(1, ...point.with(axis, k));
    return fold([{ name: "k", extent: inputOf(node, 1).shape[axis] ?? 1 }], [], at(0, ...point), choose(cache.type, hit, update, acc));
  });
}

export const tensorScatter = defineOperator({
  op: "TensorScatter",
  types: anyType,
  inputs: [2, 3],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
