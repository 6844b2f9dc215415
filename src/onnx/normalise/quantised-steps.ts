/**
 * What the quantised operators of com.microsoft are made of: values brought to floats, to
 * differences from their zero points in 32-bit integers, and back. ONNX Runtime rounds in two
 * places: most operators round the quotient and add the zero point (QuantizeLinear), some
 * add the zero point to the quotient and round the sum, which is another integer at a tie
 * when the zero point is odd. Each operator says which.
 */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import type { Composition } from "./compose.js";
import { inputName, inputType } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** Slots of a quantised tensor, its scale and its zero point. */
export type Triple = readonly [tensor: number, scale: number, zeroPoint: number];

const perTensor = { axis: 0, block_size: 0 };

/** The inputs at `slots` that are there. */
export function presentInputs(node: RawNode, slots: readonly number[]): readonly string[] {
  return slots.flatMap((slot) => node.inputs[slot] ?? []);
}

/** (q − zero point)·scale. */
export function dequantised(node: RawNode, made: Composition, triple: Triple): string {
  return made.node("DequantizeLinear", presentInputs(node, triple), perTensor);
}

/** q − zero point as i32; without a zero point, q. */
export function centred(node: RawNode, made: Composition, [tensor, , zeroPoint]: Triple): string {
  const value = made.node("Cast", [inputName(node, tensor)], { to: "i32" });
  return (node.inputs[zeroPoint] ?? null) === null ? value : made.node("Sub", [value, made.node("Cast", [inputName(node, zeroPoint)], { to: "i32" })]);
}

export function toFloat(made: Composition, value: string): string {
  return made.node("Cast", [value], { to: "f32" });
}

/** saturate(rint(value / scale) + zero point), in the type of the zero point, of input 0 where there is none. */
export function quantised(node: RawNode, made: Composition, value: string, slots: readonly [scale: number, zeroPoint: number], like = 0): string {
  return made.output(0, "QuantizeLinear", [value, ...presentInputs(node, slots)], { ...perTensor, to: inputType(node, like).type, precision: "f32" });
}

/** saturate(rint(value) + zero point), as output 0: what a product with the ratio of the scales becomes. */
export function rounded(node: RawNode, made: Composition, value: string, [zeroPoint, like]: readonly [zeroPoint: number, like: number]): string {
  const { type } = inputType(node, (node.inputs[zeroPoint] ?? null) === null ? like : zeroPoint);
  const whole = made.node("Round", [value]);
  const sum = (node.inputs[zeroPoint] ?? null) === null ? whole : made.node("Add", [whole, toFloat(made, inputName(node, zeroPoint))]);
  return made.output(0, "Cast", [sum], { to: type });
}

/** saturate(rint(value + zero point)), as output 0. */
export function roundedWithPoint(node: RawNode, made: Composition, value: string, [zeroPoint, like]: readonly [zeroPoint: number, like: number]): string {
  const given = (node.inputs[zeroPoint] ?? null) !== null;
  const sum = given ? made.node("Add", [value, toFloat(made, inputName(node, zeroPoint))]) : value;
  return made.output(0, "Cast", [made.node("Round", [sum])], { to: inputType(node, given ? zeroPoint : like).type });
}

/** The one element of an input as a scalar, so that it does not add axes when it is broadcast. */
export function scalarInput(node: RawNode, made: Composition, slot: number): string {
  return inputType(node, slot).shape.length === 0 ? inputName(node, slot) : made.node("Reshape", [inputName(node, slot)], { shape: [] });
}

export function number(made: Composition, value: number): string {
  return made.constant(tensorOf("f32", [], [Math.fround(value)]));
}
