/**
 * Fused multiply-add, a·b + c rounded once, for f32 and f64. JavaScript has none,
 * and Math.fround(a * b + c) rounds twice: it is wrong wherever the double sum lands
 * on a midpoint of two f32 values.
 */

const view = new DataView(new ArrayBuffer(8));

/** The inexact double `nearest` as round-to-odd has it; `grow` says that the exact value is larger in magnitude. */
function toOdd(nearest: number, grow: boolean): number {
  view.setFloat64(0, nearest);
  const low = view.getUint32(4);
  if ((low & 1) === 1) return nearest;
  if (!grow && low === 0) view.setUint32(0, view.getUint32(0) - 1); // borrow
  view.setUint32(4, grow ? low + 1 : low - 1);
  return view.getFloat64(0);
}

/**
 * fma for f32 operands. The product of two f32 is exact in f64. The sum is rounded
 * to odd there: an inexact sum takes the neighbour whose last bit is set, so that
 * it never lies on a midpoint of f32 values and the second rounding decides as if
 * it were the first (53 ≥ 24 + 2 bits, subnormals included).
 */
export function fmaF32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const part = sum - product;
  const error = product - (sum - part) + (c - part); // two-sum: exact, for no double here overflows
  if (error === 0 || error !== error) return Math.fround(sum); // NaN: an operand is not finite
  return Math.fround(toOdd(sum, error > 0 === sum > 0));
}

/** A finite double as significand · 2^exponent. */
function decompose(x: number): readonly [significand: bigint, exponent: number] {
  view.setFloat64(0, x);
  const pattern = view.getBigUint64(0);
  const biased = Number((pattern >> 52n) & 0x7ffn);
  const fraction = pattern & 0xfffffffffffffn;
  const significand = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return [pattern >> 63n === 0n ? significand : -significand, Math.max(biased, 1) - 1075];
}

/** significand · 2^exponent as the nearest double, ties to even; 0 becomes +0. */
function compose(significand: bigint, exponent: number): number {
  const magnitude = significand < 0n ? -significand : significand;
  const length = magnitude.toString(2).length;
  const last = Math.max(exponent + length - 53, -1074); // weight of the result's last bit
  const rounded = last <= exponent ? magnitude : shiftToEven(magnitude, BigInt(last - exponent));
  const value = Number(rounded) * 2 ** Math.max(last, exponent);
  return significand < 0n ? -value : value;
}

/** x / 2^by rounded to the nearest integer, ties to even. */
function shiftToEven(x: bigint, by: bigint): bigint {
  const quotient = x >> by;
  const twice = (x - (quotient << by)) << 1n;
  const unit = 1n << by;
  const up = twice > unit || (twice === unit && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** fma for f64, in exact integers: slow (about a microsecond) and plainly right. */
export function fmaF64(a: number, b: number, c: number): number {
  if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return a * b + c;
  if (!Number.isFinite(c)) return c; // a·b may overflow, but it is finite
  const [x, xExponent] = decompose(a);
  const [y, yExponent] = decompose(b);
  const [z, zExponent] = decompose(c);
  const exponent = Math.min(xExponent + yExponent, zExponent);
  const product = (x * y) << BigInt(xExponent + yExponent - exponent);
  const sum = product + (z << BigInt(zExponent - exponent));
  return sum === 0n ? 0 : compose(sum, exponent);
}
