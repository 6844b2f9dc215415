/**
 * QLinearWinograd of the domain `obligato`: a QLinearConv with a window of 3 × 3 at every position, by the minimal
 * filtering F(2 × 2, 3 × 3) of Winograd (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016): 16 products
 * instead of 36 for four elements of the result and one channel. The lemma `winograd` puts it in a graph; no model file has it.
 *
 * Tiles t, s are 2 × 2 elements of the result and the 4 × 4 elements d of X − zx around them, 0 in the padding and beyond:
 *
 *     V[t, i, j, s, c] = (Bᵀ d B)[i, j]                          16-bit integers: each is a sum of four differences of bytes
 *     M[t, i, j, m, s] = 0 + Σ_c V[t, i, j, s, c] · U[i, j, m, c]  in 32-bit integers, U = (2G) (W − zw) (2G)ᵀ
 *     S[m, 2t + p, 2s + q] = B4[m] + (Aᵀ M A)[p, q]              four times the sum of QLinearConv
 *     Y = saturate(rint(f32(S) · (((sx·sw[m]) / sy) / 4)) + zy)
 *
 * Tiles of a row stand outside of places in them, and S is a stage of its own: so a schedule can make all that a row of tiles
 * needs where Y is read, and the places of a tile one after the other.
 *
 * Inputs: X, sx, zx, U, sw, sy, zy, B4. Attribute `pads` as QLinearConv has it.
 */
