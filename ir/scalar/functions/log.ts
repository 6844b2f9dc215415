/**
 * log(x), natural. x = 2ᵏ·(1 + f) with 1 + f in [√½, √2), so log(x) = k·ln 2 + log(1 + f),
 * log(1 + f) = f − f²/2 + f³·R(f), R minimax of degree 9. The two large terms are
 * summed in two-term arithmetic: the head of f has 12 bits and an exact square, and
 * ln 2 is split so that k·LN2_HI is exact.
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, add, bits, castToF32, defineUnary, eq, f32, fromBits, i32, lt, mul, polynomial, sar, select, shl, sub, subw } from "./build.js";
import { LN2_HI, LN2_LO } from "./exp.js";
import { type TwoTerm, fastTwoSum, split } from "./two-term.js";

const SQRT_HALF_BITS = 0x3f3504f3;
const LEAST_NORMAL = 2 ** -126;

/** Of log(1 + f) for 1 + f in [√½, √2). */
export const R = [
  0.333333313, -0.249999732, 0.200001553, -0.166691452, 0.142834559, -0.12427476, 0.110559195, -0.108162962,
  0.105443217, -0.0589330755,
] as const;

/** x as 2^exponent · (1 + f) with 1 + f in [√½, √2), both f32, for finite x > 0. */
export function normalise(named: Let, x: Value): { readonly exponent: Value; readonly f: Value } {
  const subnormal = named("subnormal", lt(x, f32(LEAST_NORMAL)));
  const pattern = named("pattern", bits(select(subnormal, mul(x, f32(2 ** 24)), x)));
  const k = named("k", sar(subw(pattern, i32(SQRT_HALF_BITS)), 23));
  const f = named("f", sub(fromBits(subw(pattern, shl(k, 23))), f32(1))); // exact
  const exponent = named("exponent", sub(castToF32(k), select(subnormal, f32(24), f32(0))));
  return { exponent, f };
}

/**
 * exponent·ln 2 + log(1 + f) as two terms, for |exponent| ≤ 256 and an f on which
 * `curve` approximates (log(1 + f) − f + f²/2) / f³.
 */
export function logarithm(named: Let, exponent: Value, f: Value, curve: readonly number[]): TwoTerm {
  const { hi: head, lo: tail } = split(named, "f", f);
  const leading = fastTwoSum(named, "leading", f, mul(f32(-0.5), mul(head, head)));
  const rest = sub(mul(mul(mul(f, f), f), polynomial(f, curve)), mul(mul(f32(0.5), tail), add(f, head)));
  const sum = fastTwoSum(named, "sum", mul(exponent, f32(LN2_HI)), leading.hi);
  const small = add(add(leading.lo, rest), mul(exponent, f32(LN2_LO)));
  return { hi: sum.hi, lo: add(sum.lo, small) };
}

/** log(±0) = −∞, log(∞) = ∞, NaN below zero. */
export const log: ScalarFunction = defineUnary("log", "f32", (named, x) => {
  const { exponent, f } = normalise(named, x);
  const parts = logarithm(named, exponent, f, R);
  const result = named("result", add(parts.hi, parts.lo));
  const finite = select(lt(x, f32(Infinity)), result, x);
  return select(lt(f32(0), x), finite, select(eq(x, f32(0)), f32(-Infinity), f32(NaN)));
});
