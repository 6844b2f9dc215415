/**
 * LpNormalization along `axis`, p = 1 or 2:
 *
 *     norm[o]  = +0 + Σ_r |X[o, r]|, or √(+0 + Σ_r X[o, r]²)        (fold from +0)
 *     Y[o, r]  = X[o, r] / norm[o], 0 where the norm is 0
 */
import { variable } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { choose, equal } from "./shared/terms.js";

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const { type, shape } = input;
  const [axis, p] = [numberOf(node, "axis"), numberOf(node, "p")];
  const outer = { type, shape: shape.toSpliced(axis, 1) };
  const size = (x: TensorExpr): TensorExpr => (p === 1 ? op(`abs.${type}`, x) : op(`mul.${type}`, x, x));
  const sum = stage("sum", outer, (point) => {
    const x = at(0, ...point.toSpliced(axis, 0, variable("r")));
    return fold([{ name: "r", extent: shape[axis] ?? 1 }], [], constant(type, 0), op(`add.${type}`, acc, size(x)));
  }, "s");
  const norm = stage("norm", outer, (point) => (p === 1 ? stageAt("sum", ...point) : op(`sqrt.${type}`, stageAt("sum", ...point))), "n");
  const y = stage("y", input, (point) => {
    const own = stageAt("norm", ...point.toSpliced(axis, 1));
    return choose(type, equal(type, own, constant(type, 0)), constant(type, 0), op(`div.${type}`, at(0, ...point), own));
  });
  return { stages: [sum, norm, y], outputs: ["y"] };
}

export const lpNormalization = defineOperator({
  op: "LpNormalization", types: floats, inputs: [1, 1], shape: (node) => [inputOf(node, 0)], meaning,
});
