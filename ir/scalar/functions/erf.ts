/**
 * erf(x): an odd polynomial x + x·P(x² − c) for |x| < 1; elsewhere 1 − q₀ − t·Q(t)
 * with t = |x| − m, minimax for erfc on [1, 3.9375], m near the middle. Beyond, erf rounds to ±1.
 * The centre c keeps the partial sums of P small, and is chosen where P(0) is almost an f32.
 */
import type { ScalarFunction } from "../term.js";
import { abs, add, defineUnary, f32, lt, mul, neg, polynomial, select, sub } from "./build.js";
import { fastTwoSum } from "./two-term.js";

const CENTRE = 0.5244140625;
const P = [
  -0.0413463078, -0.277227253, 0.0780832097, -0.0179466829, 0.00341227883, -0.000554482569, 7.75617955e-5,
] as const;
const MIDDLE = 2.25;
const Q0 = 0.00146270893;
const Q = [
  -0.00714237057, 0.0160706192, -0.0217236858, 0.0190798249, -0.0106616504, 0.002916625, 0.000677707256,
  -0.00102054479, 0.000364096661, 3.10540636e-5, -6.50223083e-5, 1.28710408e-5, 3.14689214e-6, -1.06934419e-6,
] as const;
const SATURATED = 3.9375;

export const erf: ScalarFunction = defineUnary("erf", "f32", (named, x) => {
  const size = named("size", abs(x));
  const z = named("z", sub(mul(x, x), f32(CENTRE)));
  const near = named("near", add(x, mul(x, polynomial(z, P))));
  const offset = named("offset", sub(select(lt(f32(SATURATED), size), f32(SATURATED), size), f32(MIDDLE)));
  const most = fastTwoSum(named, "most", f32(1), neg(mul(offset, polynomial(offset, Q))));
  const far = named("far", add(most.hi, sub(most.lo, f32(Q0))));
  return select(lt(size, f32(1)), near, select(lt(x, f32(0)), neg(far), far));
});
