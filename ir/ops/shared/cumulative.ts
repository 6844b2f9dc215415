/**
 * CumSum and CumProd along `axis`: the operation joins all elements so far, in order; with
 * `exclusive` those before, beginning with its neutral element; with `reverse` from the end.
 *
 *     S[0] = X[0];  S[t] = S[t − 1] ∘ X[t]
 *
 * Each step rounds to nearest even; integers are modulo 2ⁿ.
 */
import { type IndexExpr, atLeast, literal, minus, shift, zero } from "../../loop/index-expr.js";
import { type Meaning, at, op, recurrence, select, stage, stageAt } from "../../tensor/meaning.js";
import type { OperatorDefinition, OperatorNode } from "../operator.js";
import { defineOperator, inputOf, numberOf } from "./define.js";
import { arithmetic, elementOf } from "./element-types.js";

interface Operation {
  readonly name: "add" | "mul";
  readonly neutral: number;
}

function meaning(node: OperatorNode, { name, neutral }: Operation): Meaning {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const [extent = 1, rest] = [shape[axis], shape.filter((_, d) => d !== axis)];
  const position = (t: IndexExpr): IndexExpr => (numberOf(node, "reverse") === 0 ? t : minus(literal(extent - 1), t));
  const results = stage("results", { type, shape: [extent, ...rest] }, ([t = zero, ...others]) => {
    const x = at(0, ...others.slice(0, axis), position(t), ...others.slice(axis));
    return extent === 1 ? x : select([atLeast(t, literal(1))], op(arithmetic(name, type), stageAt("results", shift(t, -1), ...others), x), x);
  }, "s");
  const y = stage("y", { type, shape }, (point) => {
    const others = point.filter((_, d) => d !== axis);
    const t = position(point[axis] ?? zero);
    const first = elementOf(type, neutral);
    if (numberOf(node, "exclusive") === 0) return stageAt("results", t, ...others);
    return extent === 1 ? first : select([atLeast(t, literal(1))], stageAt("results", shift(t, -1), ...others), first);
  });
  return { stages: [...recurrence("steps", results), y], outputs: ["y"] };
}

export function cumulative(op: string, operation: Operation): OperatorDefinition {
  return defineOperator({
    op,
    types: ["f32", "f64", "i32", "u32", "i64", "u64"],
    inputs: [1, 1],
    shape: (node) => [inputOf(node, 0)],
    meaning: (node) => meaning(node, operation),
  });
}
