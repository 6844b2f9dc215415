/**
 * What is known of one number of a computation: the range of its exact value over the
 * reals, and how far the float that stands for it can be from that, in two parts.
 * Rules for the scalar operators follow the standard model of IEEE 754 (Higham,
 * Accuracy and Stability, §2.2): a sum or quotient z that does not overflow is rounded
 * to z(1 + δ), a product to z(1 + δ) + η, with |δ| <= u = 2^-24 and |η| <= 2^-150; a
 * sum of floats never loses anything to underflow.
 */
import { unsupported } from "../../ir/prelude.js";
import {
  halfLeast, larger, largestFinite, magnitude, one, quotientDown, quotientUp, rootDown, roundoffOf, smaller, timesDown, timesUp,
} from "./fixed.js";

/**
 * With m what the node's exact operators, and exact constants, make of the floats that
 * enter the node:
 * |m − exact| <= propagated and |float − m| <= introduced, so |float − exact| is at most
 * their sum. All on the grid of fixed.ts.
 */
export interface Value {
  /** Range of the exact value. */
  readonly low: bigint;
  readonly high: bigint;
  /** From errors that the operands of the node bring along. */
  readonly propagated: bigint;
  /** From roundings within the node. */
  readonly introduced: bigint;
}

export const zero: Value = { low: 0n, high: 0n, propagated: 0n, introduced: 0n };

/** Where a maximum starts; no other operator takes it. */
export const minusInfinity: Value = { ...zero };

export function errorOf(a: Value): bigint {
  return a.propagated + a.introduced;
}

/** The largest magnitude of the exact value. */
export function sizeOf({ low, high }: Value): bigint {
  return larger(magnitude(low), magnitude(high));
}

function isExactly(a: Value, n: bigint): boolean {
  return a.low === n && a.high === n && a.propagated === 0n && a.introduced === 0n;
}

export function hull(a: Value, b: Value): Value {
  return {
    low: smaller(a.low, b.low), high: larger(a.high, b.high),
    propagated: larger(a.propagated, b.propagated), introduced: larger(a.introduced, b.introduced),
  };
}

/** What a reader of the node's result has: all its error comes along. */
export function carried(a: Value): Value {
  return { ...a, propagated: errorOf(a), introduced: 0n };
}

/** `exact` is computed on floats and then rounded; `least` is 0 for operators without underflow. */
function rounded(exact: Value, least: bigint): Value {
  const size = sizeOf(exact) + errorOf(exact);
  if (size > largestFinite) unsupported("no-bound", "a float may overflow within the box", undefined, "declare a smaller box");
  return { ...exact, introduced: exact.introduced + roundoffOf(size) + least };
}

export function sumOf(a: Value, b: Value): Value {
  return { low: a.low + b.low, high: a.high + b.high, propagated: a.propagated + b.propagated, introduced: a.introduced + b.introduced };
}

/** 0 + x is x, whatever x is. */
export function add(a: Value, b: Value): Value {
  if (isExactly(a, 0n)) return b;
  return isExactly(b, 0n) ? a : rounded(sumOf(a, b), 0n);
}

export function negate(a: Value): Value {
  return { ...a, low: -a.high, high: -a.low };
}

/** |âb̂ − ab| <= |a|·e_b + |b|·e_a + e_a·e_b; a range times a literal, and the square of nothing else, is exact. */
export function productOf(a: Value, b: Value): Value {
  if (b.low === b.high && errorOf(b) === 0n) return multiple(a, b.low);
  if (a.low === a.high && errorOf(a) === 0n) return multiple(b, a.low);
  const ends = [[a.low, b.low], [a.low, b.high], [a.high, b.low], [a.high, b.high]] as const;
  const [x, y] = [sizeOf(a), sizeOf(b)];
  const error = (e: bigint, f: bigint): bigint => timesUp(x, f) + timesUp(y, e) + timesUp(e, f);
  const propagated = error(a.propagated, b.propagated);
  return {
    low: ends.map(([p, q]) => timesDown(p, q)).reduce(smaller), high: ends.map(([p, q]) => timesUp(p, q)).reduce(larger),
    propagated, introduced: error(errorOf(a), errorOf(b)) - propagated,
  };
}

