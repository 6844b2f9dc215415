/**
 * sigmoid(x) = 1 / (1 + exp(−x)). With E = exp(−|x|) ≤ 1 it is 1/(1 + E) for x ≥ 0
 * and E/(1 + E) below, so that nothing cancels and small results keep every bit.
 */
import { abs, add, defineForFloats, lt, mul, neg, select } from "./build.js";
import { atLeast, exponential, scaleFactors, tuning } from "./exp.js";
import { fastTwoSum, quotient } from "./two-term.js";

export const sigmoid = defineForFloats("sigmoid", tuning, (named, x, { c, LEAST }) => {
  const { n, value } = exponential(named, named("clamped", atLeast(LEAST, neg(abs(x)))));
  const power = fastTwoSum(named, "power", value.hi, value.lo);
  const [scaleA, scaleB] = scaleFactors(named, n);
  const small = named("small", mul(mul(power.hi, scaleA), scaleB));
  const smallLo = mul(mul(power.lo, scaleA), scaleB);
  const sum = fastTwoSum(named, "sum", c(1), small);
  const negative = named("negative", lt(x, c(0)));
  const numerator = {
    hi: named("numerator", select(negative, power.hi, c(1))),
    lo: select(negative, power.lo, c(0)),
  };
  const ratio = quotient(named, numerator, { hi: sum.hi, lo: named("sumTail", add(sum.lo, smallLo)) });
  const one = c(1);
  return mul(mul(add(ratio.hi, ratio.lo), select(negative, scaleA, one)), select(negative, scaleB, one));
});
