/**
 * pow(a, b) = exp(b·log|a|), with the sign and the special cases of C99. exp magnifies
 * an error of its argument by up to 128, so the logarithm is a two-term one, good to
 * about 2⁻³⁵: with s = f/(2 + f), log(1 + f) = 2s·(1 + s²/3 + s⁴·Q(s²)).
 */
import type { ScalarFunction } from "../term.js";
import {
  type Let, type Value, abs, add, and, bits, defineBinary, eq, f32, i32, lt, mul, neg, not, or, polynomial, select, sub,
} from "./build.js";
import { LN2_HI, LN2_LO, exponential, scaleFactors } from "./exp.js";
import { normalise } from "./log.js";
import { type TwoTerm, fastTwoSum, quotient, twoProduct, twoTimes } from "./two-term.js";

const THIRD: TwoTerm = { hi: f32(0.333333343), lo: f32(-9.93410776e-9) };
const Q = [0.200000763, 0.142735466, 0.11709749] as const;

/** log(a) for finite a > 0. */
function preciseLog(named: Let, a: Value): TwoTerm {
  const { exponent, f } = normalise(named, a);
  const ratio = quotient(named, { hi: f, lo: f32(0) }, fastTwoSum(named, "bottom", f32(2), f));
  const s = fastTwoSum(named, "s", ratio.hi, ratio.lo);
  const square = twoTimes(named, "square", s, s);
  const third = twoTimes(named, "third", square, THIRD);
  const curve = named("curve", add(third.lo, mul(mul(square.hi, square.hi), polynomial(square.hi, Q))));
  const bend = twoTimes(named, "bend", s, { hi: third.hi, lo: curve });
  const half = fastTwoSum(named, "half", s.hi, bend.hi); // log(1 + f) / 2, without its last terms
  const low = mul(f32(2), add(half.lo, add(s.lo, bend.lo)));
  const sum = fastTwoSum(named, "sum", mul(exponent, f32(LN2_HI)), mul(f32(2), half.hi));
  return fastTwoSum(named, "log", sum.hi, add(sum.lo, add(low, mul(exponent, f32(LN2_LO)))));
}

/** x limited to [low, high]; NaN stays. */
function clamp(x: Value, low: number, high: number): Value {
  const capped = select(lt(f32(high), x), f32(high), x);
  return select(lt(x, f32(low)), f32(low), capped);
}

/** Whether a value ≥ 0 is an integer; from 2²³ on every f32 is. */
function isInteger(named: Let, name: string, x: Value): Value {
  const limit = f32(2 ** 23);
  const small = named(name, select(lt(limit, x), limit, x));
  return eq(sub(add(small, limit), limit), small);
}

/** |a|^b, for a ≠ 1 and b ≠ 0. */
function magnitude(named: Let, a: Value, b: Value): Value {
  const log = preciseLog(named, a);
  const power = named("power", clamp(b, -(2 ** 32), 2 ** 32)); // enough for the f32 nearest to 1
  const product = twoProduct(named, "product", power, log.hi);
  const argument = fastTwoSum(named, "argument", product.hi, add(product.lo, mul(power, log.lo)));
  const inside = named("inside", clamp(argument.hi, -104, 89));
  const tail = named("tail", select(eq(inside, argument.hi), argument.lo, f32(0)));
  const { n, value } = exponential(named, inside, tail);
  const [scaleA, scaleB] = scaleFactors(named, n);
  return mul(mul(add(value.hi, value.lo), scaleA), scaleB);
}

/** As C99 pow: 1 for a = 1 or b = 0 even with NaN; NaN for finite a < 0 and b no integer; signed zeros and infinities. */
export const pow: ScalarFunction = defineBinary("pow", "f32", (named, a, b) => {
  const size = named("size", abs(a));
  const infinity = f32(Infinity);
  const general = magnitude(named, size, b);
  const vanishes = eq(lt(b, f32(0)), lt(f32(1), size)); // for |a| = 0 or ∞
  const extreme = or(eq(size, f32(0)), eq(size, infinity));
  const edge = select(eq(b, b), select(vanishes, f32(0), infinity), b);
  const result = named("result", select(extreme, edge, general));

  const whole = named("whole", isInteger(named, "wholePart", abs(b)));
  const odd = and(whole, not(isInteger(named, "halfPart", mul(abs(b), f32(0.5)))));
  const signed = select(and(odd, lt(bits(a), i32(0))), neg(result), result);
  const complex = and(and(lt(a, f32(0)), not(whole)), lt(size, infinity));
  const undefinedPower = or(complex, not(eq(a, a))); // the general case forgets that a is NaN
  const unit = or(eq(a, f32(1)), eq(b, f32(0)));
  return select(unit, f32(1), select(undefinedPower, f32(NaN), signed));
});
