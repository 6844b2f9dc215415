/** How far two tensors are apart: bits, ulps, absolute difference, and whether that is within a tolerance. */
import { numberOf } from "../../ir/scalar/half.js";
import { type ElementType, type ScalarValue, bitsOf, bytesOf, isFloat, isHalf } from "../../ir/scalar/types.js";
import { type Tensor, sameType } from "../../ir/tensor/tensor.js";

export interface Difference {
  /** Row-major position in the tensor. */
  readonly element: number;
  readonly expected: ScalarValue;
  readonly actual: ScalarValue;
}

/** The first element whose bits differ, all NaNs being one value. The tensors must have one type. */
export function firstDifference(expected: Tensor, actual: Tensor): Difference | undefined {
  for (let k = 0; k < expected.data.length; k++) {
    const [a, b] = [expected.data[k] ?? 0, actual.data[k] ?? 0];
    if (a !== b || (a === 0 && !Object.is(a, b))) {
      if (bitsOf(expected.type, a) !== bitsOf(expected.type, b)) return { element: k, expected: a, actual: b };
    }
  }
  return undefined;
}

export function sameBits(expected: Tensor, actual: Tensor): boolean {
  return sameType(expected, actual) && firstDifference(expected, actual) === undefined;
}

/** A float as a position on the line of all floats: neighbours differ by one, both zeros are 0. */
function rank(type: ElementType, value: ScalarValue): bigint {
  const bits = BigInt.asIntN(8 * bytesOf[type], bitsOf(type, value));
  return bits >= 0n ? bits : -BigInt.asUintN(8 * bytesOf[type] - 1, bits);
}

/** Distance in units of the last place; undefined for integers and NaN. */
export function ulpsBetween(type: ElementType, a: ScalarValue, b: ScalarValue): bigint | undefined {
  if (!(isFloat(type) || isHalf(type)) || Number.isNaN(numberOf(type, a)) || Number.isNaN(numberOf(type, b))) return undefined;
  const distance = rank(type, a) - rank(type, b);
  return distance < 0n ? -distance : distance;
}

/** `0x3f800000 = 1`. */
export function showScalar(type: ElementType, value: ScalarValue): string {
  const digits = bitsOf(type, value).toString(16).padStart(2 * bytesOf[type], "0");
  const shown = isHalf(type) ? numberOf(type, value) : value;
  return `0x${digits} = ${Object.is(shown, -0) ? "-0" : String(shown)}`;
}

export function showDifference(type: ElementType, { expected, actual }: Difference): string {
  const ulps = ulpsBetween(type, expected, actual);
  return `${showScalar(type, expected)} became ${showScalar(type, actual)}${ulps === undefined ? "" : `, ${ulps} ulp apart`}`;
}

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export interface Agreement {
  /** Largest |expected − actual|; infinite where one is NaN or infinite and the other is not equal to it. */
  readonly maxAbsDiff: number;
  readonly within: boolean;
}

/** How far element k may be from x, which was stored for it. */
export type Limit = (k: number, x: number) => number;

/** The unit in the last place of a type of 16 bits, relative to the number: two roundings of half a unit are that far apart. */
const halfUlp = { f16: 2 ** -10, bf16: 2 ** -7 } as const;

/** Floats within absolute + relative · |expected|, a unit in the last place more where they are of 16 bits; every other type exactly. */
export function agreement(expected: Tensor, actual: Tensor, { relative, absolute }: Tolerance): Agreement {
  const unit = isHalf(expected.type) ? halfUlp[expected.type] : 0;
  return agreementWithin(expected, actual, (_, x) => absolute + (relative + unit) * Math.abs(x));
}

/** Floats within `limit`, NaNs being one value, equal bits where it is 0 (so the sign of a zero counts); every other type exactly. */
export function agreementWithin(expected: Tensor, actual: Tensor, limit: Limit): Agreement {
  if (!sameType(expected, actual)) return { maxAbsDiff: Infinity, within: false };
  const { type } = expected;
  const exact = !isFloat(type) && !isHalf(type);
  let maxAbsDiff = 0;
  let within = true;
  for (let k = 0; k < expected.data.length; k++) {
    const [a, b] = [numberOf(type, expected.data[k] ?? 0), numberOf(type, actual.data[k] ?? 0)];
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b));
    const distance = same ? 0 : Math.abs(a - b);
    const difference = Number.isNaN(distance) ? Infinity : distance;
    const most = exact ? 0 : limit(k, a);
    maxAbsDiff = Math.max(maxAbsDiff, difference);
    if (difference > most || !Number.isFinite(difference)) within = false;
    if (exact && expected.data[k] !== actual.data[k]) within = false; // 64-bit integers beyond 2^53
    if (most === 0 && same && !Number.isNaN(a) && !Object.is(a, b)) within = false; // −0 is not +0
  }
  return { maxAbsDiff, within };
}
