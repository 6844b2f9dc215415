/**
 * erf(x): an odd polynomial for |x| < 1; elsewhere 1 − q₀ − t·Q(t) with t = |x| − m, minimax for
 * erfc on [1, 3.9375], m near the middle. Beyond, erf rounds to ±1.
 *
 * Below ½ the polynomial is x·2/√π + x³·P(x²), the slope in two terms; from ½ on it is x + x·N(x² − c): the centre c
 * keeps the partial sums of N small, and is chosen where N(0) is almost an f32.
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, abs, add, defineUnary, f32, lt, mul, neg, polynomial, select, sub, withSignOf } from "./build.js";
import { fastTwoSum, split } from "./two-term.js";

/** 2/√π − 1, its first part of 12 bits. */
const SLOPE = 0.128356934;
const SLOPE_LO = 2.22335018e-5;
const P = [-0.376126379, 0.112837337, -0.0268570595, 0.00516722724, -0.000709669664] as const;

const CENTRE = 0.5244140625;
const N = [
  -0.0413463078, -0.277227253, 0.0780832097, -0.0179466829, 0.00341227883, -0.000554482569, 7.75617955e-5,
] as const;

const MIDDLE = 2.25;
const Q0 = 0.00146270893;
const Q = [
  -0.00714237057, 0.0160706192, -0.0217236858, 0.0190798249, -0.0106616504, 0.002916625, 0.000677707256,
  -0.00102054479, 0.000364096661, 3.10540636e-5, -6.50223083e-5, 1.28710408e-5, 3.14689214e-6, -1.06934419e-6,
] as const;
const SATURATED = 3.9375;

/** Below this x the small terms of the line would be subnormal: x is scaled for them. */
const TINY = 2 ** -60;
const SCALE = 2 ** 64;

/** erf(size) for 0 ≤ size < 1. */
function nearZero(named: Let, size: Value): Value {
  const z = named("z", mul(size, size));
  const tiny = named("tiny", lt(size, f32(TINY)));
  const x = named("scaled", mul(size, select(tiny, f32(SCALE), f32(1))));
  const { hi: head, lo: tail } = split(named, "x", x);
  const line = fastTwoSum(named, "line", x, mul(head, f32(SLOPE)));
  const bend = add(mul(tail, f32(SLOPE)), mul(x, add(f32(SLOPE_LO), mul(z, polynomial(z, P)))));
  const first = named("first", mul(add(line.hi, add(line.lo, bend)), select(tiny, f32(1 / SCALE), f32(1))));
  const second = named("second", add(x, mul(x, polynomial(named("centred", sub(z, f32(CENTRE))), N))));
  return named("near", select(lt(size, f32(0.5)), first, second));
}

/** ±0 stays. */
export const erf: ScalarFunction = defineUnary("erf", "f32", (named, x) => {
  const size = named("size", abs(x));
  const near = nearZero(named, size);
  const offset = named("offset", sub(select(lt(f32(SATURATED), size), f32(SATURATED), size), f32(MIDDLE)));
  const most = fastTwoSum(named, "most", f32(1), neg(mul(offset, polynomial(offset, Q))));
  const far = named("far", add(most.hi, sub(most.lo, f32(Q0))));
  return withSignOf(x, select(lt(size, f32(1)), near, far));
});
