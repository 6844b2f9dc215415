/**
 * ArgMax and ArgMin: the position of the greatest or least element along `axis`, the
 * first of several or, with select_last_index, the last.
 *
 *     M[o] = the extremum over r of X[o, r]       (fold, as in ReduceMax and ReduceMin)
 *     Y[o] = the r with X[o, r] = M[o]            (fold from 0: the last such r that the fold meets)
 *
 * −0 equals +0. Where an element is NaN the result is 0.
 */
import { type IndexExpr, literal, minus, variable } from "../../loop/index-expr.js";
import type { ElementType } from "../../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../../tensor/meaning.js";
import type { TensorType } from "../../tensor/tensor.js";
import type { OperatorDefinition, OperatorNode } from "../operator.js";
import { defineOperator, inputOf, numberOf } from "./define.js";
import { numbers } from "./element-types.js";
import { mergeAxes } from "./reduce.js";

/** Where the axis is, its extent, and the shape without it or with extent 1. */
function keptShape(node: OperatorNode): readonly number[] {
  const axis = numberOf(node, "axis");
  return inputOf(node, 0).shape.flatMap((extent, d) => (d !== axis ? [extent] : numberOf(node, "keepdims") === 0 ? [] : [1]));
}

export function extremumIndex(name: string, start: (type: ElementType) => TensorExpr, better: "max" | "min"): OperatorDefinition {
  return defineOperator({
    op: name,
    types: numbers,
    inputs: [1, 1],
    shape: (node) => [{ type: "i64", shape: keptShape(node) }],
    meaning: (node) => meaningOf(node, start, better),
  });
}

function meaningOf(node: OperatorNode, start: (type: ElementType) => TensorExpr, better: "max" | "min"): Meaning {
  const { type, shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const extent = shape[axis] ?? 1;
  const kept = (point: readonly IndexExpr[]): readonly IndexExpr[] => (numberOf(node, "keepdims") === 0 ? point : point.filter((_, d) => d !== axis));
  const element = (point: readonly IndexExpr[], r: IndexExpr): TensorExpr => {
    const index = [...mergeAxes(shape.length, [axis], kept(point), "r")];
    index[axis] = r;
    return at(0, ...index);
  };
  const best: TensorType = { type, shape: keptShape(node) };
  const m = variable("m");
  // Met from the end where the first is wanted, so that the one that stays is the first.
  const place = numberOf(node, "select_last_index") === 0 ? minus(literal(extent - 1), variable("r")) : variable("r");
  return {
    stages: [
      stage("best", best, (point) => fold([{ name: "m", extent }], [], start(type), op(`${better}.${type}`, acc, element(point, m))), "b"),
      stage("y", { ...best, type: "i64" }, (point) => fold([{ name: "r", extent }], [], constant("i64", 0n),
        op("select.i64", op(`eq.${type}`, element(point, place), stageAt("best", ...point)), { kind: "index", index: place }, acc))),
    ],
    outputs: ["y"],
  };
}
