/**
 * Rationals on one grid: a bigint n stands for n / 2^160. Every f32, subnormals
 * included, and half of the least of them are on the grid, and so are sums; a product,
 * quotient or root is not and is rounded to the side that its name says. So a bound
 * made of these is an exact rational that never depends on rounding to nearest.
 */
import { invariant } from "../../ir/prelude.js";

export const gridBits = 160n;

export const one: bigint = 1n << gridBits;
/** Unit roundoff of f32 as a shift: u = 2^-24. */
const roundoffBits = 24n;
/** Half of the least subnormal f32: what a product can lose to underflow. */
export const halfLeast: bigint = 1n << (gridBits - 150n);
/** (2 − 2^-23) · 2^127. */
export const largestFinite: bigint = ((1n << 24n) - 1n) << (gridBits + 104n);

/** The grid points around a finite double: equal where it is on the grid. */
export function around(x: number): readonly [below: bigint, above: bigint] {
  const { mantissa, shift } = partsOf(x);
  const by = shift + Number(gridBits);
  if (by >= 0) return [mantissa << BigInt(by), mantissa << BigInt(by)];
  const down = BigInt(-by);
  return [mantissa >> down, -(-mantissa >> down)];
}

const bytes = new DataView(new ArrayBuffer(8));

/** x = mantissa · 2^shift with an integer mantissa: the fields of IEEE binary64. */
function partsOf(x: number): { readonly mantissa: bigint; readonly shift: number } {
  invariant(Number.isFinite(x), `${x} is on no grid`);
  bytes.setFloat64(0, x);
  const bits = bytes.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: x < 0 ? -size : size, shift: Math.max(exponent, 1) - 1075 };
}

export function timesDown(a: bigint, b: bigint): bigint {
  return (a * b) >> gridBits;
}
export function timesUp(a: bigint, b: bigint): bigint {
  return -((-a * b) >> gridBits);
}

/** ⌈a / b⌉ on the grid, b > 0. */
export function quotientUp(a: bigint, b: bigint): bigint {
  const numerator = a << gridBits;
  const quotient = numerator / b;
  return quotient * b < numerator ? quotient + 1n : quotient;
}
/** ⌊a / b⌋ on the grid, b > 0. */
export function quotientDown(a: bigint, b: bigint): bigint {
  return -quotientUp(-a, b);
}

/** The greatest grid point whose square is at most a, a >= 0. */
export function rootDown(a: bigint): bigint {
  const square = a << gridBits;
  if (square < 2n) return square;
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1); // above the root: Newton's iteration falls to its floor
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** u · a rounded up, a >= 0. */
export function roundoffOf(a: bigint): bigint {
  return (a >> roundoffBits) + 1n;
}

export function magnitude(a: bigint): bigint {
  return a < 0n ? -a : a;
}
export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** As a reduced fraction `n/2^k`, exact. */
export function printFraction(a: bigint): string {
  if (a === 0n) return "0";
  let [numerator, exponent] = [a, gridBits];
  while (exponent >= 8n && (numerator & 255n) === 0n) [numerator, exponent] = [numerator >> 8n, exponent - 8n];
  while (exponent > 0n && (numerator & 1n) === 0n) [numerator, exponent] = [numerator >> 1n, exponent - 1n];
  return exponent === 0n ? String(numerator) : `${numerator}/2^${exponent}`;
}

/** The double next to it, for people and for comparisons that need no proof. */
export function approximate(a: bigint): number {
  const size = magnitude(a);
  const bits = size.toString(2).length;
  const drop = BigInt(Math.max(0, bits - 60));
  const value = Number(size >> drop) * 2 ** (Number(drop) - Number(gridBits));
  return a < 0n ? -value : value;
}
