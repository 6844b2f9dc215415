/**
 * MatMulNBits (com.microsoft): a product with weights of 2, 4 or 8 bits, packed in bytes,
 * the lowest bits first, with a scale and a zero point for every block of `block_size` of one row of B:
 *
 *     W[n, k]    = f32(q[n, k] − z[n, k / block]) · s[n, k / block]
 *     Y[…, n]    = (+0 + Σ_k A[…, k] · W[n, k]) + bias[n]               (fold over k)
 *
 * Without zero points z is 2^(bits − 1); zero points are packed as B is, or floats. Without bias
 * nothing is added. The difference is exact (floats round once), each operation rounds to
 * nearest even, the steps of the fold as the build's contract says. The weights stay packed:
 * each is unpacked where it is used.
 */
import { type IndexExpr, floordiv, mod, plus, times, variable, zero } from "../loop/index-expr.js";
import type { ElementType } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { type TensorType, elementCount } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { invalid, unsupported } from "../prelude.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { position } from "./shared/terms.js";

const t = "f32";
const slots = { a: 0, b: 1, scales: 2, zeroPoints: 3, bias: 4 } as const;

interface Packing {
  readonly rows: number;
  readonly depth: number;
  readonly bits: number;
  readonly block: number;
  /** Blocks of a row. */
  readonly blocks: number;
  /** Weights of a byte. */
  readonly perByte: number;
}

function packingOf(node: OperatorNode): Packing {
  const [rows, depth, bits, block] = [numberOf(node, "N"), numberOf(node, "K"), numberOf(node, "bits"), numberOf(node, "block_size")];
  return { rows, depth, bits, block, blocks: Math.ceil(depth / block), perByte: 8 / bits };
}

function validate(node: OperatorNode): void {
  const { rows, depth, block, blocks, perByte } = packingOf(node);
  const [a, b, scales] = [inputOf(node, slots.a), inputOf(node, slots.b), inputOf(node, slots.scales)];
  if (b.type !== "u8" || scales.type !== t) unsupported("element-type", `MatMulNBits with B of ${b.type} and scales of ${scales.type} is not supported`, node.name, "pack B in u8, give f32 scales");
  if (a.shape.at(-1) !== depth) shapeMismatch(node, `A must have ${depth} columns`);
  if (elementCount(b.shape) !== rows * blocks * (block / perByte)) shapeMismatch(node, `B must have ${rows} rows of ${blocks} blocks of ${block / perByte} bytes`);
  if (elementCount(scales.shape) !== rows * blocks) shapeMismatch(node, `there must be ${rows * blocks} scales`);
  const bias = optionalInput(node, slots.bias);
  if (bias !== undefined && (bias.type !== t || bias.shape.join() !== `${rows}`)) shapeMismatch(node, `the bias must have ${rows} elements of f32`);
  validateZeroPoints(node, packingOf(node));
}

function validateZeroPoints(node: OperatorNode, { rows, blocks, perByte }: Packing): void {
  const given = optionalInput(node, slots.zeroPoints);
  if (given === undefined) return;
  const types: readonly ElementType[] = ["u8", t];
  if (!types.includes(given.type)) invalid("type-mismatch", `MatMulNBits has zero points of ${given.type}`, node.name, "give them packed in u8, or as f32");
  const due = rows * (given.type === "u8" ? Math.ceil(blocks / perByte) : blocks);
  if (elementCount(given.shape) !== due) shapeMismatch(node, `there must be ${due} elements of zero points`);
}

function outputType(node: OperatorNode): TensorType {
  return { type: t, shape: inputOf(node, slots.a).shape.with(-1, numberOf(node, "N")) };
}

/** Element `index`, counted row-major over the last two axes, of a tensor of any shape that has these elements: [row, column] of rows of `width`. */
function flat(node: OperatorNode, slot: number, [row, column]: readonly [IndexExpr, IndexExpr], width: number): TensorExpr {
  const { shape } = inputOf(node, slot);
  return shape.length === 1 ? at(slot, plus(times(row, width), column)) : at(slot, row, column);
}

/** The number in `byte` at place `index` of those that its bytes hold. */
function unpacked(byte: TensorExpr, index: IndexExpr, { bits, perByte }: Packing): TensorExpr {
  if (perByte === 1) return byte;
  const shifted = op("shr.u8", byte, op("cast.i64.u8", position(times(mod(index, perByte), bits))));
  return op("band.u8", shifted, constant("u8", 2 ** bits - 1));
}

/** q − z as f32, for weight k of row n. */
function difference(node: OperatorNode, [n, k]: readonly [IndexExpr, IndexExpr], packing: Packing): TensorExpr {
  const { block, blocks, perByte, bits } = packing;
  const b = inputOf(node, slots.b).shape.length === 3
    ? at(slots.b, n, floordiv(k, block), floordiv(mod(k, block), perByte))
    : flat(node, slots.b, [n, floordiv(k, perByte)], blocks * (block / perByte));
  const q = unpacked(b, k, packing);
  const zeroPoints = optionalInput(node, slots.zeroPoints)?.type;
  if (zeroPoints === t) return op(`sub.${t}`, op(`cast.u8.${t}`, q), flat(node, slots.zeroPoints, [n, floordiv(k, block)], blocks));
  const packed = zeroPoints === undefined ? undefined : flat(node, slots.zeroPoints, [n, floordiv(k, block * perByte)], Math.ceil(blocks / perByte));
  const z = packed === undefined ? constant("i32", 2 ** (bits - 1)) : op("cast.u8.i32", unpacked(packed, floordiv(k, block), packing));
  return op(`cast.i32.${t}`, op("subw.i32", op("cast.u8.i32", q), z));
}

function meaning(node: OperatorNode): Meaning {
  const packing = packingOf(node);
  const { depth, block, blocks } = packing;
  const output = outputType(node);
  const product = (point: readonly IndexExpr[]): TensorExpr => {
    const [n, k] = [point.at(-1) ?? zero, variable("k")];
    const scale = flat(node, slots.scales, [n, floordiv(k, block)], blocks);
    const weight = op(`mul.${t}`, difference(node, [n, k], packing), scale);
    return fold([{ name: "k", extent: depth }], [], constant(t, 0), op(`muladd.${t}`, acc, at(slots.a, ...point.slice(0, -1), k), weight));
  };
  if (optionalInput(node, slots.bias) === undefined) return { stages: [stage("y", output, product)], outputs: ["y"] };
  const y = stage("y", output, (point) => op(`add.${t}`, stageAt("product", ...point), at(slots.bias, point.at(-1) ?? zero)));
  return { stages: [stage("product", output, product, "p"), y], outputs: ["y"] };
}

export const matMulNBits = defineOperator({
  op: "MatMulNBits",
  types: [t],
  inputs: [3, 5],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [outputType(node)];
  },
  meaning,
});
