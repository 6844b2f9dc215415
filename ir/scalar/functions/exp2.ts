/**
 * exp2(x) = 2ⁿ·2ʳ with n the nearest integer and r = x − n exact, |r| ≤ ½. 2ʳ = 1 + r·ln 2 + r²·P(r), P minimax of
 * degree 4 (f64: 11). The product r·ln 2 is kept in two terms: the heads of both have 12 bits (26).
 */
import { type PerFormat, add, bits, defineForFloats, lt, mul, polynomial, select, sub, subw } from "./build.js";
import { atLeast, scaleFactors, tuned, tuning } from "./exp.js";
import { fastTwoSum, split } from "./two-term.js";

interface Tuning {
  readonly LN2_HEAD: number;
  readonly LN2_TAIL: number;
  readonly P: readonly number[];
  /** Beyond these the result is 0 or ∞ like at them. */
  readonly LEAST: number;
  readonly GREATEST: number;
}

const table: PerFormat<Tuning> = {
  f32: { LN2_HEAD: 0.693115234, LN2_TAIL: 3.19461833e-5, LEAST: -152, GREATEST: 129, P: [0.240226507, 0.055503808, 0.0096180737, 0.00133814465, 0.000154592504] },
  f64: {
    LN2_HEAD: 0.6931471824645996, LN2_TAIL: -1.904654299957768e-9, LEAST: -1077, GREATEST: 1025,
    P: [
      0.24022650695910072, 0.05550410866482158, 0.00961812910762848, 0.0013333558146428445,
      0.00015403530393370734, 1.5252733804054815e-05, 1.3215486808705563e-06, 1.0178086017815424e-07,
      7.0548973041554995e-09, 4.445531657142326e-10, 2.5729324177362305e-11, 1.371500159165148e-12,
    ],
  },
};

export const exp2 = defineForFloats("exp2", table, (named, x, { c, i, LN2_HEAD, LN2_TAIL, P, LEAST, GREATEST }) => {
  const { ROUNDER, ROUNDER_BITS } = tuned(tuning, x);
  const clamped = named("clamped", atLeast(LEAST, select(lt(c(GREATEST), x), c(GREATEST), x)));
  const rounded = named("rounded", add(clamped, c(ROUNDER)));
  const n = named("n", subw(bits(rounded), i(ROUNDER_BITS)));
  const r = named("r", sub(clamped, sub(rounded, c(ROUNDER))));
  const { hi: head, lo: tail } = split(named, "r", r);
  const one = fastTwoSum(named, "one", c(1), mul(head, c(LN2_HEAD)));
  const low = add(mul(tail, c(LN2_HEAD)), mul(r, c(LN2_TAIL)));
  const bend = add(low, mul(mul(r, r), polynomial(r, P)));
  const [scaleA, scaleB] = scaleFactors(named, n);
  return mul(mul(add(one.hi, add(one.lo, bend)), scaleA), scaleB);
});
