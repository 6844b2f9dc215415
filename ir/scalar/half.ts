/**
 * The values of f16 and bf16 elements, whose run-time scalars are their bits: for files,
 * messages and comparisons. What programs compute is functions/half.ts; this is the
 * definition of the formats, in numbers, and the tests hold one against the other.
 */
import { type ElementType, type HalfType, type ScalarValue, canonicalNaN, halfInfinity, isHalf, isHalfNaN } from "./types.js";

/** Bits of the fraction, and the exponent of the least normal number. */
const formats: Readonly<Record<HalfType, { readonly fraction: number; readonly least: number }>> = {
  f16: { fraction: 10, least: -14 },
  bf16: { fraction: 7, least: -126 },
};

/** The number that a pattern of 16 bits stands for. */
export function numberOfHalf(type: HalfType, pattern: number): number {
  if (isHalfNaN(type, pattern)) return NaN;
  const { fraction, least } = formats[type];
  const sign = pattern >= 0x8000 ? -1 : 1;
  const size = pattern & 0x7fff;
  if (size === halfInfinity[type]) return sign * Infinity;
  const exponent = size >> fraction;
  const digits = size & (2 ** fraction - 1);
  return exponent === 0 ? sign * digits * 2 ** (least - fraction) : sign * (2 ** fraction + digits) * 2 ** (exponent - 1 + least - fraction);
}

/** The pattern nearest to a number: ties to even, overflow to infinity, NaN canonical. */
export function halfOfNumber(type: HalfType, value: number): number {
  if (Number.isNaN(value)) return Number(canonicalNaN[type]);
  const { fraction, least } = formats[type];
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | halfInfinity[type];
  let exponent = least;
  while (size >= 2 ** (exponent + 1)) exponent++;
  const digits = nearestInteger(size / 2 ** (exponent - fraction)); // exact: a power of two
  const pattern = (exponent - least) * 2 ** fraction + digits; // a carry, and the leading 1 of a normal number, move into the exponent
  return sign | Math.min(pattern, halfInfinity[type]);
}

/** Ties to even. */
function nearestInteger(x: number): number {
  const [below, rest] = [Math.floor(x), x - Math.floor(x)];
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The number that a run-time scalar stands for, an integer of 64 bits rounded to nearest. */
export function numberOf(type: ElementType, value: ScalarValue): number {
  return isHalf(type) ? numberOfHalf(type, Number(value)) : Number(value);
}

/** The run-time scalar of a number: the nearest f16 or bf16; of other types the number itself. */
export function scalarOf(type: ElementType, value: number): number {
  return isHalf(type) ? halfOfNumber(type, value) : value;
}
