/**
 * Hardmax over `axes` (one axis since opset 13; before, all axes from `axis` on): 1 at the
 * first of the greatest elements, 0 elsewhere.
 *
 *     M[o]    = max over r… of X[o, r…]                              (fold from −infinity)
 *     P[o]    = the first r…, in row-major order, with X[o, r…] = M[o]    (fold from −1)
 *     Y[o, r] = 1 where r… = P[o], else 0
 *
 * Where an element is NaN there is no such r, and every Y is 0.
 */
import { type IndexExpr, plus, times, variable, zero } from "../loop/index-expr.js";
import { type Meaning, acc, at, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { stridesOf } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf } from "./shared/define.js";
import { elementOf, floats, lowest } from "./shared/element-types.js";
import { keptOf } from "./shared/exponentials.js";
import { foldAxes, mergeAxes } from "./shared/reduce.js";
import { choose, equal, every, less, position } from "./shared/terms.js";

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const { type, shape } = input;
  const [axes, kept] = [listOf(node, "axes"), keptOf(node)];
  const outer = kept(shape);
  const strides = stridesOf(axes.map((axis) => shape[axis] ?? 1));
  const place = (index: readonly IndexExpr[]): IndexExpr => index.reduce((sum, i, k) => plus(sum, times(i, strides[k] ?? 1)), zero);
  const folded = axes.map((_, k) => variable(`q${k}`));
  const stages = [
    stage("largest", { type, shape: outer }, (point) =>
      fold(foldAxes(shape, axes), [], lowest(type), op(`max.${type}`, acc, at(0, ...mergeAxes(shape.length, axes, point)))), "m"),
    stage("first", { type: "i64", shape: outer }, (point) => {
      const found = every(less("i64", acc, elementOf("i64", 0)), equal(type, at(0, ...mergeAxes(shape.length, axes, point, "q")), stageAt("largest", ...point)));
      return fold(foldAxes(shape, axes, "q"), [], elementOf("i64", -1), choose("i64", found, position(place(folded)), acc));
    }, "f"),
    stage("y", input, (point) => {
      const here = position(place(axes.map((axis) => point[axis] ?? zero)));
      return choose(type, equal("i64", here, stageAt("first", ...kept(point))), elementOf(type, 1), elementOf(type, 0));
    }),
  ];
  return { stages, outputs: ["y"] };
}

export const hardmax = defineOperator({
  op: "Hardmax", types: floats, inputs: [1, 1], shape: (node) => [inputOf(node, 0)], meaning,
});
