/**
 * exp, and the two-term exponential that sigmoid, tanh, gelu and softplus share.
 *
 * x = n·ln 2 + r with |r| ≤ ½ ln 2, so exp(x) = 2ⁿ·exp(r). ln 2 is split so that
 * n·LN2_HI is exact; the rounding error of r is kept as a second term.
 * exp(r) = 1 + r + r²·P(r), P minimax of degree 4 (error 2⁻²⁸ of the result).
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, add, addw, bits, defineUnary, f32, fromBits, i32, lt, mul, polynomial, sar, select, shl, sub, subw } from "./build.js";
import { type TwoTerm, fastTwoSum, twoProduct } from "./two-term.js";

const LOG2_E = 1.44269504;
/** ln 2 in two parts; the first has 15 bits, so that a multiple of it up to 2⁹ is exact. */
export const LN2_HI = 0.693145752;
export const LN2_LO = 1.42860677e-6;
/** 1.5 · 2²³: adding it rounds to an integer, which then sits in the low bits. */
export const ROUNDER = 12582912;
export const ROUNDER_BITS = 0x4b400000;

const P = [0.5, 0.166665211, 0.0416663885, 0.00836868398, 0.00139418722] as const;

/** exp(r) = 1 + r + r²/2 + r³·Q(r), Q minimax of degree 4 (error 2⁻³³ of the result). */
const Q = [0.166666657, 0.041666463, 0.00833357126, 0.00139350875, 0.000197394882] as const;

/** exp(x) as 2ⁿ·(hi + lo), the sum in about [0.7, 1.42] and |lo| < 0.08. */
export interface Exponential {
  /** An i32; arbitrary where x is NaN, and then hi is NaN. */
  readonly n: Value;
  readonly value: TwoTerm;
}

/** x as n·ln 2 + hi + lo. */
interface Reduced {
  readonly n: Value;
  readonly hi: Value;
  readonly lo: Value;
}

/** Reduces x + tail for |x| ≤ 110 and a tail below the last place of x; |hi| ≤ ½ ln 2. Where |x| < ½ ln 2, hi is x. */
export function reduceByLn2(named: Let, x: Value, tail?: Value): Reduced {
  const rounded = named("rounded", add(mul(x, f32(LOG2_E)), f32(ROUNDER)));
  const multiple = named("multiple", sub(rounded, f32(ROUNDER)));
  const n = named("n", subw(bits(rounded), i32(ROUNDER_BITS)));
  const low = mul(multiple, f32(LN2_LO));
  const removed = named("removed", tail === undefined ? low : sub(low, tail));
  const remainder = named("remainder", sub(x, mul(multiple, f32(LN2_HI)))); // exact
  const r = named("r", sub(remainder, removed));
  return { n, hi: r, lo: sub(sub(remainder, r), removed) };
}

/** The exponential of x + tail, as reduceByLn2 takes them. */
export function exponential(named: Let, x: Value, tail?: Value): Exponential {
  const { n, hi: r, lo } = reduceByLn2(named, x, tail);
  const bend = add(lo, mul(mul(r, r), polynomial(r, P)));
  const one = fastTwoSum(named, "one", f32(1), r);
  return { n, value: { hi: one.hi, lo: named("curve", add(one.lo, bend)) } };
}

/** The same to about 2⁻²⁹ instead of 2⁻²⁶: r² is taken in two terms, for where products follow. */
export function fineExponential(named: Let, x: Value, tail?: Value): Exponential {
  const { n, hi: r, lo } = reduceByLn2(named, x, tail);
  const square = twoProduct(named, "rSquare", r, r);
  const one = fastTwoSum(named, "one", f32(1), r);
  const sum = fastTwoSum(named, "parabola", one.hi, mul(f32(0.5), square.hi));
  const bend = add(lo, mul(mul(square.hi, r), polynomial(r, Q)));
  const rest = add(sum.lo, add(one.lo, add(mul(f32(0.5), square.lo), bend)));
  return { n, value: { hi: sum.hi, lo: named("curve", rest) } };
}

/** 2ⁿ for −126 ≤ n ≤ 127. */
export function powerOfTwo(n: Value): Value {
  return fromBits(shl(addw(n, i32(127)), 23));
}

/** 2ⁿ as a product of two factors for −252 ≤ n ≤ 254, so that only the last multiplication rounds. */
export function scaleFactors(named: Let, n: Value): readonly [Value, Value] {
  const half = named("half", sar(n, 1));
  return [named("scaleA", powerOfTwo(half)), named("scaleB", powerOfTwo(subw(n, half)))];
}

/** x, but `low` where x < low; NaN stays. */
export function atLeast(low: number, x: Value): Value {
  return select(lt(x, f32(low)), f32(low), x);
}

/** Outside [−104, 89] the result is 0 or ∞ like at the ends. */
export const exp: ScalarFunction = defineUnary("exp", "f32", (named, x) => {
  const clamped = named("clamped", atLeast(-104, select(lt(f32(89), x), f32(89), x)));
  const { n, value } = exponential(named, clamped);
  const [scaleA, scaleB] = scaleFactors(named, n);
  return mul(mul(add(value.hi, value.lo), scaleA), scaleB);
});
