/**
 * gelu(x) = x·Φ(x), Φ the normal distribution: the exact (erf) form.
 *
 * For a = |x| < ½: x·(½ + x·(1/√(2π) + x²·C(x²))). Elsewhere Φ(−a) = exp(−a²/2)·G(a), with
 * G(a) = u·P(u − c), u = 1/(1 + 0.4·a), and Φ(a) = 1 − Φ(−a). The square is taken in
 * two terms, because exp magnifies its error; so are u, the last steps of P, the
 * exponential and the products after it, because below zero nothing else of the result is left. Below −14.5
 * the result is −0, at −∞ too (the limit; the formula with erf would give NaN).
 */
import type { ScalarFunction } from "../term.js";
import { type Value, abs, add, constant, defineUnary, eq, lt, mul, neg, not, or, polynomial, select, sub } from "./build.js";
import { fineExponential, scaleFactors } from "./exp.js";
import { type TwoTerm, fastTwoSum, quotient, twoProduct, twoSum, twoTimes } from "./two-term.js";

const f32 = (value: number): Value => constant("f32", value);

/** Φ'(0) = 1/√(2π) in two terms. */
const DENSITY = 0.398942292;
const DENSITY_LO = -1.13351702e-8;
const C = [-0.0664904819, 0.00997359119, -0.00118717342, 0.000112106703] as const;
const CENTRE = 0.51953125;
const P = [
  0.289519429, 0.355165958, 0.20920898, -0.0376691185, -0.1025123, 0.0279816482, 0.059583962, -0.041417826,
  -0.0267727561, 0.0373183377,
] as const;
const LIMIT = 14.5;

export const gelu: ScalarFunction = defineUnary("gelu", "f32", (named, x) => {
  const size = named("size", abs(x));
  const a = named("a", select(lt(f32(LIMIT), size), f32(LIMIT), size));
  const square = twoProduct(named, "square", a, a);
  const density = fastTwoSum(named, "density", f32(DENSITY), named("fall", mul(square.hi, polynomial(square.hi, C))));
  const nearX = named("nearX", select(lt(a, f32(0.5)), x, f32(0)));
  const central = twoProduct(named, "central", nearX, density.hi); // Φ(x) − ½
  const centre = fastTwoSum(named, "centre", f32(0.5), central.hi);
  const centreLo = add(centre.lo, add(central.lo, mul(nearX, add(density.lo, f32(DENSITY_LO)))));

  const minusHalf = f32(-0.5);
  const { n, value } = fineExponential(named, named("argument", mul(minusHalf, square.hi)), mul(minusHalf, square.lo));
  const [scaleA, scaleB] = scaleFactors(named, n);
  const slope = twoProduct(named, "slope", f32(0.4), a);
  const divisor = twoSum(named, "divisor", f32(1), slope.hi);
  const u = quotient(named, { hi: f32(1), lo: f32(0) }, { hi: divisor.hi, lo: named("divisorTail", add(divisor.lo, slope.lo)) });
  const distance = twoSum(named, "distance", u.hi, f32(-CENTRE));
  const offset = fastTwoSum(named, "offset", distance.hi, add(distance.lo, u.lo));
  const factor = P.slice(0, 3).reduceRight((inner: TwoTerm, coefficient, k) => {
    const change = twoProduct(named, `change${k}`, offset.hi, inner.hi);
    const changeLo = add(change.lo, add(mul(offset.hi, inner.lo), mul(offset.lo, inner.hi)));
    const sum = fastTwoSum(named, `sum${k}`, f32(coefficient), change.hi);
    return { hi: sum.hi, lo: named(`factor${k}`, add(sum.lo, changeLo)) };
  }, { hi: named("bend", polynomial(offset.hi, P.slice(3))), lo: f32(0) });
  const ratio = twoTimes(named, "ratio", u, factor);
  const whole = twoTimes(named, "whole", fastTwoSum(named, "power", value.hi, value.lo), ratio);
  const product = twoTimes(named, "product", whole, { hi: a, lo: f32(0) });
  const below = neg(mul(mul(add(product.hi, product.lo), scaleA), scaleB));
  const most = fastTwoSum(named, "most", f32(1), neg(mul(mul(whole.hi, scaleA), scaleB)));
  const mostLo = sub(most.lo, mul(mul(whole.lo, scaleA), scaleB));
  const small = named("small", lt(a, f32(0.5)));
  const phi = { hi: named("phi", select(small, centre.hi, most.hi)), lo: named("phiLo", select(small, centreLo, mostLo)) };
  const limited = named("limited", select(lt(f32(LIMIT), x), f32(LIMIT), x));
  const times = twoProduct(named, "times", limited, phi.hi);
  const above = select(or(lt(f32(LIMIT), x), eq(x, f32(0))), x, add(times.hi, add(times.lo, mul(limited, phi.lo))));
  return select(or(small, not(lt(x, f32(0)))), above, below);
});
