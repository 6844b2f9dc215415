/**
 * Two-term arithmetic: a value as the unevaluated sum hi + lo of two floats, about 48
 * bits of f32 and 106 of f64, from separately rounded sums and products (Dekker 1971, Knuth). It serves
 * where one float would lose the last bit of a result.
 */
import { type Let, type Value, add, div, eq, formatOf, mul, select, sqrt, sub } from "./build.js";

export interface TwoTerm {
  readonly hi: Value;
  readonly lo: Value;
}

/** a + b exactly, where |a| ≥ |b| or a is zero. */
export function fastTwoSum(named: Let, name: string, a: Value, b: Value): TwoTerm {
  const hi = named(`${name}Hi`, add(a, b));
  return { hi, lo: named(`${name}Lo`, add(sub(a, hi), b)) };
}

/** a + b exactly, for finite a and b in any order. */
export function twoSum(named: Let, name: string, a: Value, b: Value): TwoTerm {
  const hi = named(`${name}Hi`, add(a, b));
  const part = named(`${name}Part`, sub(hi, a));
  return { hi, lo: named(`${name}Lo`, add(sub(a, sub(hi, part)), sub(b, part))) };
}

/** a exactly, as two terms of at most 12 bits each (Veltkamp), 26 of f64, for |a| < 2¹¹⁵. */
export function split(named: Let, name: string, a: Value): TwoTerm {
  const scaled = named(`${name}Scaled`, mul(a, formatOf(a).c(a.type === "f64" ? 134217729 : 4097)));
  const hi = named(`${name}Head`, sub(scaled, sub(scaled, a)));
  return { hi, lo: named(`${name}Tail`, sub(a, hi)) };
}

/** a · b exactly, unless it overflows or its error term is subnormal. */
export function twoProduct(named: Let, name: string, a: Value, b: Value): TwoTerm {
  const hi = named(`${name}Hi`, mul(a, b));
  const { hi: ah, lo: al } = split(named, `${name}A`, a);
  const { hi: bh, lo: bl } = split(named, `${name}B`, b);
  const cross = add(add(sub(mul(ah, bh), hi), mul(ah, bl)), mul(al, bh));
  return { hi, lo: named(`${name}Lo`, add(cross, mul(al, bl))) };
}

/** a · b to about 2⁻⁴⁴ relative, 2⁻¹⁰² of f64. */
export function twoTimes(named: Let, name: string, a: TwoTerm, b: TwoTerm): TwoTerm {
  const main = twoProduct(named, `${name}Main`, a.hi, b.hi);
  return fastTwoSum(named, name, main.hi, add(main.lo, add(mul(a.hi, b.lo), mul(a.lo, b.hi))));
}

/** a / b to about 2⁻⁴⁰ relative, 2⁻⁹⁸ of f64, for a and b of moderate exponent: the remainder of the rounded quotient, divided again. */
export function quotient(named: Let, a: TwoTerm, b: TwoTerm): TwoTerm {
  const inverse = named("inverse", div(formatOf(b.hi).c(1), b.hi));
  const hi = named("quotientHi", mul(a.hi, inverse));
  const back = twoProduct(named, "back", hi, b.hi);
  const remainder = sub(add(sub(sub(a.hi, back.hi), back.lo), a.lo), mul(hi, b.lo));
  return { hi, lo: named("quotientLo", mul(remainder, inverse)) };
}

/** √a to about 2⁻⁴⁰ relative, 2⁻⁹⁸ of f64, for a > 0 of moderate exponent; the zero of a = 0 has no second term. */
export function root(named: Let, a: TwoTerm): TwoTerm {
  const { c } = formatOf(a.hi);
  const hi = named("rootHi", sqrt(a.hi));
  const square = twoProduct(named, "rootSquare", hi, hi);
  const rest = add(sub(sub(a.hi, square.hi), square.lo), a.lo);
  const slope = select(eq(hi, c(0)), c(1), add(hi, hi));
  return { hi, lo: named("rootLo", div(rest, slope)) };
}
