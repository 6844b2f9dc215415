/**
 * Sums of products of quantised tensors, and their way back to a quantised one.
 *
 * A difference a − za of bytes is at most 255, so 16 bits hold it; a product of two, in 32-bit
 * integers, is at most 255², so a sum of 2¹⁵ of them is exact; longer ones, and what a bias adds, are modulo 2³². The result is rint(f32(sum) · ((sa·sb) / sy)) + zy, saturated: product and quotient of the
 * scales round once each, and so do the conversion and the last product.
 */
import { invalid, unsupported } from "../../prelude.js";
import { type IndexExpr, zero } from "../../loop/index-expr.js";
import type { ElementType } from "../../scalar/types.js";
import { type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../../tensor/meaning.js";
import { elementCount } from "../../tensor/tensor.js";
import type { OperatorNode } from "../operator.js";
import { inputOf, optionalInput, shapeMismatch } from "./define.js";
import { matrixProduct } from "./matrix-product.js";

export const bytes: readonly ElementType[] = ["i8", "u8"];

/** Slots of a quantised operand: the tensor, its scale and its zero point. */
export interface Quantised {
  readonly tensor: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Element types, and the sizes of the parameters: one element, or `extent` of them where that is said. */
export function validateOperand(node: OperatorNode, { tensor, scale, zeroPoint }: Quantised, extent = 1): void {
  const { type } = inputOf(node, tensor);
  validateBytes(node, type);
  validateZeroPoint(node, type, zeroPoint, extent);
  const { type: scaleType, shape } = inputOf(node, scale);
  if (scaleType !== "f32") unsupported("element-type", `${node.op} with a scale of ${scaleType} is not supported`, node.name, "use f32 scales");
  if (![1, extent].includes(elementCount(shape))) shapeMismatch(node, `a scale must have one element, or ${extent}`);
}

export function validateBytes(node: OperatorNode, type: ElementType): void {
  if (!bytes.includes(type)) unsupported("element-type", `${node.op} on ${type} is not supported`, node.name, `use ${bytes.join(" or ")}`);
}

export function validateZeroPoint(node: OperatorNode, type: ElementType, slot: number, extent = 1): void {
  const given = optionalInput(node, slot);
  if (given === undefined) return;
  if (given.type !== type) invalid("type-mismatch", `${node.op} mixes ${type} and ${given.type}`, node.name, "give the zero point the type of its tensor");
  if (![1, extent].includes(elementCount(given.shape))) shapeMismatch(node, `a zero point must have one element, or ${extent}`);
}

/** A parameter that is one element, or one per position `channel`. */
export function parameter(node: OperatorNode, slot: number, channel: IndexExpr = zero): TensorExpr {
  const { shape } = inputOf(node, slot);
  const one = elementCount(shape) === 1;
  return at(slot, ...shape.map((_, axis) => (one || axis < shape.length - 1 ? zero : channel)));
}

/** Tensor − zero point as i16, element by element: `axis` is that of a zero point per channel. */
export function centredStage(node: OperatorNode, name: string, operand: readonly [number, number], axis = 0): Stage {
  return stage(name, { type: "i16", shape: inputOf(node, operand[0]).shape }, (point) => difference(node, operand, point, axis), name);
}

/** One element of it. */
export function difference(node: OperatorNode, [tensor, zeroPoint]: readonly [number, number], point: readonly IndexExpr[], axis = 0): TensorExpr {
  const { type } = inputOf(node, tensor);
  const value = at(tensor, ...point);
  if (optionalInput(node, zeroPoint) === undefined) return op(`cast.${type}.i16`, value);
  const zeroPointAt = parameter(node, zeroPoint, point.at(axis));
  return op("cast.i32.i16", op("subw.i32", op(`cast.${type}.i32`, value), op(`cast.${type}.i32`, zeroPointAt)));
}

/** acc + a·b, of elements of two centred stages. */
export function step(a: TensorExpr, b: TensorExpr): TensorExpr {
  return op("addw.i32", acc, op("mulw.i32", op("cast.i16.i32", a), op("cast.i16.i32", b)));
}

export const noProduct: TensorExpr = constant("i32", 0);

/** Σ_k of a MatMul over differences, which are stages before it; each operand is the slots of its tensor and its zero point. */
export function integerProduct(node: OperatorNode, a: readonly [number, number], b: readonly [number, number], name: string): readonly Stage[] {
  const { shape, over, at: meeting } = matrixProduct(node, a[0], b[0]);
  const sum = stage(name, { type: "i32", shape }, (point) => {
    const index = meeting(point);
    return fold(over, [], noProduct, step(stageAt("a", ...index.a), stageAt("b", ...index.b)));
  }, "s");
  return [centredStage(node, "a", a), centredStage(node, "b", b, -1), sum];
}

/** Slots of the parameters of a product and its result. */
export interface Scales {
  readonly a: number;
  readonly b: number;
  readonly y: number;
  readonly zeroPoint: number;
}

/** (sa·sb) / sy, one element per channel of b, or one. */
export function factorStage(node: OperatorNode, { a, b, y }: Scales): Stage {
  const shape = [elementCount(inputOf(node, b).shape)];
  return stage("factor", { type: "f32", shape }, ([channel]) =>
    op("div.f32", op("mul.f32", parameter(node, a), parameter(node, b, channel)), parameter(node, y)), "f");
}

/** rint(sum · factor) + zero point, saturated to the type of the zero point. */
export function requantised(node: OperatorNode, { b, zeroPoint }: Scales, sum: TensorExpr, channel: IndexExpr): TensorExpr {
  const { type } = inputOf(node, zeroPoint);
  const factor = stageAt("factor", elementCount(inputOf(node, b).shape) === 1 ? zero : channel);
  const rounded = op("rint.f32", op("mul.f32", op("cast.i32.f32", sum), factor));
  return op(`cast.f32.${type}`, op("add.f32", rounded, op(`cast.${type}.f32`, parameter(node, zeroPoint))));
}
