/**
 * asin, acos and atan.
 *
 * asin(t) = t + t³·P(t²) for t ≤ ½, P minimax of degree 5. For a = |x| > ½, with z = (1 − a)/2 (exact) and t = √z in
 * two terms, asin(a) = π/2 − 2·asin(t) and acos(a) = 2·asin(t).
 * atan(t) = t + t³·Q(t²) for |t| ≤ tan(π/8), Q minimax of degree 4; above, π/4 + atan((a − 1)/(a + 1)), and from tan(3π/8)
 * on π/2 + atan(−1/a), the quotients in two terms.
 */
import type { ScalarFunction } from "../term.js";
import { type Let, type Value, abs, add, defineUnary, f32, lt, mul, neg, polynomial, select, sub, withSignOf } from "./build.js";
import { type TwoTerm, fastTwoSum, quotient, root, twoSum } from "./two-term.js";

const P = [0.166666657, 0.0750015303, 0.0445854440, 0.0312341619, 0.0165968481, 0.0345158055] as const;
const Q = [-0.333333313, 0.19999519, -0.142636448, 0.107420409, -0.0644888207] as const;

/** π/4, π/2 and π in two terms. */
const QUARTER_PI: readonly [number, number] = [0.785398185, -2.18556941e-8];
export const HALF_PI: readonly [number, number] = [1.57079637, -4.37113883e-8];
const PI: readonly [number, number] = [3.14159274, -8.74227766e-8];

interface Core {
  /** Whether |x| > ½. */
  readonly steep: Value;
  /** asin(x) there is π/2 − 2·(hi + lo), else hi + lo, for x = |x|. */
  readonly value: TwoTerm;
}

function arcSine(named: Let, size: Value): Core {
  const steep = named("steep", lt(f32(0.5), size));
  const z = named("z", select(steep, mul(f32(0.5), sub(f32(1), size)), mul(size, size)));
  const side = root(named, { hi: named("radicand", select(steep, z, f32(1))), lo: f32(0) });
  const t = named("t", select(steep, side.hi, size));
  const bend = mul(mul(t, z), polynomial(z, P));
  return { steep, value: { hi: t, lo: named("curve", add(select(steep, side.lo, f32(0)), bend)) } };
}

/** constant − (hi + lo) in one f32; |constant| ≥ |hi|. */
function lessThan(named: Let, name: string, [large, small]: readonly [number, number], { hi, lo }: TwoTerm): Value {
  const sum = fastTwoSum(named, name, f32(large), neg(hi));
  return add(sum.hi, add(sum.lo, sub(f32(small), lo)));
}

function twice({ hi, lo }: TwoTerm): TwoTerm {
  return { hi: mul(f32(2), hi), lo: mul(f32(2), lo) };
}

/** NaN beyond ±1; ±0 stays. */
export const asin: ScalarFunction = defineUnary("asin", "f32", (named, x) => {
  const size = named("size", abs(x));
  const { steep, value } = arcSine(named, size);
  const far = lessThan(named, "far", HALF_PI, twice(value));
  return withSignOf(x, select(steep, far, add(value.hi, value.lo)));
});

/** acos(1) = 0, NaN beyond ±1. */
export const acos: ScalarFunction = defineUnary("acos", "f32", (named, x) => {
  const negative = named("negative", lt(x, f32(0)));
  const { steep, value } = arcSine(named, named("size", abs(x)));
  const double = twice(value);
  const outer = select(negative, lessThan(named, "obtuse", PI, double), add(double.hi, double.lo));
  const sum = { hi: select(negative, neg(value.hi), value.hi), lo: select(negative, neg(value.lo), value.lo) };
  return select(steep, outer, lessThan(named, "middle", HALF_PI, { hi: named("signedHi", sum.hi), lo: sum.lo }));
});

/** tan(π/8) and tan(3π/8), where atan changes the angle that it starts from. */
const LEVEL = 0.414213562;
const STEEP = 2.41421356;

/** ±π/2 at ±∞; ±0 stays. */
export const atan: ScalarFunction = defineUnary("atan", "f32", (named, x) => {
  const size = named("size", abs(x));
  const a = named("a", select(lt(f32(2 ** 30), size), f32(2 ** 30), size)); // beyond, the result is π/2
  const [level, steep] = [named("level", lt(a, f32(LEVEL))), named("steep", lt(f32(STEEP), a))];
  const [below, above] = [twoSum(named, "below", a, f32(-1)), twoSum(named, "above", a, f32(1))];
  const zero = f32(0);
  const top = { hi: named("top", select(steep, f32(-1), below.hi)), lo: named("topLo", select(steep, zero, below.lo)) };
  const bottom = { hi: named("bottom", select(steep, a, above.hi)), lo: named("bottomLo", select(steep, zero, above.lo)) };
  const ratio = quotient(named, top, bottom);
  const t = named("t", select(level, a, ratio.hi));
  const square = named("square", mul(t, t));
  const bend = mul(mul(t, square), polynomial(square, Q));
  const low = named("low", add(select(level, zero, ratio.lo), bend));
  const start = (k: 0 | 1): Value => select(level, zero, select(steep, f32(HALF_PI[k]), f32(QUARTER_PI[k])));
  const sum = fastTwoSum(named, "sum", named("start", start(0)), t);
  return withSignOf(x, add(sum.hi, add(sum.lo, add(start(1), low))));
});
