/**
 * sinh and cosh. With |x| = n·ln 2 + r and b = 4⁻ⁿ, 2·sinh|x| = 2ⁿ·(exp(r) − b·exp(−r)) and 2·cosh x = 2ⁿ·(exp(r) + b·exp(−r)).
 * exp(±r) = 1 + r²·C(r²) ± (r + r³·S(r²)), S and C minimax of degree 2, so one reduction serves both exponentials. 1 ∓ b,
 * r and ±b·r are summed in two terms; where n = 0, that sum is 2r or 2 and nothing is lost near 0.
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, abs, add, addw, defineUnary, f32, i32, lt, mul, neg, polynomial, select, sub, subw, withSignOf } from "./build.js";
import { powerOfTwo, reduceByLn2, scaleFactors } from "./exp.js";
import { fastTwoSum } from "./two-term.js";

const S = [0.166666672, 0.00833315123, 0.000199969858] as const;
const C = [0.5, 0.0416665077, 0.00139308942] as const;

/** From here on both are infinite; below 2⁻¹² sinh(x) rounds to x. */
const LIMIT = 90;
const TINY = 2 ** -12;

/** exp(x)/2 + sign·exp(−x)/2 for x ≥ 0. */
function halfSum(named: Let, size: Value, sign: 1 | -1): Value {
  const clamped = named("clamped", select(lt(f32(LIMIT), size), f32(LIMIT), size));
  const { n, hi: r, lo } = reduceByLn2(named, clamped);
  const few = named("few", select(lt(i32(60), n), i32(60), n)); // beyond, b is nothing beside 1
  const b = named("b", mul(f32(sign), powerOfTwo(subw(subw(i32(0), few), few))));
  const more = fastTwoSum(named, "more", f32(1), b);
  const square = named("square", mul(r, r));
  const odd = add(lo, mul(mul(r, square), polynomial(square, S)));
  const even = mul(square, polynomial(square, C));
  const first = fastTwoSum(named, "first", more.hi, r);
  const second = fastTwoSum(named, "second", first.hi, neg(mul(b, r)));
  const rest = add(more.lo, add(mul(sub(f32(1), b), odd), mul(more.hi, even)));
  const sum = named("sum", add(second.hi, add(add(first.lo, second.lo), rest)));
  const [scaleA, scaleB] = scaleFactors(named, addw(n, i32(-1)));
  return mul(mul(sum, scaleA), scaleB);
}

/** ±0 stays. */
export const sinh: ScalarFunction = defineUnary("sinh", "f32", (named, x) => {
  const size = named("size", abs(x));
  const far = named("far", halfSum(named, size, -1));
  return withSignOf(x, select(lt(size, f32(TINY)), size, far));
});

export const cosh: ScalarFunction = defineUnary("cosh", "f32", (named, x) => halfSum(named, named("size", abs(x)), 1));
