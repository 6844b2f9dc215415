/**
 * sin, cos and tan. |x| less the nearest multiple of π/2 is r + rLo (angle.ts), |r| ≤ π/4. With s = r²,
 *
 *     sin(r + rLo) = r + (rLo·(1 − s/2) + r³·S(s))
 *     cos(r + rLo) = 1 − s/2 + (s²·C(s) − r·rLo)
 *
 * S and C minimax of degree 3 and 2; the square of the 12-bit head of r is exact, so 1 − s/2 is kept in two terms. The
 * quadrant says which of the two a function is, and with which sign; tan is their quotient in two terms.
 */
import type { ScalarFunction } from "../term.js";
import {
  type Let, type Value, abs, add, addw, band, bits, bxor, defineUnary, eq, f32, fromBits, i32, lt, mul, neg, polynomial, select, shl, sub, SIGN,
} from "./build.js";
import { reduceAngle } from "./angle.js";
import { type TwoTerm, fastTwoSum, quotient, split } from "./two-term.js";

const S = [-0.166666672, 0.0083333971, -0.000198612906, 2.92167556e-6] as const;
const C = [0.0416666642, -0.00138882722, 2.45439314e-5] as const;

interface Both {
  readonly quadrant: Value;
  readonly sine: TwoTerm;
  readonly cosine: TwoTerm;
}

/** Sine and cosine of the remainder of |x|. */
function sineAndCosine(named: Let, size: Value): Both {
  const { quadrant, remainder: { hi: r, lo } } = reduceAngle(named, size);
  const square = named("square", mul(r, r));
  const half = f32(0.5);
  const bend = mul(mul(r, square), polynomial(square, S));
  const sine = { hi: r, lo: named("sineLo", add(sub(lo, mul(lo, mul(half, square))), bend)) };
  const { hi: head, lo: tail } = split(named, "r", r);
  const falling = fastTwoSum(named, "falling", f32(1), neg(mul(half, mul(head, head))));
  const rest = sub(mul(mul(square, square), polynomial(square, C)), add(mul(mul(half, tail), add(r, head)), mul(r, lo)));
  return { quadrant, sine, cosine: { hi: falling.hi, lo: named("cosineLo", add(falling.lo, rest)) } };
}

const isOdd = (quadrant: Value): Value => eq(band(quadrant, i32(1)), i32(1));

/** `value` negated where bit 1 of the quadrant is set, and once more where x has the sign bit that `sign` holds. */
function signed(value: Value, quadrant: Value, sign: Value): Value {
  return fromBits(bxor(bits(value), bxor(shl(band(quadrant, i32(2)), 30), sign)));
}

/** NaN at ±∞ and NaN. */
function unlessInfinite(size: Value, value: Value): Value {
  return select(lt(size, f32(Infinity)), value, f32(NaN));
}

/** ±0 stays. */
export const sin: ScalarFunction = defineUnary("sin", "f32", (named, x) => {
  const size = named("size", abs(x));
  const { quadrant, sine, cosine } = sineAndCosine(named, size);
  const value = named("value", select(isOdd(quadrant), add(cosine.hi, cosine.lo), add(sine.hi, sine.lo)));
  return unlessInfinite(size, signed(value, quadrant, band(bits(x), i32(SIGN))));
});

export const cos: ScalarFunction = defineUnary("cos", "f32", (named, x) => {
  const size = named("size", abs(x));
  const { quadrant, sine, cosine } = sineAndCosine(named, size);
  const value = named("value", select(isOdd(quadrant), add(sine.hi, sine.lo), add(cosine.hi, cosine.lo)));
  return unlessInfinite(size, signed(value, addw(quadrant, i32(1)), i32(0)));
});

/** Below 2⁻¹² tan(x) rounds to x. */
const TINY = 2 ** -12;

/** ±0 stays. */
export const tan: ScalarFunction = defineUnary("tan", "f32", (named, x) => {
  const size = named("size", abs(x));
  const { quadrant, sine, cosine } = sineAndCosine(named, size);
  const odd = named("odd", isOdd(quadrant));
  const s = fastTwoSum(named, "sine", sine.hi, sine.lo);
  const c = fastTwoSum(named, "cosine", cosine.hi, cosine.lo);
  const choose = (name: string, when: Value, otherwise: Value): Value => named(name, select(odd, when, otherwise));
  const top = { hi: choose("topHi", c.hi, s.hi), lo: choose("topLo", c.lo, s.lo) };
  const bottom = { hi: choose("bottomHi", neg(s.hi), c.hi), lo: choose("bottomLo", neg(s.lo), c.lo) };
  const ratio = quotient(named, top, bottom);
  const value = named("value", select(lt(size, f32(TINY)), size, add(ratio.hi, ratio.lo)));
  return unlessInfinite(size, signed(value, i32(0), band(bits(x), i32(SIGN))));
});
