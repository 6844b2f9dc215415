/**
 * Reductions: Y[o] = fold of X over the reduced axes, lexicographic in the order of
 * the axes. With keepdims the reduced axes stay with extent 1.
 */
import { type IndexExpr, variable, zero } from "../../loop/index-expr.js";
import type { ElementType } from "../../scalar/types.js";
import { type Axis, type Meaning, type TensorExpr, acc, at, fold, pointwise, stage, stageAt } from "../../tensor/meaning.js";
import type { TensorType } from "../../tensor/tensor.js";
import type { OperatorDefinition, OperatorNode } from "../operator.js";
import { type OperatorRecord, defineOperator, inputOf, listOf, numberOf } from "./define.js";

export interface ReductionRecord extends Omit<OperatorRecord, "inputs" | "shape" | "meaning"> {
  readonly start: (type: ElementType) => TensorExpr;
  readonly step: (sum: TensorExpr, x: TensorExpr, type: ElementType) => TensorExpr;
  /** What becomes of the folded value; `count` is the number of elements folded. */
  readonly finish?: (folded: TensorExpr, type: ElementType, count: number) => TensorExpr;
}

/** What is folded away, and whether its axes stay with extent 1. */
interface Folded {
  readonly axes: readonly number[];
  readonly keep: boolean;
}

/** The definition of a reduction with the attributes `axes` (ascending, from 0) and `keepdims`. */
export function reduction(record: ReductionRecord): OperatorDefinition {
  return folding(record, (node) => ({ axes: listOf(node, "axes"), keep: numberOf(node, "keepdims") !== 0 }));
}

/** The definition of a pool over all spatial axes of an input of shape (batch, channel, spatial…). */
export function globalPool(record: ReductionRecord): OperatorDefinition {
  return folding(record, (node) => ({ axes: inputOf(node, 0).shape.map((_, axis) => axis).slice(2), keep: true }));
}

function folding(record: ReductionRecord, foldedOf: (node: OperatorNode) => Folded): OperatorDefinition {
  return defineOperator({
    ...record,
    inputs: [1, 1],
    shape: (node) => [reducedType(node, foldedOf(node))],
    meaning: (node) => reductionMeaning(node, foldedOf(node), record),
  });
}

function reducedType(node: OperatorNode, { axes, keep }: Folded): TensorType {
  const { type, shape } = inputOf(node, 0);
  return { type, shape: shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent])) };
}

function reductionMeaning(node: OperatorNode, { axes, keep }: Folded, record: ReductionRecord): Meaning {
  const output = reducedType(node, { axes, keep });
  const { type, shape } = inputOf(node, 0);
  const { finish } = record;
  const foldAt = (point: readonly IndexExpr[]): TensorExpr => {
    const kept = keep ? point.filter((_, axis) => !axes.includes(axis)) : point;
    return fold(foldAxes(shape, axes), [], record.start(type), record.step(acc, at(0, ...mergeAxes(shape.length, axes, kept)), type));
  };
  if (finish === undefined) return pointwise(output, foldAt);
  const count = axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
  const folded = stage("folded", output, foldAt, "f");
  const finished = stage("y", output, (point) => finish(stageAt("folded", ...point), type, count));
  return { stages: [folded, finished], outputs: ["y"] };
}

/** Fold variables r0, r1, … over the axes `axes` of `shape`; `prefix` keeps several folds apart. */
export function foldAxes(shape: readonly number[], axes: readonly number[], prefix = "r"): readonly Axis[] {
  return axes.map((axis, k) => ({ name: `${prefix}${k}`, extent: shape[axis] ?? 1 }));
}

/** The full index: fold variables at `axes`, the coordinates `kept` elsewhere, in order. */
export function mergeAxes(rank: number, axes: readonly number[], kept: readonly IndexExpr[], prefix = "r"): readonly IndexExpr[] {
  const rest = [...kept];
  return Array.from({ length: rank }, (_, axis) => {
    const k = axes.indexOf(axis);
    return k >= 0 ? variable(`${prefix}${k}`) : rest.shift() ?? zero;
  });
}
