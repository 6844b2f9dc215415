/**
 * Elementary functions by their Lipschitz constants and the errors that
 * docs/elementary.md reports from a comparison on all 2^32 inputs (assumption A-18).
 * An error of k ulp is at most k·(2^-23·|y| + 2^-149) where y is the exact result.
 *
 * Softmax is taken as a whole, for exp(x − max) and its sum are not independent. With
 * x̂ within e of x, |softmax(x̂) − softmax(x)| <= e/2, each row of the Jacobian having
 * absolute sum 2·s(1 − s) <= 1/2. On floats, with t = x̂ − max within [−R, 0]:
 * subtraction gives t(1 + δ), so exp is off by a factor within e^{±uR} and by its own
 * error; all factors together are within [1 − a, 1 + a] besides a term τ of underflow.
 * The sum of n of them, at least 1 when exact, is off by n more roundings, the
 * quotient by one; y <= 1 turns the relative error into an absolute one. Whatever R is,
 * the float is at least 0 and, its sum holding the largest term, at most
 * (1 + 2^-22)^2 · (1 + (n + 2)u) / (1 − …) < 1 + 2^-8 for n up to 2^14, so no error is larger.
 */
import { unsupported } from "../../ir/prelude.js";
import { halfLeast, larger, magnitude, one, quotientUp, roundoffOf, smaller, timesDown, timesUp } from "./fixed.js";
import { type Value, errorOf, zero } from "./value.js";

/** Greatest errors in hundredths of an ulp, rounded up; a test compares them with docs/elementary.json. */
export const ulpsOf: Readonly<Record<string, bigint>> = { sigmoid: 78n, tanh: 69n, exp: 78n };

/** The error of function `name` at results of magnitude `size`. */
function ownError(name: string, size: bigint): bigint {
  return ((2n * roundoffOf(size) + 2n * halfLeast) * (ulpsOf[name] ?? 0n)) / 100n + 1n;
}

/** 1 / (1 + e^−x), of slope at most 1/4. */
export function sigmoid(a: Value): Value {
  const range = { low: a.low >= 0n ? one / 2n : 0n, high: a.high <= 0n ? one / 2n : one };
  return { ...range, propagated: (a.propagated >> 2n) + 1n, introduced: (a.introduced >> 2n) + 1n + ownError("sigmoid", one) };
}

/** |tanh x| <= min(|x|, 1), of slope at most 1. */
export function tanh(a: Value): Value {
  const within = (x: bigint): bigint => larger(-one, smaller(x, one));
  const range = { low: smaller(within(a.low), 0n), high: larger(within(a.high), 0n) };
  const size = larger(magnitude(range.low), magnitude(range.high));
  return { ...range, propagated: a.propagated, introduced: a.introduced + ownError("tanh", size) };
}

/** One result of a softmax over `count` operands, all of which are within `a`. */
export function softmax(a: Value, count: number): Value {
  const spread = a.high - a.low + 2n * errorOf(a);
  const turned = roundoffOf(spread); // e^z − 1 <= z / (1 − z)
  if (count > 2 ** 14) unsupported("no-bound", "a Softmax over more than 16,384 operands", undefined, "leave the bound out");
  const worst: Value = { ...zero, high: one, introduced: one + one / 256n };
  if (turned * 4n > one) return worst;
  const exponent = quotientUp(turned, one - turned);
  const own = ownError("exp", one);
  const factor = exponent + own + timesUp(exponent, own);
  const roundings = roundoffOf(one) * BigInt(count + 2);
  const sum = quotientUp(roundings, one - roundings) + BigInt(count) * halfLeast * 2n;
  const least = timesDown(one - factor - BigInt(count) * halfLeast * 2n, one - sum);
  const introduced = larger(quotientUp(timesUp(one + factor, one + roundoffOf(one)), least) - one, factor + sum + roundoffOf(one)) + 8n * halfLeast;
  const result = { ...zero, high: one, propagated: smaller((a.propagated >> 1n) + 1n, one), introduced: (a.introduced >> 1n) + introduced };
  return errorOf(result) > worst.introduced ? worst : result;
}
