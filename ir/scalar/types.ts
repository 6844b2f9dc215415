/**
 * Element types and scalar constants. A constant is a type and its bits, so that
 * -0, infinities, NaN and 64-bit integers survive printing, hashing and comparison.
 */
import { invariant } from "../prelude.js";

export const elementTypes = ["f32", "f64", "f16", "bf16", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool"] as const;
export type ElementType = (typeof elementTypes)[number];

/** Size of one element in bytes. */
export const bytesOf: Readonly<Record<ElementType, number>> = {
  f32: 4, f64: 8, f16: 2, bf16: 2, i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, i64: 8, u64: 8, bool: 1,
};

/**
 * A run-time scalar: `bigint` for i64 and u64, `number` for every other type. bool is 0 or 1;
 * f16 and bf16 are their bit patterns, 0 to 65535, since nothing computes on them (half.ts).
 */
export type ScalarValue = number | bigint;

/** A scalar constant: `bits` is the unsigned pattern of the element, NaN canonical. */
export interface Constant {
  readonly type: ElementType;
  readonly bits: bigint;
}

const scratch = new DataView(new ArrayBuffer(8));

/** All NaNs are one value; this is its pattern (sign clear, quiet bit set, payload zero). */
export const canonicalNaN = { f32: 0x7fc00000n, f64: 0x7ff8000000000000n, f16: 0x7e00n, bf16: 0x7fc0n } as const;

export function constantOf(type: ElementType, value: ScalarValue): Constant {
  return { type, bits: bitsOf(type, value) };
}

/** The unsigned bit pattern of `value` as an element of `type`. */
export function bitsOf(type: ElementType, value: ScalarValue): bigint {
  switch (type) {
    case "f32":
      if (Number.isNaN(value)) return canonicalNaN.f32;
      scratch.setFloat32(0, Number(value));
      return BigInt(scratch.getUint32(0));
    case "f64":
      if (Number.isNaN(value)) return canonicalNaN.f64;
      scratch.setFloat64(0, Number(value));
      return scratch.getBigUint64(0);
    case "f16":
    case "bf16":
      return isHalfNaN(type, Number(value)) ? canonicalNaN[type] : BigInt(value);
    default:
      return BigInt.asUintN(bytesOf[type] * 8, BigInt(value));
  }
}

/** The run-time value of a constant. */
export function valueOf(constant: Constant): ScalarValue {
  const { type, bits } = constant;
  invariant(bits >= 0n && bits < 1n << BigInt(bytesOf[type] * 8), `constant 0x${bits.toString(16)} does not fit ${type}`);
  switch (type) {
    case "f32":
      scratch.setUint32(0, Number(bits));
      return scratch.getFloat32(0);
    case "f64":
      scratch.setBigUint64(0, bits);
      return scratch.getFloat64(0);
    case "i64":
      return BigInt.asIntN(64, bits);
    case "u64":
    case "f16":
    case "bf16":
    case "bool":
    case "u8":
    case "u16":
    case "u32":
      return type === "u64" ? bits : Number(bits);
    default:
      return Number(BigInt.asIntN(bytesOf[type] * 8, bits));
  }
}

/** The types of floating-point arithmetic. */
export function isFloat(type: ElementType): type is "f32" | "f64" {
  return type === "f32" || type === "f64";
}

/** The types that are stored and moved, and computed with as f32. */
export type HalfType = "f16" | "bf16";

export function isHalf(type: ElementType): type is HalfType {
  return type === "f16" || type === "bf16";
}

/** The bits of infinity in the types of 16 bits: a greater magnitude is a NaN. */
export const halfInfinity: Readonly<Record<HalfType, number>> = { f16: 0x7c00, bf16: 0x7f80 };

export function isHalfNaN(type: HalfType, pattern: number): boolean {
  return (pattern & 0x7fff) > halfInfinity[type];
}

export function isInteger(type: ElementType): boolean {
  return type !== "bool" && !isFloat(type) && !isHalf(type);
}

export function isElementType(text: string): text is ElementType {
  const names: readonly string[] = elementTypes;
  return names.includes(text);
}

/** `f32:0x3f800000`: exact, and the same text for the same bits. */
export function printConstant(constant: Constant): string {
  return `${constant.type}:0x${constant.bits.toString(16).padStart(bytesOf[constant.type] * 2, "0")}`;
}
