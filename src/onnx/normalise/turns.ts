/**
 * cos and sin of m/n of a full turn, correctly rounded to f32. The angle is exact, so it is
 * brought to the first eighth of a turn by its fraction alone; there the Taylor series runs in
 * fixed point with 160 fractional bits. cos of a rational part of a turn is 0, ±½, ±1 or irrational
 * (Niven), so no result but these is half way between two floats, and 160 bits decide: what
 * they would not decide is an error, never a guess.
 */
import { invariant } from "../../../ir/prelude.js";

const places = 160n;
const unit = 1n << places;
/** More than all errors of one result together: each of the some 40 steps truncates once or twice. */
const doubt = 1n << 12n;

/** arctan(1/x)·2¹⁶⁰. */
function arctanOfInverse(x: bigint): bigint {
  let [power, sum, k] = [unit / x, 0n, 0n];
  for (; power !== 0n; power /= x * x, k++) sum += (k % 2n === 0n ? power : -power) / (2n * k + 1n);
  return sum;
}

/** π·2¹⁶⁰, by Machin's formula. */
const pi = 16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n);

/** Σ (−1)ᵏ x^(2k + first) / (2k + first)!, x in fixed point: cos for first = 0, sin for 1. */
function series(x: bigint, first: 0n | 1n): bigint {
  const square = (x * x) >> places;
  let [term, sum] = [first === 0n ? unit : x, 0n];
  for (let k = first; term !== 0n; k += 2n) {
    sum += term;
    term = -((term * square) >> places) / ((k + 1n) * (k + 2n));
  }
  return sum;
}

/** cos of m/n of a turn, in fixed point. */
function cosine(m: bigint, n: bigint): bigint {
  const part = ((m % n) + n) % n;
  const half = part * 2n > n ? n - part : part; // cos(−x) = cos x
  const negative = half * 4n > n; // cos(½ − x) = −cos x
  const quarter = negative ? n - 2n * half : 2n * half; // of 2·n parts
  const value = quarter * 4n <= n ? series((2n * pi * quarter) / (2n * n), 0n) : series((2n * pi * (n - 2n * quarter)) / (4n * n), 1n);
  return negative ? -value : value;
}

/** The f32 nearest to v·2⁻¹⁶⁰. */
function toF32(v: bigint): number {
  const size = v < 0n ? -v : v;
  if (size <= doubt) return 0;
  if (size >= unit - doubt) return v < 0n ? -1 : 1;
  const drop = BigInt(size.toString(2).length - 24);
  const [kept, rest, half] = [size >> drop, size & ((1n << drop) - 1n), 1n << (drop - 1n)];
  const nearHalf = (unit >> 1n) - size;
  if ((nearHalf < 0n ? -nearHalf : nearHalf) <= doubt) return v < 0n ? -0.5 : 0.5;
  const off = rest - half;
  invariant((off < 0n ? -off : off) > doubt, "160 bits decide how a part of a turn rounds");
  const rounded = Number(kept + (off > 0n ? 1n : 0n)) * 2 ** Number(drop - places);
  return v < 0n ? -rounded : rounded;
}

/** cos(2π·m/n). */
export function cosOfTurns(m: number, n: number): number {
  return toF32(cosine(BigInt(m), BigInt(n)));
}

/** sin(2π·m/n) = cos(2π·(m/n − 1/4)). */
export function sinOfTurns(m: number, n: number): number {
  return toF32(cosine(4n * BigInt(m) - BigInt(n), 4n * BigInt(n)));
}
