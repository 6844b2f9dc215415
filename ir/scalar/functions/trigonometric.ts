/**
 * sin, cos and tan. |x| less the nearest multiple of π/2 is r + rLo (angle.ts), |r| ≤ π/4. With s = r²,
 *
 *     sin(r + rLo) = r + (rLo·(1 − s/2) + r³·S(s))
 *     cos(r + rLo) = 1 − s/2 + (s²·C(s) − r·rLo)
 *
 * S and C of degree 3 and 2 (f64: 6 and 6); the square of the 12-bit head (26) of r is exact, so 1 − s/2 is kept in two terms. The
 * quadrant says which of the two a function is, and with which sign; tan is their quotient in two terms.
 */
import {
  type Let, type PerFormat, type Value, abs, add, addw, band, bits, bxor, defineForFloats, eq, formatOf, fromBits, lt, mul, neg, polynomial, select, shl, signOf, sub,
} from "./build.js";
import { reduceAngle } from "./angle.js";
import { tuned } from "./exp.js";
import { type TwoTerm, fastTwoSum, quotient, split } from "./two-term.js";

interface Tuning {
  readonly S: readonly number[];
  readonly C: readonly number[];
  /** Below this tan(x) rounds to x. */
  readonly TINY: number;
}

const table: PerFormat<Tuning> = {
  f32: { S: [-0.166666672, 0.0083333971, -0.000198612906, 2.92167556e-6], C: [0.0416666642, -0.00138882722, 2.45439314e-5], TINY: 2 ** -12 },
  f64: {
    TINY: 2 ** -27,
    S: [
      -0.16666666666666666, 0.008333333333333331, -0.00019841269841265063, 2.7557319219337312e-06,
      -2.5052106231802837e-08, 1.6058531516797758e-10, -7.586691094197958e-13,
    ],
    C: [
      0.041666666666666664, -0.0013888888888888887, 2.4801587301584645e-05, -2.755731922140179e-07,
      2.0876755790721963e-09, -1.1470460830795304e-11, 4.7458685530816656e-14,
    ],
  },
};

interface Both {
  readonly quadrant: Value;
  readonly sine: TwoTerm;
  readonly cosine: TwoTerm;
}

/** Sine and cosine of the remainder of |x|. */
function sineAndCosine(named: Let, size: Value): Both {
  const { c, S, C } = tuned(table, size);
  const { quadrant, remainder: { hi: r, lo } } = reduceAngle(named, size);
  const square = named("square", mul(r, r));
  const half = c(0.5);
  const bend = mul(mul(r, square), polynomial(square, S));
  const sine = { hi: r, lo: named("sineLo", add(sub(lo, mul(lo, mul(half, square))), bend)) };
  const { hi: head, lo: tail } = split(named, "r", r);
  const falling = fastTwoSum(named, "falling", c(1), neg(mul(half, mul(head, head))));
  const rest = sub(mul(mul(square, square), polynomial(square, C)), add(mul(mul(half, tail), add(r, head)), mul(r, lo)));
  return { quadrant, sine, cosine: { hi: falling.hi, lo: named("cosineLo", add(falling.lo, rest)) } };
}

function isOdd(quadrant: Value): Value {
  const one = formatOf(quadrant).i(1);
  return eq(band(quadrant, one), one);
}

/** `value` negated where bit 1 of the quadrant is set, and once more where x has the sign bit that `sign` holds. */
function signed(value: Value, quadrant: Value, sign: Value): Value {
  const { i, width } = formatOf(value);
  return fromBits(bxor(bits(value), bxor(shl(band(quadrant, i(2)), width - 2), sign)));
}

/** NaN at ±∞ and NaN. */
function unlessInfinite(size: Value, value: Value): Value {
  const { c } = formatOf(size);
  return select(lt(size, c(Infinity)), value, c(NaN));
}

/** ±0 stays. */
export const sin = defineForFloats("sin", table, (named, x) => {
  const size = named("size", abs(x));
  const { quadrant, sine, cosine } = sineAndCosine(named, size);
  const value = named("value", select(isOdd(quadrant), add(cosine.hi, cosine.lo), add(sine.hi, sine.lo)));
  return unlessInfinite(size, signed(value, quadrant, signOf(x)));
});

export const cos = defineForFloats("cos", table, (named, x, { i }) => {
  const size = named("size", abs(x));
  const { quadrant, sine, cosine } = sineAndCosine(named, size);
  const value = named("value", select(isOdd(quadrant), add(sine.hi, sine.lo), add(cosine.hi, cosine.lo)));
  return unlessInfinite(size, signed(value, addw(quadrant, i(1)), i(0)));
});

/** ±0 stays. */
export const tan = defineForFloats("tan", table, (named, x, { c, i, TINY }) => {
  const size = named("size", abs(x));
  const { quadrant, sine, cosine } = sineAndCosine(named, size);
  const odd = named("odd", isOdd(quadrant));
  const s = fastTwoSum(named, "sine", sine.hi, sine.lo);
  const k = fastTwoSum(named, "cosine", cosine.hi, cosine.lo);
  const choose = (name: string, when: Value, otherwise: Value): Value => named(name, select(odd, when, otherwise));
  const top = { hi: choose("topHi", k.hi, s.hi), lo: choose("topLo", k.lo, s.lo) };
  const bottom = { hi: choose("bottomHi", neg(s.hi), k.hi), lo: choose("bottomLo", neg(s.lo), k.lo) };
  const ratio = quotient(named, top, bottom);
  const value = named("value", select(lt(size, c(TINY)), size, add(ratio.hi, ratio.lo)));
  return unlessInfinite(size, signed(value, i(0), signOf(x)));
});
