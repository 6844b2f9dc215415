/**
 * exp, and the two-term exponential that sigmoid, tanh, gelu and softplus share.
 *
 * x = n·ln 2 + r with |r| ≤ ½ ln 2, so exp(x) = 2ⁿ·exp(r). ln 2 is split so that
 * n·LN2_HI is exact; the rounding error of r is kept as a second term.
 * exp(r) = 1 + r + r²·P(r), P of degree 4 (error 2⁻²⁸ of the result), 11 of f64 (2⁻⁶⁰).
 */
import {
  type Format, type Let, type PerFormat, type Value, add, addw, bits, defineForFloats, formatOf, fromBits, lt, mul, polynomial, sar, select, shl, sub, subw,
} from "./build.js";
import { type TwoTerm, fastTwoSum, twoProduct } from "./two-term.js";

interface Tuning {
  readonly LOG2_E: number;
  /** ln 2 in two parts; the first has 15 bits (f64: 40), so that a multiple of it up to 2⁹ (2¹²) is exact. */
  readonly LN2_HI: number;
  readonly LN2_LO: number;
  /** 1.5 · 2²³ or 1.5 · 2⁵²: adding it rounds to an integer, which then sits in the low bits. */
  readonly ROUNDER: number;
  readonly ROUNDER_BITS: number;
  readonly P: readonly number[];
  /** Beyond these exp is 0 or ∞ like at them. */
  readonly LEAST: number;
  readonly GREATEST: number;
}

export const tuning: PerFormat<Tuning> = {
  f32: {
    LOG2_E: 1.44269504, LN2_HI: 0.693145752, LN2_LO: 1.42860677e-6, ROUNDER: 12582912, ROUNDER_BITS: 0x4b400000, LEAST: -104, GREATEST: 89,
    P: [0.5, 0.166665211, 0.0416663885, 0.00836868398, 0.00139418722],
  },
  f64: {
    LOG2_E: Math.LOG2E, LN2_HI: 0.6931471805601177, LN2_LO: -1.7239444525614835e-13, ROUNDER: 1.5 * 2 ** 52, ROUNDER_BITS: 0x4338 * 2 ** 48, LEAST: -746, GREATEST: 710,
    P: [
      0.5, 0.16666666666666666, 0.04166666666666668, 0.008333333333333333, 0.0013888888888879073,
      0.00019841269841263298, 2.4801587336442236e-05, 2.755731924721873e-06, 2.75572632790885e-07,
      2.505207109429355e-08, 2.0918137737642736e-09, 1.608662795678037e-10,
    ],
  },
};

/** The constants of a float's format. */
export function tuned<T>(table: PerFormat<T>, x: Value): Format & T {
  const format = formatOf(x);
  return { ...format, ...table[format.type] };
}

/** exp(r) = 1 + r + r²/2 + r³·Q(r), Q minimax of degree 4 (error 2⁻³³ of the result). */
const Q = [0.166666657, 0.041666463, 0.00833357126, 0.00139350875, 0.000197394882] as const;

/** exp(x) as 2ⁿ·(hi + lo), the sum in about [0.7, 1.42] and |lo| < 0.08. */
export interface Exponential {
  /** An integer of the float's width; arbitrary where x is NaN, and then hi is NaN. */
  readonly n: Value;
  readonly value: TwoTerm;
}

/** x as n·ln 2 + hi + lo. */
interface Reduced {
  readonly n: Value;
  readonly hi: Value;
  readonly lo: Value;
}

/** Reduces x + tail for |x| ≤ 110 (f64: 760) and a tail below the last place of x; |hi| ≤ ½ ln 2. Where |x| < ½ ln 2, hi is x. */
export function reduceByLn2(named: Let, x: Value, tail?: Value): Reduced {
  const { c, i, LOG2_E, LN2_HI, LN2_LO, ROUNDER, ROUNDER_BITS } = tuned(tuning, x);
  const rounded = named("rounded", add(mul(x, c(LOG2_E)), c(ROUNDER)));
  const multiple = named("multiple", sub(rounded, c(ROUNDER)));
  const n = named("n", subw(bits(rounded), i(ROUNDER_BITS)));
  const low = mul(multiple, c(LN2_LO));
  const removed = named("removed", tail === undefined ? low : sub(low, tail));
  const remainder = named("remainder", sub(x, mul(multiple, c(LN2_HI)))); // exact
  const r = named("r", sub(remainder, removed));
  return { n, hi: r, lo: sub(sub(remainder, r), removed) };
}

/** The exponential of x + tail, as reduceByLn2 takes them. */
export function exponential(named: Let, x: Value, tail?: Value): Exponential {
  const { n, hi: r, lo } = reduceByLn2(named, x, tail);
  const bend = add(lo, mul(mul(r, r), polynomial(r, tuned(tuning, x).P)));
  const one = fastTwoSum(named, "one", formatOf(x).c(1), r);
  return { n, value: { hi: one.hi, lo: named("curve", add(one.lo, bend)) } };
}

/** The same to about 2⁻²⁹ of the result instead of 2⁻²⁶, and for f32 only: r² is taken in two terms, for where products follow. */
export function fineExponential(named: Let, x: Value, tail?: Value): Exponential {
  const { c } = formatOf(x);
  const { n, hi: r, lo } = reduceByLn2(named, x, tail);
  const square = twoProduct(named, "rSquare", r, r);
  const one = fastTwoSum(named, "one", c(1), r);
  const sum = fastTwoSum(named, "parabola", one.hi, mul(c(0.5), square.hi));
  const bend = add(lo, mul(mul(square.hi, r), polynomial(r, Q)));
  const rest = add(sum.lo, add(one.lo, add(mul(c(0.5), square.lo), bend)));
  return { n, value: { hi: sum.hi, lo: named("curve", rest) } };
}

/** 2ⁿ for a normal 2ⁿ. */
export function powerOfTwo(n: Value): Value {
  const { i, bias, fraction } = formatOf(n);
  return fromBits(shl(addw(n, i(bias)), fraction));
}

/** 2ⁿ as a product of two factors for −252 ≤ n ≤ 254 (f64: −2044, 2046), so that only the last multiplication rounds. */
export function scaleFactors(named: Let, n: Value): readonly [Value, Value] {
  const half = named("half", sar(n, 1));
  return [named("scaleA", powerOfTwo(half)), named("scaleB", powerOfTwo(subw(n, half)))];
}

/** x, but `low` where x < low; NaN stays. */
export function atLeast(low: number, x: Value): Value {
  const { c } = formatOf(x);
  return select(lt(x, c(low)), c(low), x);
}

export const exp = defineForFloats("exp", tuning, (named, x, { c, LEAST, GREATEST }) => {
  const clamped = named("clamped", atLeast(LEAST, select(lt(c(GREATEST), x), c(GREATEST), x)));
  const { n, value } = exponential(named, clamped);
  const [scaleA, scaleB] = scaleFactors(named, n);
  return mul(mul(add(value.hi, value.lo), scaleA), scaleB);
});
