/**
 * softplus(x) = log(1 + exp(x)), computed as max(x, 0) + log(1 + E) with
 * E = exp(−|x|) ≤ 1, every sum in two terms. 1 + E = 2ᵏ·(1 + f) with k = 1 for
 * E > ½, so that f is in [−¼, ½]; R as in log, of degree 9, for that interval.
 */
import type { ScalarFunction } from "../term.js";
import { abs, add, defineUnary, f32, lt, mul, neg, select, sub } from "./build.js";
import { atLeast, exponential, scaleFactors } from "./exp.js";
import { logarithm } from "./log.js";
import { fastTwoSum, twoSum } from "./two-term.js";

const R = [
  0.333333343, -0.250000358, 0.200001538, -0.166646078, 0.142723396, -0.125200063, 0.113986813, -0.104235046,
  0.0771764442, -0.0296002887,
] as const;

/** From 100 on the logarithm is x itself; so it is at ∞. */
export const softplus: ScalarFunction = defineUnary("softplus", "f32", (named, x) => {
  const { n, value } = exponential(named, named("clamped", atLeast(-104, neg(abs(x)))));
  const power = fastTwoSum(named, "power", value.hi, value.lo);
  const [scaleA, scaleB] = scaleFactors(named, n);
  const e = named("e", mul(mul(power.hi, scaleA), scaleB));
  const upper = named("upper", lt(f32(0.5), e));
  const f = named("f", select(upper, mul(sub(e, f32(1)), f32(0.5)), e)); // exact
  const parts = logarithm(named, named("k", select(upper, f32(1), f32(0))), f, R);

  const eLo = named("eLo", mul(mul(power.lo, scaleA), scaleB));
  const slope = mul(select(upper, f32(0.5), f32(1)), sub(f32(1), f)); // of log(1 + f) in eLo, to first order
  const base = named("base", select(lt(f32(0), x), x, f32(0)));
  const sum = twoSum(named, "total", base, parts.hi);
  const result = add(sum.hi, add(sum.lo, add(parts.lo, mul(eLo, slope))));
  return select(lt(f32(100), x), x, result);
});
