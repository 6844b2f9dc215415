/**
 * log1p(x) = log(1 + x), and the logarithm of 1 + v for a v in two terms that the inverse hyperbolic functions share.
 *
 * 1 + v = hi + lo, hi = 2ᵏ·(1 + f) as in log; what hi leaves out changes the logarithm by lo/hi. Where k = 0, f is v.hi
 * itself and nothing of a small v is lost.
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, add, defineUnary, div, eq, f32, lt, select } from "./build.js";
import { R, logarithm, normalise } from "./log.js";
import { type TwoTerm, twoSum } from "./two-term.js";

/** log(1 + v) + extra·ln 2 as two terms for −1 < v ≤ 2¹²⁷; v.lo is below the last place of v.hi. */
export function logOfOnePlus(named: Let, v: TwoTerm, extra?: Value): TwoTerm {
  const whole = twoSum(named, "whole", f32(1), v.hi);
  const { exponent, f } = normalise(named, whole.hi);
  const near = named("near", eq(exponent, f32(0)));
  const left = named("left", add(select(near, f32(0), whole.lo), v.lo));
  const total = extra === undefined ? exponent : named("total", add(exponent, extra));
  const parts = logarithm(named, total, named("mantissa", select(near, v.hi, f)), R);
  return { hi: parts.hi, lo: named("logLo", add(parts.lo, div(left, whole.hi))) };
}

/** log1p(−1) = −∞, log1p(∞) = ∞, NaN below −1; ±0 stays. */
export const log1p: ScalarFunction = defineUnary("log1p", "f32", (named, x) => {
  const parts = logOfOnePlus(named, { hi: x, lo: f32(0) });
  const result = named("result", add(parts.hi, parts.lo));
  const unchanged = select(eq(x, f32(0)), x, result);
  const finite = select(lt(x, f32(Infinity)), unchanged, x);
  return select(lt(f32(-1), x), finite, select(eq(x, f32(-1)), f32(-Infinity), f32(NaN)));
});
