/**
 * CumSum along `axis`: Y[…, t, …] = (X[…, 0, …] + …) + X[…, t, …], summed in order; with
 * `exclusive` without X[…, t, …], beginning with 0; with `reverse` from the end.
 *
 *     S[0] = X[0];  S[t] = S[t − 1] + X[t]
 *
 * Each sum rounds to nearest even; integers are modulo 2ⁿ.
 */
import { type IndexExpr, atLeast, literal, minus, shift, zero } from "../loop/index-expr.js";
import { isFloat } from "../scalar/types.js";
import { type Meaning, type TensorExpr, at, op, recurrence, select, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf } from "./shared/define.js";
import { elementOf } from "./shared/element-types.js";

function meaning(node: OperatorNode): Meaning {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const [extent = 1, rest] = [shape[axis], shape.filter((_, d) => d !== axis)];
  const position = (t: IndexExpr): IndexExpr => (numberOf(node, "reverse") === 0 ? t : minus(literal(extent - 1), t));
  const add = (a: TensorExpr, b: TensorExpr): TensorExpr => op(isFloat(type) ? `add.${type}` : `addw.${type}`, a, b);
  const sums = stage("sums", { type, shape: [extent, ...rest] }, ([t = zero, ...others]) => {
    const x = at(0, ...others.slice(0, axis), position(t), ...others.slice(axis));
    return extent === 1 ? x : select([atLeast(t, literal(1))], add(stageAt("sums", shift(t, -1), ...others), x), x);
  }, "s");
  const y = stage("y", { type, shape }, (point) => {
    const others = point.filter((_, d) => d !== axis);
    const t = position(point[axis] ?? zero);
    if (numberOf(node, "exclusive") === 0) return stageAt("sums", t, ...others);
    return extent === 1 ? elementOf(type, 0) : select([atLeast(t, literal(1))], stageAt("sums", shift(t, -1), ...others), elementOf(type, 0));
  });
  return { stages: [...recurrence("steps", sums), y], outputs: ["y"] };
}

export const cumSum = defineOperator({
  op: "CumSum",
  types: ["f32", "f64", "i32", "u32", "i64", "u64"],
  inputs: [1, 1],
  shape: (node) => [inputOf(node, 0)],
  meaning,
});
