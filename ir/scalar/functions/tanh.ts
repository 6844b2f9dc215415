/**
 * tanh(x): an odd polynomial x + x³·P(x²) for |x| < 0.35; elsewhere, with
 * E = exp(−2|x|), the quotient (1 − E)/(1 + E) in two-term arithmetic.
 */
import type { ScalarFunction } from "../term.js";
import { abs, add, defineUnary, eq, f32, lt, mul, neg, polynomial, select, sub } from "./build.js";
import { atLeast, exponential, powerOfTwo } from "./exp.js";
import { fastTwoSum, quotient } from "./two-term.js";

const P = [-0.333333224, 0.133324072, -0.0537299477, 0.0194496494] as const;

export const tanh: ScalarFunction = defineUnary("tanh", "f32", (named, x) => {
  const size = named("size", abs(x));
  const square = named("square", mul(x, x));
  const near = named("near", add(x, mul(mul(x, square), polynomial(square, P))));

  const { n, value } = exponential(named, named("clamped", atLeast(-20, mul(size, f32(-2))))); // tanh is 1 from 9.02 on
  const power = fastTwoSum(named, "power", value.hi, value.lo);
  const scale = named("scale", powerOfTwo(n));
  const e = named("e", mul(power.hi, scale));
  const eLo = named("eLo", mul(power.lo, scale));
  const top = fastTwoSum(named, "top", f32(1), neg(e));
  const bottom = fastTwoSum(named, "bottom", f32(1), e);
  const ratio = quotient(named,
    { hi: top.hi, lo: sub(top.lo, eLo) },
    { hi: bottom.hi, lo: add(bottom.lo, eLo) });
  const far = named("far", add(ratio.hi, ratio.lo));
  const signed = select(eq(x, f32(0)), x, near); // x + x³·P would lose the sign of −0
  return select(lt(size, f32(0.35)), signed, select(lt(x, f32(0)), neg(far), far));
});
