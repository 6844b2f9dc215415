/**
 * tanh(x): an odd polynomial x + x³·P(x²) for |x| < 0.35; elsewhere, with
 * E = exp(−2|x|), the quotient (1 − E)/(1 + E) in two-term arithmetic.
 */
import { type PerFormat, abs, add, defineForFloats, eq, lt, mul, neg, polynomial, select, sub } from "./build.js";
import { atLeast, exponential, powerOfTwo } from "./exp.js";
import { fastTwoSum, quotient } from "./two-term.js";

const table: PerFormat<{ readonly P: readonly number[]; readonly LIMIT: number }> = {
  f32: { LIMIT: -20, P: [-0.333333224, 0.133324072, -0.0537299477, 0.0194496494] }, // tanh is 1 from 9.02 on
  f64: { // and from 19.07 on
    LIMIT: -44,
    P: [
      -0.3333333333333333, 0.13333333333333325, -0.05396825396823429, 0.021869488534094008, -0.00886323542012054,
      0.003592124671811877, -0.001455771422849912, 0.0005892946010574754, -0.00023392416061023992,
      7.595184161278637e-05,
    ],
  },
};

export const tanh = defineForFloats("tanh", table, (named, x, { c, P, LIMIT }) => {
  const size = named("size", abs(x));
  const square = named("square", mul(x, x));
  const near = named("near", add(x, mul(mul(x, square), polynomial(square, P))));

  const { n, value } = exponential(named, named("clamped", atLeast(LIMIT, mul(size, c(-2)))));
  const power = fastTwoSum(named, "power", value.hi, value.lo);
  const scale = named("scale", powerOfTwo(n));
  const e = named("e", mul(power.hi, scale));
  const eLo = named("eLo", mul(power.lo, scale));
  const top = fastTwoSum(named, "top", c(1), neg(e));
  const bottom = fastTwoSum(named, "bottom", c(1), e);
  const ratio = quotient(named,
    { hi: top.hi, lo: sub(top.lo, eLo) },
    { hi: bottom.hi, lo: add(bottom.lo, eLo) });
  const far = named("far", add(ratio.hi, ratio.lo));
  const signed = select(eq(x, c(0)), x, near); // x + x³·P would lose the sign of −0
  return select(lt(size, c(0.35)), signed, select(lt(x, c(0)), neg(far), far));
});