function multiple(a: Value, factor: bigint): Value {
  const size = magnitude(factor);
  const [least, most] = factor < 0n ? [a.high, a.low] : [a.low, a.high];
  return { low: timesDown(least, factor), high: timesUp(most, factor), propagated: timesUp(a.propagated, size), introduced: timesUp(a.introduced, size) };
}

/** 0 · x is 0, since no x is infinite; 1 · x is x. */
export function multiply(a: Value, b: Value): Value {
  if (isExactly(a, 0n) || isExactly(b, 0n)) return zero;
  if (isExactly(a, one)) return b;
  return isExactly(b, one) ? a : rounded(productOf(a, b), halfLeast);
}

/** fma: the product and the sum, rounded once. */
export function fused(a: Value, b: Value, c: Value): Value {
  return rounded(sumOf(productOf(a, b), c), halfLeast);
}

/** |â/b̂ − a/b| <= (e_a + |a/b|·e_b) / |b̂|, for a divisor of one sign. */
export function divide(a: Value, b: Value): Value {
  if (b.high < 0n) return divide(negate(a), negate(b));
  const least = b.low - errorOf(b);
  if (least <= 0n) unsupported("no-bound", "a divisor may be 0 within the box", undefined, "declare a smaller box");
  const ends = [quotientDown(a.low, b.low), quotientDown(a.low, b.high), quotientUp(a.high, b.low), quotientUp(a.high, b.high)];
  const range = { low: ends.reduce(smaller), high: ends.reduce(larger) };
  const size = larger(magnitude(range.low), magnitude(range.high));
  const propagated = quotientUp(a.propagated + timesUp(size, b.propagated), least);
  const introduced = quotientUp(a.introduced + timesUp(size + propagated, b.introduced), least);
  return rounded({ ...range, propagated, introduced }, halfLeast);
}

/** |√â − √a| <= e / √â's least, for a radicand above its error. */
export function squareRoot(a: Value): Value {
  const least = rootDown(larger(a.low - errorOf(a), 0n));
  if (least <= 0n) unsupported("no-bound", "a radicand may be 0 or less within the box", undefined, "declare a smaller box");
  const range = { low: rootDown(a.low), high: rootDown(a.high) + 1n };
  return rounded({ ...range, propagated: quotientUp(a.propagated, least), introduced: quotientUp(a.introduced, least) }, 0n);
}

/** Of two numbers one is taken, and |max(â, b̂) − max(a, b)| <= max(|â − a|, |b̂ − b|). */
export function maximum(a: Value, b: Value): Value {
  if (a === minusInfinity) return b;
  if (b === minusInfinity) return a;
  if (a.low - errorOf(a) >= b.high + errorOf(b)) return a;
  if (b.low - errorOf(b) >= a.high + errorOf(a)) return b;
  return { ...hull(a, b), low: larger(a.low, b.low), high: larger(a.high, b.high) };
}

export function minimum(a: Value, b: Value): Value {
  return negate(maximum(negate(a), negate(b)));
}

export function absolute(a: Value): Value {
  if (a.low >= 0n) return a;
  if (a.high <= 0n) return negate(a);
  return { ...a, low: 0n, high: sizeOf(a) };
}

/** x < 0 ? s·x : x, which is monotone and changes no distance for 0 <= s <= 1. */
export function leakyRelu(a: Value, slope: Value): Value {
  const s = slope.low;
  if (s < 0n || s > one || s !== slope.high || errorOf(slope) > 0n) unsupported("no-bound", "the slope of a LeakyRelu is not in 0 … 1", undefined, "leave the bound out");
  const least = a.low - errorOf(a);
  if (least >= 0n) return a;
  const low = a.low < 0n ? timesDown(s, a.low) : a.low;
  const high = a.high < 0n ? timesUp(s, a.high) : a.high;
  return { low, high, propagated: a.propagated, introduced: a.introduced + roundoffOf(timesUp(s, -least)) + halfLeast };
}
