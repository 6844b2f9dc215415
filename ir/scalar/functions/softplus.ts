/**
 * softplus(x) = log(1 + exp(x)), computed as max(x, 0) + log(1 + E) with
 * E = exp(−|x|) ≤ 1, every sum in two terms. 1 + E = 2ᵏ·(1 + f) with k = 1 for
 * E > ½, so that f is in [−¼, ½]; R as in log, of degree 9 (f64: 22), for that interval.
 */
import { type PerFormat, abs, add, defineForFloats, lt, mul, neg, select, sub } from "./build.js";
import { atLeast, exponential, scaleFactors, tuned, tuning } from "./exp.js";
import { logarithm } from "./log.js";
import { fastTwoSum, twoSum } from "./two-term.js";

const table: PerFormat<{ readonly R: readonly number[] }> = {
  f32: {
    R: [
      0.333333343, -0.250000358, 0.200001538, -0.166646078, 0.142723396, -0.125200063, 0.113986813, -0.104235046,
      0.0771764442, -0.0296002887,
    ],
  },
  f64: {
    R: [
      0.3333333333333333, -0.25, 0.19999999999999957, -0.1666666666666655, 0.14285714285728865,
      -0.1250000000005055, 0.1111111110920478, -0.0999999999158811, 0.09090909209812949, -0.08333334010171897,
      0.07692304050378686, -0.07142827899535432, 0.066667051120244, -0.06250693303325651, 0.05883065106456384,
      -0.05547321440937136, 0.05238570721521296, -0.05025703044391831, 0.049960432677064966, -0.04879346104403419,
      0.03966386937676401, -0.02147510556567396, 0.00547965640626699,
    ],
  },
};

/** From 100 on the logarithm is x itself; so it is at ∞. */
export const softplus = defineForFloats("softplus", table, (named, x, { c, R }) => {
  const { n, value } = exponential(named, named("clamped", atLeast(tuned(tuning, x).LEAST, neg(abs(x)))));
  const power = fastTwoSum(named, "power", value.hi, value.lo);
  const [scaleA, scaleB] = scaleFactors(named, n);
  const e = named("e", mul(mul(power.hi, scaleA), scaleB));
  const upper = named("upper", lt(c(0.5), e));
  const f = named("f", select(upper, mul(sub(e, c(1)), c(0.5)), e)); // exact
  const parts = logarithm(named, named("k", select(upper, c(1), c(0))), f, R);

  const eLo = named("eLo", mul(mul(power.lo, scaleA), scaleB));
  const slope = mul(select(upper, c(0.5), c(1)), sub(c(1), f)); // of log(1 + f) in eLo, to first order
  const base = named("base", select(lt(c(0), x), x, c(0)));
  const sum = twoSum(named, "total", base, parts.hi);
  const result = add(sum.hi, add(sum.lo, add(parts.lo, mul(eLo, slope))));
  return select(lt(c(100), x), x, result);
});
