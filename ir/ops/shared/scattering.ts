/**
 * What is done with the updates of a scatter: each output element starts from the data
 * and takes every update that is for it, in row-major order of the updates. ONNX leaves
 * the order of several updates of one element open, and what becomes of an index that
 * does not exist: here such an update is for no element.
 */
import { invalid } from "../../prelude.js";
import type { ElementType } from "../../scalar/types.js";
import { type TensorExpr, acc, op } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { inputOf, textOf } from "./define.js";
import { arithmetic } from "./element-types.js";
import { choose } from "./terms.js";

/** The fold step: the accumulator with `update` where `hit` holds. */
export function taken(node: OperatorNode, hit: TensorExpr, update: TensorExpr): TensorExpr {
  const { type } = inputOf(node, 0);
  return choose(type, hit, joined(textOf(node, "reduction"), type, update), acc);
}

function joined(reduction: string, type: ElementType, update: TensorExpr): TensorExpr {
  if (reduction === "none") return update;
  if (type === "bool") return op(reduction === "mul" || reduction === "min" ? "and.bool" : "or.bool", acc, update);
  return op(reduction === "add" || reduction === "mul" ? arithmetic(reduction, type) : `${reduction}.${type}`, acc, update);
}

/** The updates have the type of the data. */
export function validateUpdates(node: OperatorNode, slot: number): void {
  const [{ type }, updates] = [inputOf(node, 0), inputOf(node, slot)];
  if (updates.type !== type) invalid("type-mismatch", `${node.op} mixes ${type} and ${updates.type}`, node.name, "give the updates the type of the data");
}
