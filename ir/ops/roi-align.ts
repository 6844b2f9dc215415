/**
 * RoiAlign of X[n, c, h, w]: for each region (x₁, y₁, x₂, y₂) of `rois` a grid of P × Q bins,
 * of each the average or the largest of G × G samples between the elements (G = sampling_ratio).
 * Along an axis of extent S with P bins, o being ½ for half_pixel and 0 otherwise, sample i of bin p is at
 *
 *     start = x₁·scale − o;   size = (x₂·scale − o) − start, at least 1 where o = 0;   bin = size / P
 *     v = (start + p·bin) + ((i + ½)·bin) / G
 *
 * The taps are l = ⌊v′⌋ and min(l + 1, S − 1), v′ being v clamped to 0 … S − 1, their weights 1 − (v′ − l)
 * and v′ − l, and 0 both where v < −1 or v > S. With w the product of the weights of both axes
 *
 *     avg: Y[r, c, p, q] = (+0 + Σ_{i, j, taps} w·X[batch(r), c, taps]) / G²
 *     max: Y[r, c, p, q] = max over i, j, taps of w·X[batch(r), c, taps]      (fold from −infinity)
 *
 * as the reference implementation of ONNX and ONNX Runtime have it, whose max is taken of the
 * weighted taps. A fourth input, of R×2, has the samples of each region along the rows and the
 * columns: then these stand for G, of which only as many are taken, and a region without
 * samples gives 0. Rows and taps are looked up (shared/terms); a batch index that X does not
 * have reads 0. Each operation rounds to nearest even, the sum as the build's contract says.
 */
import { type IndexExpr, literal, variable, zero } from "../loop/index-expr.js";
import type { ElementType } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import { invalid } from "../prelude.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch, textOf } from "./shared/define.js";
import { elementOf, floats } from "./shared/element-types.js";
import type { PooledSide } from "./shared/pooled-side.js";
import { byRun } from "./shared/regions.js";
import { choose, equal, every, less, lookup, position } from "./shared/terms.js";

interface Geometry {
  readonly type: ElementType;
  readonly regions: number;
  readonly samples: number;
  readonly rows: PooledSide;
  readonly columns: PooledSide;
  readonly output: TensorType;
}

function geometryOf(node: OperatorNode): Geometry {
  const { type, shape } = inputOf(node, 0);
  const [regions = 0, four] = inputOf(node, 1).shape;
  const [, channels = 1, height = 1, width = 1] = shape;
  if (shape.length !== 4 || four !== 4 || inputOf(node, 2).shape.join() !== `${regions}`) {
    shapeMismatch(node, "X must have four axes, rois must be R×4, batch_indices R");
  }
  if (optionalInput(node, 3) !== undefined && inputOf(node, 3).shape.join() !== `${regions},2`) shapeMismatch(node, "the samples must be R×2");
  if (inputOf(node, 1).type !== type || inputOf(node, 2).type !== "i64") {
    invalid("type-mismatch", "RoiAlign has rois of another type than X, or batch_indices that are not i64", node.name, "insert a Cast: there is no implicit conversion");
  }
  const [bins, samples] = [[numberOf(node, "output_height"), numberOf(node, "output_width")] as const, numberOf(node, "sampling_ratio")];
  return {
    type, regions, samples, output: { type, shape: [regions, channels, ...bins] },
    rows: { name: "row", extent: height, bins: bins[0], ends: [1, 3] }, columns: { name: "column", extent: width, bins: bins[1], ends: [0, 2] },
  };
}

/** Whether the samples are an input. */
function counted(node: OperatorNode): boolean {
  return optionalInput(node, 3) !== undefined;
}

/** How many samples region `r` has along an axis. */
function samplesOf(name: string, r: IndexExpr): TensorExpr {
  return at(3, r, literal(name === "row" ? 0 : 1));
}

