/**
 * pow(a, b) = exp(b·log|a|), with the sign and the special cases of C99. exp magnifies
 * an error of its argument by up to 128, so the logarithm is a two-term one, good to
 * about 2⁻³⁵: with s = f/(2 + f), log(1 + f) = 2s·(1 + s²/3 + s⁴·Q(s²)).
 */
import { present } from "../../prelude.js";
import type { ScalarFunction } from "../term.js";
import {
  type Let, type PerFormat, type Value, abs, add, and, bits, defineBinary, eq, formatOf, formats, lt, mul, neg, not, or, polynomial, select, sub,
} from "./build.js";
import { exponential, scaleFactors, tuned, tuning } from "./exp.js";
import { normalise } from "./log.js";
import { type TwoTerm, fastTwoSum, quotient, twoProduct, twoTimes } from "./two-term.js";

interface Tuning {
  /** The first coefficients, 1/3 (and 1/5), in two terms, and the polynomial Q after them. */
  readonly LEADING: readonly (readonly [number, number])[];
  readonly Q: readonly number[];
  /** Enough of an exponent for the float nearest to 1. */
  readonly ENOUGH: number;
}

const table: PerFormat<Tuning> = {
  f32: { LEADING: [[0.333333343, -9.93410776e-9]], Q: [0.200000763, 0.142735466, 0.11709749], ENOUGH: 2 ** 32 },
  f64: {
    LEADING: [[0.3333333333333333, 1.850371707708594e-17], [0.2, -1.1102230246251566e-17]], ENOUGH: 2 ** 65,
    Q: [
      0.14285714285714285, 0.11111111111111474, 0.0909090909065036, 0.07692307762468115, 0.06666657336935806,
      0.05883025107175354, 0.052364486520838846, 0.05308562289650597,
    ],
  },
};

/** square·(1/3 + square·(1/5 + … square·Q)), all but the last sums in two terms. */
function series(named: Let, square: TwoTerm): TwoTerm {
  const { c, LEADING, Q } = tuned(table, square.hi);
  const [third, fifth] = LEADING.map(([hi, lo]): TwoTerm => ({ hi: c(hi), lo: c(lo) }));
  const tail = mul(mul(square.hi, square.hi), polynomial(square.hi, Q));
  const start = twoTimes(named, "third", square, present(third, "1/3"));
  if (fifth === undefined) return { hi: start.hi, lo: named("curve", add(start.lo, tail)) };
  const inner = twoTimes(named, "fifth", square, fifth);
  const further = twoTimes(named, "further", square, fastTwoSum(named, "inner", inner.hi, named("innerTail", add(inner.lo, tail))));
  const sum = fastTwoSum(named, "series", start.hi, further.hi);
  return { hi: sum.hi, lo: named("curve", add(sum.lo, add(start.lo, further.lo))) };
}

/** log(a) for finite a > 0. */
function preciseLog(named: Let, a: Value): TwoTerm {
  const { c, LN2_HI, LN2_LO } = tuned(tuning, a);
  const { exponent, f } = normalise(named, a);
  const ratio = quotient(named, { hi: f, lo: c(0) }, fastTwoSum(named, "bottom", c(2), f));
  const s = fastTwoSum(named, "s", ratio.hi, ratio.lo);
  const square = twoTimes(named, "square", s, s);
  const bend = twoTimes(named, "bend", s, series(named, square));
  const half = fastTwoSum(named, "half", s.hi, bend.hi); // log(1 + f) / 2, without its last terms
  const low = mul(c(2), add(half.lo, add(s.lo, bend.lo)));
  const sum = fastTwoSum(named, "sum", mul(exponent, c(LN2_HI)), mul(c(2), half.hi));
  return fastTwoSum(named, "log", sum.hi, add(sum.lo, add(low, mul(exponent, c(LN2_LO)))));
}

/** x limited to [low, high]; NaN stays. */
function clamp(x: Value, low: number, high: number): Value {
  const { c } = formatOf(x);
  const capped = select(lt(c(high), x), c(high), x);
  return select(lt(x, c(low)), c(low), capped);
}

/** Whether a value ≥ 0 is an integer; from 2²³ on (f64: 2⁵²) every float is. */
function isInteger(named: Let, name: string, x: Value): Value {
  const { c, fraction } = formatOf(x);
  const limit = c(2 ** fraction);
  const small = named(name, select(lt(limit, x), limit, x));
  return eq(sub(add(small, limit), limit), small);
}

/** |a|^b, for a ≠ 1 and b ≠ 0. */
function magnitude(named: Let, a: Value, b: Value): Value {
  const { c, LEAST, GREATEST } = tuned(tuning, a);
  const { ENOUGH } = tuned(table, a);
  const log = preciseLog(named, a);
  const power = named("power", clamp(b, -ENOUGH, ENOUGH));
  const product = twoProduct(named, "product", power, log.hi);
  const argument = fastTwoSum(named, "argument", product.hi, add(product.lo, mul(power, log.lo)));
  const inside = named("inside", clamp(argument.hi, LEAST, GREATEST));
  const tail = named("tail", select(eq(inside, argument.hi), argument.lo, c(0)));
  const { n, value } = exponential(named, inside, tail);
  const [scaleA, scaleB] = scaleFactors(named, n);
  return mul(mul(add(value.hi, value.lo), scaleA), scaleB);
}

/** As C99 pow: 1 for a = 1 or b = 0 even with NaN; NaN for finite a < 0 and b no integer; signed zeros and infinities. */
export const pow: readonly ScalarFunction[] = [formats.f32, formats.f64].map(({ type, c, i }) => defineBinary("pow", type, (named, a, b) => {
  const size = named("size", abs(a));
  const infinity = c(Infinity);
  const general = magnitude(named, size, b);
  const vanishes = eq(lt(b, c(0)), lt(c(1), size)); // for |a| = 0 or ∞
  const extreme = or(eq(size, c(0)), eq(size, infinity));
  const edge = select(eq(b, b), select(vanishes, c(0), infinity), b);
  const result = named("result", select(extreme, edge, general));

  const whole = named("whole", isInteger(named, "wholePart", abs(b)));
  const odd = and(whole, not(isInteger(named, "halfPart", mul(abs(b), c(0.5)))));
  const signed = select(and(odd, lt(bits(a), i(0))), neg(result), result);
  const complex = and(and(lt(a, c(0)), not(whole)), lt(size, infinity));
  const undefinedPower = or(complex, not(eq(a, a))); // the general case forgets that a is NaN
  const unit = or(eq(a, c(1)), eq(b, c(0)));
  return select(unit, c(1), select(undefinedPower, c(NaN), signed));
}));