import { type IndexExpr, floordiv, literal, mod, shift, times, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type Stage, type TensorExpr, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { type TensorType, elementCount } from "../tensor/tensor.js";
import type { OperatorDefinition, OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { bytes, noProduct, parameter, step, validateBytes, validateOperand } from "./shared/integer-products.js";
import { byRun, within } from "./shared/regions.js";

/** Slots of its inputs. */
const slots = { x: 0, xScale: 1, xZero: 2, u: 3, wScale: 4, yScale: 5, yZero: 6, bias: 7 } as const;

/** Elements of a tile along an axis: of the result, and of X. */
const [made, read] = [2, 4];

/** Rows of Bᵀ and Aᵀ: which elements are added, and which subtracted. */
const inputRows: readonly Row[] = [[[0], [2]], [[1, 2], []], [[2], [1]], [[1], [3]]];
const outputRows: readonly Row[] = [[[0, 1, 2], []], [[1], [2, 3]]];

type Row = readonly [added: readonly number[], subtracted: readonly number[]];

interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  /** Extents of X, of the result, and tiles of it. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly tiles: readonly number[];
  readonly before: readonly number[];
}

function geometryOf(node: OperatorNode): Geometry {
  const { shape: [batch = 1, channels = 1, ...input] } = inputOf(node, slots.x);
  const { shape: [rows, columns, filters = 1, inner] } = inputOf(node, slots.u);
  const pads = listOf(node, "pads");
  const fits = input.length === 2 && pads.length === 4 && pads.every((size) => size >= 0) && rows === read && columns === read && inner === channels;
  const perFilter = inputOf(node, slots.u).type === "i16" && elementCount(inputOf(node, slots.bias).shape) === filters && [1, filters].includes(elementCount(inputOf(node, slots.wScale).shape));
  if (!fits || !perFilter) shapeMismatch(node, "U must be i16 of 4 × 4 × filters × channels, X an image of those channels, B4 and sw one number per filter");
  const output = input.map((extent, axis) => extent + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - 2);
  return { batch, channels, filters, input, output, tiles: output.map((extent) => Math.ceil(extent / made)), before: pads.slice(0, 2) };
}

const wide = (e: TensorExpr): TensorExpr => op("cast.i16.i32", e);

/** X − zx with the padding, and what the last tiles reach beyond it, as elements; channels last. */
function differences(node: OperatorNode, { batch, channels, input, tiles, before }: Geometry): Stage {
  const { type } = inputOf(node, slots.x);
  const shape = [batch, ...tiles.map((n) => made * n + 2), channels];
  return stage("d", { type: "i16", shape }, ([n = zero, row = zero, column = zero, c = zero]) => {
    const inside = [row, column].map((o, axis) => shift(o, -(before[axis] ?? 0)));
    const value = op("cast.i32.i16", op("subw.i32", op(`cast.${type}.i32`, at(slots.x, n, c, ...inside)), op(`cast.${type}.i32`, parameter(node, slots.xZero))));
    return input.reduceRight<TensorExpr>((body, extent, axis) =>
      within([row, column][axis] ?? zero, [before[axis] ?? 0, (before[axis] ?? 0) + extent], shape[axis + 1] ?? 0, [body, constant("i16", 0)]), value);
  }, "d");
}

const narrow = (e: TensorExpr): TensorExpr => op("cast.i32.i16", e);

/** The value of case k at the position `index`. */
function byPosition(index: IndexExpr, count: number, value: (k: number) => TensorExpr): TensorExpr {
  return byRun(index, Array.from({ length: count }, (_, k) => ({ end: k + 1, value: value(k) })));
}

/** The sum that a row of a matrix makes of `term`. */
function rowSum([added, subtracted]: Row, term: (k: number) => TensorExpr): TensorExpr {
  const [first = noProduct, ...others] = added.map(term);
  const sum = others.reduce((total, e) => op("addw.i32", total, e), first);
  return subtracted.map(term).reduce((total, e) => op("subw.i32", total, e), sum);
}

const rowOf = (rows: readonly Row[], k: number): Row => rows[k] ?? [[], []];

/** Bᵀ d, for all columns. */
function transformedRows({ batch, channels, tiles: [rows = 1, columns = 1] }: Geometry): Stage {
  return stage("r", { type: "i16", shape: [batch, rows, read, made * columns + 2, channels] }, ([n = zero, t = zero, i = zero, column = zero, c = zero]) =>
    byPosition(i, read, (k) => narrow(rowSum(rowOf(inputRows, k), (a) => wide(stageAt("d", n, shift(times(t, made), a), column, c))))), "r");
}

/** V. */
function transformed({ batch, channels, tiles: [rows = 1, columns = 1] }: Geometry): Stage {
  return stage("v", { type: "i16", shape: [batch, rows, read, read, columns, channels] }, ([n = zero, t = zero, i = zero, j = zero, s = zero, c = zero]) =>
    byPosition(j, read, (k) => narrow(rowSum(rowOf(inputRows, k), (b) => wide(stageAt("r", n, t, i, shift(times(s, made), b), c))))), "v");
}

/** M. */
function products({ batch, channels, filters, tiles: [rows = 1, columns = 1] }: Geometry): Stage {
  return stage("m", { type: "i32", shape: [batch, rows, read, read, filters, columns] }, ([n = zero, t = zero, i = zero, j = zero, m = zero, s = zero]) => {
    const c = variable("c");
    return fold([{ name: "c", extent: channels }], [], noProduct, step(stageAt("v", n, t, i, j, s, c), at(slots.u, i, j, m, c)));
  }, "m");
}

/** Four times the sum of QLinearConv. */
function filtered(node: OperatorNode): Stage {
  const { shape } = outputType(node);
  return stage("s", { type: "i32", shape }, ([n = zero, m = zero, row = zero, column = zero]) => {
    const product = (i: number, j: number): TensorExpr => stageAt("m", n, floordiv(row, made), literal(i), literal(j), m, floordiv(column, made));
    return byPosition(mod(row, made), made, (p) => byPosition(mod(column, made), made, (q) =>
      op("addw.i32", at(slots.bias, m), rowSum(rowOf(outputRows, p), (i) => rowSum(rowOf(outputRows, q), (j) => product(i, j))))));
  }, "s");
}

/** Y. */
function result(node: OperatorNode): Stage {
  const { type, shape } = outputType(node);
  return stage("y", { type, shape }, ([n = zero, m = zero, row = zero, column = zero]) => {
    const factor = stageAt("factor", elementCount(inputOf(node, slots.wScale).shape) === 1 ? zero : m);
    const rounded = op("rint.f32", op("mul.f32", op("cast.i32.f32", stageAt("s", n, m, row, column)), factor));
    return op(`cast.f32.${type}`, op("add.f32", rounded, op(`cast.${type}.f32`, parameter(node, slots.yZero))));
  });
}

/** ((sx·sw) / sy) / 4: one element per filter, or one. */
function factor(node: OperatorNode): Stage {
  const shape = [elementCount(inputOf(node, slots.wScale).shape)];
  return stage("factor", { type: "f32", shape }, ([channel]) =>
    op("mul.f32", op("div.f32", op("mul.f32", parameter(node, slots.xScale), parameter(node, slots.wScale, channel)), parameter(node, slots.yScale)), constant("f32", 0.25)), "f");
}

function outputType(node: OperatorNode): TensorType {
  const { batch, filters, output } = geometryOf(node);
  return { type: inputOf(node, slots.yZero).type, shape: [batch, filters, ...output] };
}

function meaning(node: OperatorNode): Meaning {
  const geometry = geometryOf(node);
  return { stages: [factor(node), differences(node, geometry), transformedRows(geometry), transformed(geometry), products(geometry), filtered(node), result(node)], outputs: ["y"] };
}

const definition = defineOperator({
  op: "QLinearWinograd",
  types: bytes,
  inputs: [8, 8],
  mixed: true,
  shape: (node) => {
    validateOperand(node, { tensor: slots.x, scale: slots.xScale, zeroPoint: slots.xZero });
    validateBytes(node, inputOf(node, slots.yZero).type);
    return [outputType(node)];
  },
  meaning,
});

export const qLinearWinograd: OperatorDefinition = { ...definition, domain: "obligato", opsets: [1, 1] };
