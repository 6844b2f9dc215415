/**
 * gelu(x) = x·Φ(x), Φ the normal distribution: the exact (erf) form.
 *
 * For a = |x| < ½: x·(½ + x·C(x²)). Elsewhere Φ(−a) = exp(−a²/2)·G(a), with
 * G(a) = u·P(u − c), u = 1/(1 + 0.4·a), and Φ(a) = 1 − Φ(−a). The square is taken in
 * two terms, because exp magnifies its error; so are u, the last step of P and the
 * products after it, because below zero nothing else of the result is left. Below −14.5
 * the result is −0, at −∞ too (the limit; the formula with erf would give NaN).
 */
import type { ScalarFunction } from "../term.js";
import { abs, add, defineUnary, f32, lt, mul, neg, polynomial, select, sub } from "./build.js";
import { exponential, scaleFactors } from "./exp.js";
import { fastTwoSum, quotient, twoProduct, twoSum, twoTimes } from "./two-term.js";

const C = [0.398942262, -0.066489473, 0.00996110588, -0.00112265465] as const;
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
  const near = mul(x, add(f32(0.5), mul(x, polynomial(square.hi, C))));

  const minusHalf = f32(-0.5);
  const { n, value } = exponential(named, named("argument", mul(minusHalf, square.hi)), mul(minusHalf, square.lo));
  const [scaleA, scaleB] = scaleFactors(named, n);
  const slope = twoProduct(named, "slope", f32(0.4), a);
  const divisor = twoSum(named, "divisor", f32(1), slope.hi);
  const u = quotient(named, { hi: f32(1), lo: f32(0) }, { hi: divisor.hi, lo: named("divisorTail", add(divisor.lo, slope.lo)) });
  const offset = fastTwoSum(named, "offset", named("distance", sub(u.hi, f32(CENTRE))), u.lo);
  const [constant, ...higher] = P;
  const rise = named("rise", polynomial(offset.hi, higher));
  const sum = fastTwoSum(named, "sum", f32(constant), named("change", mul(offset.hi, rise)));
  const factor = { hi: sum.hi, lo: named("factorTail", add(sum.lo, mul(offset.lo, rise))) };
  const ratio = twoTimes(named, "ratio", u, factor);
  const whole = twoTimes(named, "whole", fastTwoSum(named, "power", value.hi, value.lo), ratio);
  const tail = add(whole.hi, whole.lo); // Φ(−a) / 2ⁿ
  const product = twoTimes(named, "product", whole, { hi: a, lo: f32(0) });
  const below = neg(mul(mul(add(product.hi, product.lo), scaleA), scaleB));
  const above = mul(x, sub(f32(1), mul(mul(tail, scaleA), scaleB)));
  return select(lt(a, f32(0.5)), near, select(lt(x, f32(0)), below, above));
});
