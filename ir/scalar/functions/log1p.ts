/**
 * log1p(x) = log(1 + x), and the logarithm of 1 + v for a v in two terms that the inverse hyperbolic functions share.
 *
 * 1 + v = hi + lo, hi = 2ᵏ·(1 + f) as in log; what hi leaves out changes the logarithm by lo/hi. Where k = 0, f is v.hi
 * itself and nothing of a small v is lost.
 */
import { type Let, type Value, add, defineForFloats, div, eq, lt, select } from "./build.js";
import { tuned } from "./exp.js";
import { logTuning, logarithm, normalise } from "./log.js";
import { type TwoTerm, twoSum } from "./two-term.js";

/** log(1 + v) + extra·ln 2 as two terms for −1 < v ≤ 2¹²⁷ (f64: 2¹⁰²³); v.lo is below the last place of v.hi. */
export function logOfOnePlus(named: Let, v: TwoTerm, extra?: Value): TwoTerm {
  const { c, R } = tuned(logTuning, v.hi);
  const whole = twoSum(named, "whole", c(1), v.hi);
  const { exponent, f } = normalise(named, whole.hi);
  const near = named("near", eq(exponent, c(0)));
  const left = named("left", add(select(near, c(0), whole.lo), v.lo));
  const total = extra === undefined ? exponent : named("total", add(exponent, extra));
  const parts = logarithm(named, total, named("mantissa", select(near, v.hi, f)), R);
  return { hi: parts.hi, lo: named("logLo", add(parts.lo, div(left, whole.hi))) };
}

/** log1p(−1) = −∞, log1p(∞) = ∞, NaN below −1; ±0 stays. */
export const log1p = defineForFloats("log1p", logTuning, (named, x, { c }) => {
  const parts = logOfOnePlus(named, { hi: x, lo: c(0) });
  const result = named("result", add(parts.hi, parts.lo));
  const unchanged = select(eq(x, c(0)), x, result);
  const finite = select(lt(x, c(Infinity)), unchanged, x);
  return select(lt(c(-1), x), finite, select(eq(x, c(-1)), c(-Infinity), c(NaN)));
});
