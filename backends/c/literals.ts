/**
 * Scalar constants as C text that has exactly their bits: floats in hexadecimal,
 * shortest mantissa; infinities and NaN by the macros of <math.h>, which need no
 * library. Element values of initialisers are written without parentheses, operands
 * of expressions with them.
 */
import { unreachable } from "../../ir/prelude.js";
import { type Constant, type ElementType, isFloat, isHalf, valueOf } from "../../ir/scalar/types.js";
import type { Elements } from "../../ir/tensor/tensor.js";
import { cTypes } from "./names.js";

/** Does the text of these bits need <math.h>? */
export function needsMath({ type, bits }: Constant): boolean {
  if (type === "f32") return (bits & 0x7f800000n) === 0x7f800000n;
  return type === "f64" && (bits & 0x7ff0000000000000n) === 0x7ff0000000000000n;
}

/** A constant as an operand: one token, or in parentheses. */
export function constantText(constant: Constant): string {
  const { type } = constant;
  const text = elementText(type, constant.bits);
  if (isNarrow(type)) return `((${cTypes[type]})${text})`;
  return /^[-(]/.test(text) && !/^\([^()]*\)$/.test(text) ? `(${text})` : text;
}

/** Types that C promotes to int: their constants carry a cast, so that the text says their type. */
export function isNarrow(type: ElementType): boolean {
  return type === "i8" || type === "u8" || type === "i16" || type === "u16" || isHalf(type);
}

/** A constant as an element of an initialiser. */
export function elementText(type: ElementType, bits: bigint): string {
  switch (type) {
    case "f32":
      return hexFloat32(Number(bits));
    case "f64":
      return hexFloat64(Number(bits >> 32n), Number(bits & 0xffffffffn));
    case "bool":
      return bits === 0n ? "false" : "true";
    case "i8":
    case "i16":
    case "i32":
    case "i64":
      return signedText(type, BigInt(valueOf({ type, bits })));
    case "f16":
    case "bf16":
    case "u8":
    case "u16":
    case "u32":
      return `${bits}U`;
    case "u64":
      return `${bits}ULL`;
    default:
      return unreachable(type);
  }
}

/** The least value of a type has no literal of its own: minus applies to a literal that would not fit. */
function signedText(type: ElementType, value: bigint): string {
  const suffix = type === "i64" ? "LL" : "";
  const least = type === "i64" ? -(2n ** 63n) : -(2n ** 31n);
  return value === least ? `(${value + 1n}${suffix} - 1${suffix})` : `${value}${suffix}`;
}

/** Digits of a fraction of `width` hexadecimal digits without trailing zeros, with the point. */
function fraction(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--;
  return end === 0 ? "" : `.${digits.slice(0, end)}`;
}

/** C text of an f32 given by its bits. */
export function hexFloat32(bits: number): string {
  const sign = bits >>> 31 === 0 ? "" : "-";
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return mantissa === 0 ? `${sign}INFINITY` : "NAN";
  if (exponent === 0 && mantissa === 0) return `${sign}0.0f`;
  const digits = fraction((mantissa << 1).toString(16).padStart(6, "0"));
  return exponent === 0 ? `${sign}0x0${digits}p-126f` : `${sign}0x1${digits}p${signed(exponent - 127)}f`;
}

/** C text of an f64 given by the upper and lower half of its bits. */
export function hexFloat64(high: number, low: number): string {
  const sign = high >>> 31 === 0 ? "" : "-";
  const exponent = (high >>> 20) & 0x7ff;
  const top = high & 0xfffff;
  if (exponent === 0x7ff) return top === 0 && low === 0 ? `${sign}(double)INFINITY` : "(double)NAN";
  if (exponent === 0 && top === 0 && low === 0) return `${sign}0.0`;
  const digits = fraction(top.toString(16).padStart(5, "0") + (low >>> 0).toString(16).padStart(8, "0"));
  return exponent === 0 ? `${sign}0x0${digits}p-1022` : `${sign}0x1${digits}p${signed(exponent - 1023)}`;
}

function signed(exponent: number): string {
  return exponent < 0 ? String(exponent) : `+${exponent}`;
}

/** The text of every element of a typed array; `type` tells bool from u8. */
export function elementTexts(type: ElementType, data: Elements): (k: number) => string {
  if (data instanceof Float32Array) {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    return (k) => hexFloat32(bits[k] ?? 0);
  }
  if (data instanceof Float64Array) {
    const bits = new BigUint64Array(data.buffer, data.byteOffset, data.length);
    return (k) => elementText("f64", bits[k] ?? 0n);
  }
  if (type === "bool") return (k) => (data[k] === 0 ? "false" : "true");
  if (type === "i8" || type === "i16") return (k) => String(data[k] ?? 0);
  if (type === "u8" || type === "u16" || type === "u32" || isHalf(type)) return (k) => `${data[k] ?? 0}U`;
  if (type === "u64") return (k) => `${data[k] ?? 0}ULL`;
  return (k) => signedText(type, BigInt(data[k] ?? 0));
}

/** Elements per line of an initialiser, so that lines stay under about a hundred characters. */
export function elementsPerLine(type: ElementType): number {
  return isFloat(type) || type === "i64" || type === "u64" ? (type === "f32" ? 6 : 4) : 12;
}
