/**
 * sinh and cosh. With |x| = n·ln 2 + r and b = 4⁻ⁿ, 2·sinh|x| = 2ⁿ·(exp(r) − b·exp(−r)) and 2·cosh x = 2ⁿ·(exp(r) + b·exp(−r)).
 * exp(±r) = 1 + r²·C(r²) ± (r + r³·S(r²)), S and C of degree 2 (f64: 5), so one reduction serves both exponentials. 1 ∓ b,
 * r and ±b·r are summed in two terms; where n = 0, that sum is 2r or 2 and nothing is lost near 0.
 */
import { type Let, type PerFormat, type Value, abs, add, addw, defineForFloats, lt, mul, neg, polynomial, select, sub, subw, withSignOf } from "./build.js";
import { powerOfTwo, reduceByLn2, scaleFactors, tuned } from "./exp.js";
import { fastTwoSum } from "./two-term.js";

interface Tuning {
  readonly S: readonly number[];
  readonly C: readonly number[];
  /** From here on both are infinite. */
  readonly LIMIT: number;
  /** Below this sinh(x) rounds to x. */
  readonly TINY: number;
  /** From this n on, b is nothing beside 1. */
  readonly FEW: number;
}

const table: PerFormat<Tuning> = {
  f32: { S: [0.166666672, 0.00833315123, 0.000199969858], C: [0.5, 0.0416665077, 0.00139308942], LIMIT: 90, TINY: 2 ** -12, FEW: 60 },
  f64: {
    LIMIT: 711, TINY: 2 ** -27, FEW: 120,
    S: [
      0.16666666666666666, 0.008333333333333333, 0.00019841269841263298, 2.755731924721873e-06,
      2.505207109429355e-08, 1.608662795678037e-10,
    ],
    C: [
      0.5, 0.04166666666666668, 0.0013888888888879073, 2.4801587336442236e-05, 2.75572632790885e-07,
      2.0918137737642736e-09,
    ],
  },
};

/** exp(x)/2 + sign·exp(−x)/2 for x ≥ 0. */
function halfSum(named: Let, size: Value, sign: 1 | -1): Value {
  const { c, i, S, C, LIMIT, FEW } = tuned(table, size);
  const clamped = named("clamped", select(lt(c(LIMIT), size), c(LIMIT), size));
  const { n, hi: r, lo } = reduceByLn2(named, clamped);
  const few = named("few", select(lt(i(FEW), n), i(FEW), n));
  const b = named("b", mul(c(sign), powerOfTwo(subw(subw(i(0), few), few))));
  const more = fastTwoSum(named, "more", c(1), b);
  const square = named("square", mul(r, r));
  const odd = add(lo, mul(mul(r, square), polynomial(square, S)));
  const even = mul(square, polynomial(square, C));
  const first = fastTwoSum(named, "first", more.hi, r);
  const second = fastTwoSum(named, "second", first.hi, neg(mul(b, r)));
  const rest = add(more.lo, add(mul(sub(c(1), b), odd), mul(more.hi, even)));
  const sum = named("sum", add(second.hi, add(add(first.lo, second.lo), rest)));
  const [scaleA, scaleB] = scaleFactors(named, addw(n, i(-1)));
  return mul(mul(sum, scaleA), scaleB);
}

/** ±0 stays. */
export const sinh = defineForFloats("sinh", table, (named, x, { c, TINY }) => {
  const size = named("size", abs(x));
  const far = named("far", halfSum(named, size, -1));
  return withSignOf(x, select(lt(size, c(TINY)), size, far));
});

export const cosh = defineForFloats("cosh", table, (named, x) => halfSum(named, named("size", abs(x)), 1));
