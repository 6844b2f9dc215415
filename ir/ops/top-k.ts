/**
 * TopK: the k greatest (or least) elements along `axis` in order, and where they were.
 *
 *     rank[…, i, …]    = the number of j whose element stands before that of i     (fold from 0)
 *     Values[…, r, …]  = the X[…, i, …] with rank r
 *     Indices[…, r, …] = that i
 *
 * Of equal elements, −0 and +0 among them, the one with the smaller index stands first.
 * NaN is greater than everything else. The order is always given, also with sorted = 0,
 * which leaves it open. No arithmetic on elements; the time does not depend on them.
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import { type ElementType, isFloat } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { elementOf, numbers } from "./shared/element-types.js";
import { choose, equal, every, less, not, position } from "./shared/terms.js";

function outputTypes(node: OperatorNode): readonly TensorType[] {
  const { type, shape } = inputOf(node, 0);
  const [axis, k] = [numberOf(node, "axis"), numberOf(node, "k")];
  if (k > (shape[axis] ?? 0)) shapeMismatch(node, `there are no ${k} elements along axis ${axis}`);
  const all: readonly TensorType[] = [{ type, shape: shape.with(axis, k) }, { type: "i64", shape: shape.with(axis, k) }];
  return all.slice(0, node.outputCount);
}

/** a > b where NaN is the greatest. */
function greater(type: ElementType, a: TensorExpr, b: TensorExpr): TensorExpr {
  return isFloat(type) ? every(not(op(`le.${type}`, a, b)), equal(type, b, b)) : less(type, b, a);
}

/** Whether element j stands before element i. */
function before(node: OperatorNode, element: (at: IndexExpr) => TensorExpr, j: IndexExpr, i: IndexExpr): TensorExpr {
  const { type } = inputOf(node, 0);
  const [a, b] = numberOf(node, "largest") === 0 ? [element(i), element(j)] : [element(j), element(i)];
  const first = less("i64", position(j), position(i));
  return op("or.bool", greater(type, a, b), every(not(greater(type, b, a)), first));
}

function rankStage(node: OperatorNode): Stage {
  const { shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  return stage("rank", { type: "i64", shape }, (point) => {
    const more = op("addw.i64", acc, elementOf("i64", 1));
    const counts = before(node, (k) => at(0, ...point.with(axis, k)), variable("j"), point[axis] ?? zero);
    return fold([{ name: "j", extent: shape[axis] ?? 1 }], [], elementOf("i64", 0), choose("i64", counts, more, acc));
  }, "r");
}

function meaning(node: OperatorNode): Meaning {
  const axis = numberOf(node, "axis");
  const extent = inputOf(node, 0).shape[axis] ?? 1;
  const ranked = (name: string, output: TensorType, value: (point: readonly IndexExpr[], k: IndexExpr) => TensorExpr): Stage =>
    stage(name, output, (point) => {
      const k = variable(`${name}_k`);
      const found = equal("i64", stageAt("rank", ...point.with(axis, k)), position(point[axis] ?? zero));
      return fold([{ name: `${name}_k`, extent }], [], elementOf(output.type, 0), choose(output.type, found, value(point, k), acc));
    }, name);
  const [values, indices] = outputTypes(node);
  const stages = [
    rankStage(node),
    ...(values === undefined ? [] : [ranked("v", values, (point, k) => at(0, ...point.with(axis, k)))]),
    ...(indices === undefined ? [] : [ranked("i", indices, (_, k) => position(k))]),
  ];
  return { stages, outputs: ["v", "i"].slice(0, node.outputCount) };
}

export const topK = defineOperator({
  op: "TopK", types: numbers, inputs: [1, 1], outputs: 2, shape: outputTypes, meaning,
});