/** Stages `NAME_start`, `NAME_bin` [regions], `NAME_at` [regions, bins, samples] and, for both taps, `NAME_place` and `NAME_weight`. */
function sideStages(node: OperatorNode, { type: t, regions, samples }: Geometry, { name, extent, bins, ends }: PooledSide): readonly Stage[] {
  const number = (value: number): TensorExpr => constant(t, value);
  const arith = (kind: "add" | "sub" | "mul" | "div" | "max" | "min", a: TensorExpr, b: TensorExpr): TensorExpr => op(`${kind}.${t}`, a, b);
  const pixel = textOf(node, "coordinate_transformation_mode") === "half_pixel";
  const scaled = (r: IndexExpr, column: number): TensorExpr => {
    const product = arith("mul", at(1, r, literal(column)), number(numberOf(node, "spatial_scale")));
    return pixel ? arith("sub", product, number(0.5)) : product;
  };
  const start = stage(`${name}_start`, { type: t, shape: [regions] }, ([r = zero]) => scaled(r, ends[0]), `${name}_s`);
  const bin = stage(`${name}_bin`, { type: t, shape: [regions] }, ([r = zero]) => {
    const size = arith("sub", scaled(r, ends[1]), stageAt(`${name}_start`, r));
    return arith("div", pixel ? size : arith("max", size, number(1)), number(bins));
  }, `${name}_b`);
  const grid = [regions, bins, samples];
  const raw = stage(`${name}_at`, { type: t, shape: grid }, ([r = zero, p = zero, i = zero]) => {
    const width = stageAt(`${name}_bin`, r);
    const corner = arith("add", stageAt(`${name}_start`, r), arith("mul", op(`cast.i64.${t}`, position(p)), width));
    const divisor = counted(node) ? op(`cast.i64.${t}`, samplesOf(name, r)) : number(samples);
    return arith("add", corner, arith("div", arith("mul", arith("add", op(`cast.i64.${t}`, position(i)), number(0.5)), width), divisor));
  }, `${name}_v`);
  const clamped = (point: readonly IndexExpr[]): TensorExpr => arith("min", arith("max", stageAt(`${name}_at`, ...point.slice(0, 3)), number(0)), number(extent - 1));
  const both = (point: readonly IndexExpr[], first: TensorExpr, second: TensorExpr): TensorExpr => byRun(point[3] ?? zero, [{ end: 1, value: first }, { end: 2, value: second }]);
  const place = stage(`${name}_place`, { type: "i64", shape: [...grid, 2] }, (point) => {
    const low = op(`floor.${t}`, clamped(point));
    const high = arith("min", arith("add", low, number(1)), number(extent - 1));
    return both(point, op(`cast.${t}.i64`, low), op(`cast.${t}.i64`, high));
  }, `${name}_p`);
  const weight = stage(`${name}_weight`, { type: t, shape: [...grid, 2] }, (point) => {
    const v = stageAt(`${name}_at`, ...point.slice(0, 3));
    const rest = arith("sub", clamped(point), op(`floor.${t}`, clamped(point)));
    const outside = op("or.bool", less(t, v, number(-1)), less(t, number(extent), v));
    return both(point, choose(t, outside, number(0), arith("sub", number(1), rest)), choose(t, outside, number(0), rest));
  }, `${name}_w`);
  return [start, bin, raw, place, weight];
}

/** The rows of X that the samples lie between: [regions, channels, bins, samples, 2, width]. */
function rowsStage(node: OperatorNode, { type, regions, samples, rows, columns }: Geometry): Stage {
  const [batches = 1, channels = 1] = inputOf(node, 0).shape;
  const shape = [regions, channels, rows.bins, samples, 2, columns.extent];
  return stage("rows", { type, shape }, ([r = zero, c = zero, p = zero, i = zero, tap = zero, w = zero]) => lookup(type, [
    { extent: batches, position: at(2, r) },
    { extent: rows.extent, position: stageAt("row_place", r, p, i, tap) },
  ], ([n = zero, h = zero]) => at(0, n, c, h, w)), "t");
}

function meaning(node: OperatorNode): Meaning {
  const geometry = geometryOf(node);
  const { type, samples, rows, columns, output } = geometry;
  const average = textOf(node, "mode") === "avg";
  const over = [["i", samples], ["j", samples], ["h", 2], ["u", 2], ["w", columns.extent]].map(([name, extent]) => ({ name: String(name), extent: Number(extent) }));
  const [i, j, h, u, w] = [variable("i"), variable("j"), variable("h"), variable("u"), variable("w")] as const;
  const pooled = stage("pooled", output, ([r = zero, c = zero, p = zero, q = zero]) => {
    const weight = op(`mul.${type}`, stageAt("row_weight", r, p, i, h), stageAt("column_weight", r, q, j, u));
    const x = stageAt("rows", r, c, p, i, h, w);
    const step = average ? op(`muladd.${type}`, acc, weight, x) : op(`max.${type}`, acc, op(`mul.${type}`, weight, x));
    const hit = equal("i64", position(w), stageAt("column_place", r, q, j, u));
    const taken = counted(node) ? every(hit, less("i64", position(i), samplesOf("row", r)), less("i64", position(j), samplesOf("column", r))) : hit;
    return fold(over, [], constant(type, average ? 0 : -Infinity), choose(type, taken, step, acc));
  });
  const before = [...sideStages(node, geometry, rows), ...sideStages(node, geometry, columns), rowsStage(node, geometry), pooled];
  if (!average && !counted(node)) return { stages: before, outputs: ["pooled"] };
  const y = stage("y", output, (point) => finished(node, type, stageAt("pooled", ...point), point[0] ?? zero), "y");
  return { stages: [...before, y], outputs: ["y"] };
}

/** The sum over the samples of region `r` divided by their number, or the largest of them; 0 where there are none. */
function finished(node: OperatorNode, type: ElementType, pooled: TensorExpr, r: IndexExpr): TensorExpr {
  const average = textOf(node, "mode") === "avg";
  if (!counted(node)) return op(`div.${type}`, pooled, constant(type, numberOf(node, "sampling_ratio") ** 2));
  const count = op("mulw.i64", samplesOf("row", r), samplesOf("column", r));
  const some = op("max.i64", count, elementOf("i64", 1));
  return average ? op(`div.${type}`, pooled, op(`cast.i64.${type}`, some)) : choose(type, equal("i64", count, some), pooled, constant(type, 0));
}

export const roiAlign = defineOperator({
  op: "RoiAlign", types: floats, inputs: [3, 4], mixed: true, shape: (node) => [geometryOf(node).output], meaning,
});
