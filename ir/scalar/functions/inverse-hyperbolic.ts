/**
 * asinh, acosh and atanh, each as the logarithm of 1 + v with v in two terms:
 *
 *     asinh a = log(1 + v),     v = a + (√(1 + a²) − 1)
 *     acosh x = log(1 + v),     v = d + √(d·(d + 2)),  d = x − 1
 *     atanh a = ½·log(1 + v),   v = 2a / (1 − a)
 *
 * The first and the last are for a = |x| ≥ 2⁻¹²; below, both functions round to x.
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, abs, add, defineUnary, eq, f32, lt, mul, neg, select, sub, withSignOf } from "./build.js";
import { logOfOnePlus } from "./log1p.js";
import { type TwoTerm, fastTwoSum, quotient, root, twoProduct, twoSum } from "./two-term.js";

const TINY = 2 ** -12;

/** From here on √(x² ± 1) is x for the logarithm: asinh and acosh are log(2x) = log(x) + ln 2, to 2⁻²⁸ absolute. */
const LARGE = 2 ** 13;

/** x² + one, as two terms, for x ≤ 2¹³. */
function squareAnd(named: Let, x: Value, one: number): TwoTerm {
  const square = twoProduct(named, "square", x, x);
  const sum = twoSum(named, "radicand", square.hi, f32(one));
  return fastTwoSum(named, "under", sum.hi, named("radicandTail", add(sum.lo, square.lo)));
}

/** log(1 + v), or log(2x) where x is large, in one f32; `less` is x − 1. */
function logOrDouble(named: Let, x: Value, less: TwoTerm, v: TwoTerm): Value {
  const large = named("large", lt(f32(LARGE), x));
  const argument = { hi: named("vHi", select(large, less.hi, v.hi)), lo: named("vLo", select(large, less.lo, v.lo)) };
  const parts = logOfOnePlus(named, argument, select(large, f32(1), f32(0)));
  return named("logarithm", add(parts.hi, parts.lo));
}

/** ±0 and ±∞ stay. */
export const asinh: ScalarFunction = defineUnary("asinh", "f32", (named, x) => {
  const size = named("size", abs(x));
  const a = named("a", select(lt(f32(LARGE), size), f32(LARGE), size));
  const side = root(named, squareAnd(named, a, 1));
  const sum = fastTwoSum(named, "v", a, named("grown", sub(side.hi, f32(1)))); // exact
  const less = fastTwoSum(named, "less", size, f32(-1));
  const log = logOrDouble(named, size, less, { hi: sum.hi, lo: named("tail", add(sum.lo, side.lo)) });
  const finite = select(lt(size, f32(Infinity)), log, size);
  return withSignOf(x, select(lt(size, f32(TINY)), size, finite));
});

/** acosh(1) = 0, acosh(∞) = ∞, NaN below 1. */
export const acosh: ScalarFunction = defineUnary("acosh", "f32", (named, x) => {
  const a = named("a", select(lt(f32(LARGE), x), f32(LARGE), x));
  const side = root(named, squareAnd(named, a, -1));
  const d = fastTwoSum(named, "d", x, f32(-1));
  const sum = twoSum(named, "v", side.hi, d.hi);
  const log = logOrDouble(named, x, d, { hi: sum.hi, lo: named("tail", add(sum.lo, add(side.lo, d.lo))) });
  const finite = select(lt(x, f32(Infinity)), log, x);
  return select(lt(x, f32(1)), f32(NaN), finite);
});

/** atanh(±1) = ±∞, NaN beyond; ±0 stays. */
export const atanh: ScalarFunction = defineUnary("atanh", "f32", (named, x) => {
  const size = named("size", abs(x));
  const inside = named("inside", lt(size, f32(1)));
  const a = named("a", select(inside, size, f32(0)));
  const ratio = quotient(named, { hi: add(a, a), lo: f32(0) }, fastTwoSum(named, "rest", f32(1), neg(a)));
  const v = fastTwoSum(named, "v", ratio.hi, ratio.lo);
  const parts = logOfOnePlus(named, v);
  const near = named("result", mul(f32(0.5), add(parts.hi, parts.lo)));
  const outside = select(eq(size, f32(1)), f32(Infinity), f32(NaN));
  return withSignOf(x, select(lt(size, f32(TINY)), size, select(inside, near, outside)));
});
