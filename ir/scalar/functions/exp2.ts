/**
 * exp2(x) = 2ⁿ·2ʳ with n the nearest integer and r = x − n exact, |r| ≤ ½. 2ʳ = 1 + r·ln 2 + r²·P(r), P minimax of
 * degree 4. The product r·ln 2 is kept in two terms: the heads of both have 12 bits.
 */
import type { ScalarFunction } from "../term.js";
import { add, bits, defineUnary, f32, i32, lt, mul, polynomial, select, sub, subw } from "./build.js";
import { ROUNDER, ROUNDER_BITS, atLeast, scaleFactors } from "./exp.js";
import { fastTwoSum, split } from "./two-term.js";

const LN2_HEAD = 0.693115234;
const LN2_TAIL = 3.19461833e-5;

const P = [0.240226507, 0.055503808, 0.0096180737, 0.00133814465, 0.000154592504] as const;

/** Outside [−152, 129] the result is 0 or ∞ like at the ends. */
export const exp2: ScalarFunction = defineUnary("exp2", "f32", (named, x) => {
  const clamped = named("clamped", atLeast(-152, select(lt(f32(129), x), f32(129), x)));
  const rounded = named("rounded", add(clamped, f32(ROUNDER)));
  const n = named("n", subw(bits(rounded), i32(ROUNDER_BITS)));
  const r = named("r", sub(clamped, sub(rounded, f32(ROUNDER))));
  const { hi: head, lo: tail } = split(named, "r", r);
  const one = fastTwoSum(named, "one", f32(1), mul(head, f32(LN2_HEAD)));
  const low = add(mul(tail, f32(LN2_HEAD)), mul(r, f32(LN2_TAIL)));
  const bend = add(low, mul(mul(r, r), polynomial(r, P)));
  const [scaleA, scaleB] = scaleFactors(named, n);
  return mul(mul(add(one.hi, add(one.lo, bend)), scaleA), scaleB);
});
