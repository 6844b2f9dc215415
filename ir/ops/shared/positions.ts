/** Positions that a tensor of the model holds: i64, counted from the front of the axis that each is along. */
import { type IndexExpr, zero } from "../../loop/index-expr.js";
import { invalid } from "../../prelude.js";
import { type Stage, at, stage } from "../../tensor/meaning.js";
import type { TensorType } from "../../tensor/tensor.js";
import type { OperatorNode } from "../operator.js";
import { inputOf } from "./define.js";
import { byRun } from "./regions.js";
import { fromFront } from "./terms.js";

/**
 * The stage `position`: the tensor of input `slot`. One extent is that of the axis that
 * all positions are along; several are those of the axes that the last coordinate names.
 */
export function positionStage(node: OperatorNode, slot: number, extents: readonly number[]): Stage {
  const { type, shape } = indicesOf(node, slot);
  return stage("position", { type: "i64", shape }, (point) => {
    const runs = extents.map((extent, k) => ({ end: k + 1, value: fromFront(type, at(slot, ...point), extent) }));
    return byRun(extents.length === 1 ? zero : lastOf(point), runs);
  }, "p");
}

function lastOf(point: readonly IndexExpr[]): IndexExpr {
  return point.at(-1) ?? zero;
}

export function indicesOf(node: OperatorNode, slot: number): TensorType {
  const indices = inputOf(node, slot);
  if (indices.type !== "i64" && indices.type !== "i32") {
    invalid("type-mismatch", `${node.op} takes indices of ${indices.type}`, node.name, "give indices as int64 or int32");
  }
  return indices;
}
