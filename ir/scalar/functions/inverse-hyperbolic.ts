/**
 * asinh, acosh and atanh, each as the logarithm of 1 + v with v in two terms:
 *
 *     asinh a = log(1 + v),     v = a + (√(1 + a²) − 1)
 *     acosh x = log(1 + v),     v = d + √(d·(d + 2)),  d = x − 1
 *     atanh a = ½·log(1 + v),   v = 2a / (1 − a)
 *
 * The first and the last are for a = |x| ≥ 2⁻¹² (f64: 2⁻²⁷); below, both functions round to x.
 */
import { type Let, type PerFormat, type Value, abs, add, defineForFloats, eq, formatOf, lt, mul, neg, select, sub, withSignOf } from "./build.js";
import { tuned } from "./exp.js";
import { logOfOnePlus } from "./log1p.js";
import { type TwoTerm, fastTwoSum, quotient, root, twoProduct, twoSum } from "./two-term.js";

interface Tuning {
  readonly TINY: number;
  /** From here on √(x² ± 1) is x for the logarithm: asinh and acosh are log(2x) = log(x) + ln 2, to 2⁻²⁸ absolute (f64: 2⁻⁶²). */
  readonly LARGE: number;
}

const table: PerFormat<Tuning> = { f32: { TINY: 2 ** -12, LARGE: 2 ** 13 }, f64: { TINY: 2 ** -27, LARGE: 2 ** 30 } };

/** x² + one, as two terms, for x ≤ LARGE. */
function squareAnd(named: Let, x: Value, one: number): TwoTerm {
  const square = twoProduct(named, "square", x, x);
  const sum = twoSum(named, "radicand", square.hi, formatOf(x).c(one));
  return fastTwoSum(named, "under", sum.hi, named("radicandTail", add(sum.lo, square.lo)));
}

/** log(1 + v), or log(2x) where x is large, in one float; `less` is x − 1. */
function logOrDouble(named: Let, x: Value, less: TwoTerm, v: TwoTerm): Value {
  const { c, LARGE } = tuned(table, x);
  const large = named("large", lt(c(LARGE), x));
  const argument = { hi: named("vHi", select(large, less.hi, v.hi)), lo: named("vLo", select(large, less.lo, v.lo)) };
  const parts = logOfOnePlus(named, argument, select(large, c(1), c(0)));
  return named("logarithm", add(parts.hi, parts.lo));
}

/** ±0 and ±∞ stay. */
export const asinh = defineForFloats("asinh", table, (named, x, { c, TINY, LARGE }) => {
  const size = named("size", abs(x));
  const a = named("a", select(lt(c(LARGE), size), c(LARGE), size));
  const side = root(named, squareAnd(named, a, 1));
  const sum = fastTwoSum(named, "v", a, named("grown", sub(side.hi, c(1)))); // exact
  const less = fastTwoSum(named, "less", size, c(-1));
  const log = logOrDouble(named, size, less, { hi: sum.hi, lo: named("tail", add(sum.lo, side.lo)) });
  const finite = select(lt(size, c(Infinity)), log, size);
  return withSignOf(x, select(lt(size, c(TINY)), size, finite));
});

/** acosh(1) = 0, acosh(∞) = ∞, NaN below 1. */
export const acosh = defineForFloats("acosh", table, (named, x, { c, LARGE }) => {
  const a = named("a", select(lt(c(LARGE), x), c(LARGE), x));
  const side = root(named, squareAnd(named, a, -1));
  const d = fastTwoSum(named, "d", x, c(-1));
  const sum = twoSum(named, "v", side.hi, d.hi);
  const log = logOrDouble(named, x, d, { hi: sum.hi, lo: named("tail", add(sum.lo, add(side.lo, d.lo))) });
  const finite = select(lt(x, c(Infinity)), log, x);
  return select(lt(x, c(1)), c(NaN), finite);
});

/** atanh(±1) = ±∞, NaN beyond; ±0 stays. */
export const atanh = defineForFloats("atanh", table, (named, x, { c, TINY }) => {
  const size = named("size", abs(x));
  const inside = named("inside", lt(size, c(1)));
  const a = named("a", select(inside, size, c(0)));
  const ratio = quotient(named, { hi: add(a, a), lo: c(0) }, fastTwoSum(named, "rest", c(1), neg(a)));
  const v = fastTwoSum(named, "v", ratio.hi, ratio.lo);
  const parts = logOfOnePlus(named, v);
  const near = named("result", mul(c(0.5), add(parts.hi, parts.lo)));
  const outside = select(eq(size, c(1)), c(Infinity), c(NaN));
  return withSignOf(x, select(lt(size, c(TINY)), size, select(inside, near, outside)));
});
