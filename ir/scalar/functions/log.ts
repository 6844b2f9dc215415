/**
 * log(x), natural. x = 2ᵏ·(1 + f) with 1 + f in [√½, √2), so log(x) = k·ln 2 + log(1 + f),
 * log(1 + f) = f − f²/2 + f³·R(f), R minimax of degree 9 (f64: 21). The two large terms are
 * summed in two-term arithmetic: the head of f has 12 bits (26) and an exact square, and
 * ln 2 is split so that k·LN2_HI is exact.
 */
import { type Let, type PerFormat, type Value, add, bits, castToFloat, defineForFloats, eq, fromBits, lt, mul, polynomial, sar, select, shl, sub, subw } from "./build.js";
import { tuned, tuning } from "./exp.js";
import { type TwoTerm, fastTwoSum, split } from "./two-term.js";

interface Tuning {
  /** The bits of √½, about: where the fraction of an odd exponent starts. */
  readonly SQRT_HALF_BITS: number;
  readonly LEAST_NORMAL: number;
  /** The power of two, and its exponent, that makes every subnormal float normal. */
  readonly LIFT: number;
  /** Of log(1 + f) for 1 + f in [√½, √2). */
  readonly R: readonly number[];
}

export const logTuning: PerFormat<Tuning> = {
  f32: {
    SQRT_HALF_BITS: 0x3f3504f3, LEAST_NORMAL: 2 ** -126, LIFT: 24,
    R: [
      0.333333313, -0.249999732, 0.200001553, -0.166691452, 0.142834559, -0.12427476, 0.110559195, -0.108162962,
      0.105443217, -0.0589330755,
    ],
  },
  f64: {
    SQRT_HALF_BITS: 0x3fe6a09e * 2 ** 32, LEAST_NORMAL: 2 ** -1022, LIFT: 54,
    R: [
      0.3333333333333333, -0.25000000000000006, 0.20000000000000187, -0.1666666666666401, 0.1428571428564931,
      -0.12500000000449618, 0.11111111119953689, -0.09999999968981059, 0.09090908474401214, -0.08333334219769883,
      0.0769233236857336, -0.07142856775015893, 0.06666073982277596, -0.0624936829270536, 0.058908109179665,
      -0.055726106283008475, 0.05197979589583481, -0.04792933656482574, 0.04931430081956554, -0.05726461672974921,
      0.051457039376217935, -0.02163714596045487,
    ],
  },
};

/** x as 2^exponent · (1 + f) with 1 + f in [√½, √2), both floats, for finite x > 0. */
export function normalise(named: Let, x: Value): { readonly exponent: Value; readonly f: Value } {
  const { c, i, fraction, SQRT_HALF_BITS, LEAST_NORMAL, LIFT } = tuned(logTuning, x);
  const subnormal = named("subnormal", lt(x, c(LEAST_NORMAL)));
  const pattern = named("pattern", bits(select(subnormal, mul(x, c(2 ** LIFT)), x)));
  const k = named("k", sar(subw(pattern, i(SQRT_HALF_BITS)), fraction));
  const f = named("f", sub(fromBits(subw(pattern, shl(k, fraction))), c(1))); // exact
  const exponent = named("exponent", sub(castToFloat(k), select(subnormal, c(LIFT), c(0))));
  return { exponent, f };
}

/**
 * exponent·ln 2 + log(1 + f) as two terms, for |exponent| ≤ 256 (f64: 2¹¹) and an f on which
 * `curve` approximates (log(1 + f) − f + f²/2) / f³.
 */
export function logarithm(named: Let, exponent: Value, f: Value, curve: readonly number[]): TwoTerm {
  const { c, LN2_HI, LN2_LO } = tuned(tuning, f);
  const { hi: head, lo: tail } = split(named, "f", f);
  const leading = fastTwoSum(named, "leading", f, mul(c(-0.5), mul(head, head)));
  const rest = sub(mul(mul(mul(f, f), f), polynomial(f, curve)), mul(mul(c(0.5), tail), add(f, head)));
  const sum = fastTwoSum(named, "sum", mul(exponent, c(LN2_HI)), leading.hi);
  const small = add(add(leading.lo, rest), mul(exponent, c(LN2_LO)));
  return { hi: sum.hi, lo: add(sum.lo, small) };
}

/** log(±0) = −∞, log(∞) = ∞, NaN below zero. */
export const log = defineForFloats("log", logTuning, (named, x, { c, R }) => {
  const { exponent, f } = normalise(named, x);
  const parts = logarithm(named, exponent, f, R);
  const result = named("result", add(parts.hi, parts.lo));
  const finite = select(lt(x, c(Infinity)), result, x);
  return select(lt(c(0), x), finite, select(eq(x, c(0)), c(-Infinity), c(NaN)));
});
