/**
 * MaxRoiPool of X[n, c, h, w]: for each region (n, x₁, y₁, x₂, y₂) of `rois`, corners included,
 * a grid of P × Q bins, of each the largest element of X. Along an axis of extent S with P
 * bins, round taking halves away from zero,
 *
 *     start = round(x₁·scale);   bin = max(round(x₂·scale) − start + 1, 1) / P
 *     first[p] = clamp(⌊p·bin⌋ + start, 0, S);   end[p] = clamp(⌈(p + 1)·bin⌉ + start, 0, S)
 *     Y[r, c, p, q] = max of X[n, c, first[p] … end[p] − 1, first[q] … end[q] − 1]     (folds from −infinity: columns, then rows)
 *
 * and +0 where that is empty, or n is no batch of X. ONNX leaves corners and roundings open; this
 * is what the operator is in ONNX Runtime and in Caffe (ROIPooling), where it comes from.
 */
import { type IndexExpr, literal, shift, variable, zero } from "../loop/index-expr.js";
import type { ElementType } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, numberOf, shapeMismatch } from "./shared/define.js";
import { elementOf, floats } from "./shared/element-types.js";
import type { PooledSide } from "./shared/pooled-side.js";
import { choose, equal, every, less, position } from "./shared/terms.js";

interface Geometry {
  readonly type: ElementType;
  readonly regions: number;
  readonly batches: number;
  readonly rows: PooledSide;
  readonly columns: PooledSide;
  readonly output: TensorType;
}

function geometryOf(node: OperatorNode): Geometry {
  const { type, shape } = inputOf(node, 0);
  const [regions = 0, five] = inputOf(node, 1).shape;
  const [batches = 1, channels = 1, height = 1, width = 1] = shape;
  if (shape.length !== 4 || five !== 5 || inputOf(node, 1).shape.length !== 2) shapeMismatch(node, "X must have four axes, rois must be R×5");
  const [high = 1, wide = 1] = listOf(node, "pooled_shape");
  return {
    type, regions, batches, output: { type, shape: [regions, channels, high, wide] },
    rows: { name: "row", extent: height, bins: high, ends: [2, 4] }, columns: { name: "column", extent: width, bins: wide, ends: [1, 3] },
  };
}

/** x to the nearest integral value, halves away from zero: x − trunc(x) is exact. */
function rounded(t: ElementType, x: TensorExpr): TensorExpr {
  const whole = op(`trunc.${t}`, x);
  const rest = op(`sub.${t}`, x, whole);
  const up = op(`le.${t}`, constant(t, 0.5), rest);
  const down = op(`le.${t}`, rest, constant(t, -0.5));
  return choose(t, up, op(`add.${t}`, whole, constant(t, 1)), choose(t, down, op(`sub.${t}`, whole, constant(t, 1)), whole));
}

/** Stages `NAME_start`, `NAME_bin` [regions] and `NAME_first`, `NAME_end` [regions, bins], in i64. */
function sideStages(node: OperatorNode, { type: t, regions }: Geometry, { name, extent, bins, ends }: PooledSide): readonly Stage[] {
  const corner = (r: IndexExpr, column: number): TensorExpr => rounded(t, op(`mul.${t}`, at(1, r, literal(column)), constant(t, numberOf(node, "spatial_scale"))));
  const start = stage(`${name}_start`, { type: t, shape: [regions] }, ([r = zero]) => corner(r, ends[0]), `${name}_s`);
  const bin = stage(`${name}_bin`, { type: t, shape: [regions] }, ([r = zero]) => {
    const size = op(`add.${t}`, op(`sub.${t}`, corner(r, ends[1]), stageAt(`${name}_start`, r)), constant(t, 1));
    return op(`div.${t}`, op(`max.${t}`, size, constant(t, 1)), constant(t, bins));
  }, `${name}_b`);
  const edge = (called: string, towards: "floor" | "ceil", by: number): Stage => stage(`${name}_${called}`, { type: "i64", shape: [regions, bins] }, ([r = zero, p = zero]) => {
    const offset = op(`${towards}.${t}`, op(`mul.${t}`, op(`cast.i64.${t}`, position(shift(p, by))), stageAt(`${name}_bin`, r)));
    const inside = op(`min.${t}`, op(`max.${t}`, op(`add.${t}`, offset, stageAt(`${name}_start`, r)), constant(t, 0)), constant(t, extent));
    return op(`cast.${t}.i64`, inside);
  }, `${name}_${called}`);
  return [start, bin, edge("first", "floor", 0), edge("end", "ceil", 1)];
}

/** Whether `place` is in bin `p` of region `r`. */
function inside(name: string, [r, p]: readonly [r: IndexExpr, p: IndexExpr], place: IndexExpr): TensorExpr {
  return every(op("le.i64", stageAt(`${name}_first`, r, p), position(place)), less("i64", position(place), stageAt(`${name}_end`, r, p)));
}

function meaning(node: OperatorNode): Meaning {
  const geometry = geometryOf(node);
  const { type: t, regions, batches, rows, columns, output } = geometry;
  const [, channels = 1, high = 1, wide = 1] = output.shape;
  const batch = (r: IndexExpr): TensorExpr => op(`cast.${t}.i64`, at(1, r, literal(0)));
  const [n, w, h] = [variable("n"), variable("w"), variable("h")];
  const lines = stage("lines", { type: t, shape: [regions, channels, rows.extent, wide] }, ([r = zero, c = zero, i = zero, q = zero]) => {
    const taken = every(equal("i64", position(n), batch(r)), inside("column", [r, q], w));
    return fold([{ name: "n", extent: batches }, { name: "w", extent: columns.extent }], [], constant(t, -Infinity), choose(t, taken, op(`max.${t}`, acc, at(0, n, c, i, w)), acc));
  }, "l");
  const pooled = stage("pooled", { type: t, shape: [regions, channels, high, wide] }, ([r = zero, c = zero, p = zero, q = zero]) =>
    fold([{ name: "h", extent: rows.extent }], [], constant(t, -Infinity), choose(t, inside("row", [r, p], h), op(`max.${t}`, acc, stageAt("lines", r, c, h, q)), acc)), "p");
  const some = (name: string, r: IndexExpr, p: IndexExpr): TensorExpr => less("i64", stageAt(`${name}_first`, r, p), stageAt(`${name}_end`, r, p));
  const y = stage("y", output, ([r = zero, c = zero, p = zero, q = zero]) => {
    const known = every(op("le.i64", elementOf("i64", 0), batch(r)), less("i64", batch(r), elementOf("i64", batches)));
    return choose(t, every(known, some("row", r, p), some("column", r, q)), stageAt("pooled", r, c, p, q), constant(t, 0));
  }, "y");
  return { stages: [...sideStages(node, geometry, rows), ...sideStages(node, geometry, columns), lines, pooled, y], outputs: ["y"] };
}

export const maxRoiPool = defineOperator({
  op: "MaxRoiPool", types: floats, inputs: [2, 2], shape: (node) => [geometryOf(node).output], meaning,
});
