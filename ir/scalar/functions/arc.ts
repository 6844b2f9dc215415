/**
 * asin, acos and atan.
 *
 * asin(t) = t + t³·P(t²) for t ≤ ½, P of degree 5 (f64: 14). For a = |x| > ½, with z = (1 − a)/2 (exact) and t = √z in
 * two terms, asin(a) = π/2 − 2·asin(t) and acos(a) = 2·asin(t).
 * atan(t) = t + t³·Q(t²) for |t| ≤ tan(π/8), Q of degree 4 (11); above, π/4 + atan((a − 1)/(a + 1)), and from tan(3π/8)
 * on π/2 + atan(−1/a), the quotients in two terms.
 */
import { type Let, type PerFormat, type Value, abs, add, defineForFloats, formatOf, lt, mul, neg, polynomial, select, sub, withSignOf } from "./build.js";
import { tuned } from "./exp.js";
import { type TwoTerm, fastTwoSum, quotient, root, twoSum } from "./two-term.js";

interface Tuning {
  readonly P: readonly number[];
  readonly Q: readonly number[];
  /** π/4, π/2 and π in two terms. */
  readonly QUARTER_PI: readonly [number, number];
  readonly HALF_PI: readonly [number, number];
  readonly PI: readonly [number, number];
  /** From here on atan(x) is π/2. */
  readonly FLAT: number;
}

export const arcTuning: PerFormat<Tuning> = {
  f32: {
    P: [0.166666657, 0.0750015303, 0.0445854440, 0.0312341619, 0.0165968481, 0.0345158055],
    Q: [-0.333333313, 0.19999519, -0.142636448, 0.107420409, -0.0644888207],
    QUARTER_PI: [0.785398185, -2.18556941e-8], HALF_PI: [1.57079637, -4.37113883e-8], PI: [3.14159274, -8.74227766e-8], FLAT: 2 ** 30,
  },
  f64: {
    P: [
      0.16666666666666666, 0.07499999999999991, 0.0446428571428834, 0.03038194444136379, 0.02237215927968097,
      0.017352757477786224, 0.013965009932789369, 0.01154908660207419, 0.009792751432683162, 0.008135829110960623,
      0.008795010205648197, 0.0003808386896077471, 0.022553596158856812, -0.024020588259193117,
      0.03071879474113231,
    ],
    Q: [
      -0.3333333333333333, 0.19999999999999804, -0.14285714285659823, 0.11111111105154961, -0.09090908753476708,
      0.07692296374333317, -0.06666424873186771, 0.05878928853518491, -0.05230453207751896, 0.045515883721944254,
      -0.03457043728986823, 0.01628561866875299,
    ],
    QUARTER_PI: [0.7853981633974483, 3.061616997868383e-17], HALF_PI: [1.5707963267948966, 6.123233995736766e-17], PI: [3.141592653589793, 1.2246467991473532e-16], FLAT: 2 ** 60,
  },
};

interface Core {
  /** Whether |x| > ½. */
  readonly steep: Value;
  /** asin(x) there is π/2 − 2·(hi + lo), else hi + lo, for x = |x|. */
  readonly value: TwoTerm;
}

function arcSine(named: Let, size: Value): Core {
  const { c, P } = tuned(arcTuning, size);
  const steep = named("steep", lt(c(0.5), size));
  const z = named("z", select(steep, mul(c(0.5), sub(c(1), size)), mul(size, size)));
  const side = root(named, { hi: named("radicand", select(steep, z, c(1))), lo: c(0) });
  const t = named("t", select(steep, side.hi, size));
  const bend = mul(mul(t, z), polynomial(z, P));
  return { steep, value: { hi: t, lo: named("curve", add(select(steep, side.lo, c(0)), bend)) } };
}

/** constant − (hi + lo) in one float; |constant| ≥ |hi|. */
function lessThan(named: Let, name: string, [large, small]: readonly [number, number], { hi, lo }: TwoTerm): Value {
  const { c } = formatOf(hi);
  const sum = fastTwoSum(named, name, c(large), neg(hi));
  return add(sum.hi, add(sum.lo, sub(c(small), lo)));
}

function twice({ hi, lo }: TwoTerm): TwoTerm {
  const { c } = formatOf(hi);
  return { hi: mul(c(2), hi), lo: mul(c(2), lo) };
}

/** NaN beyond ±1; ±0 stays. */
export const asin = defineForFloats("asin", arcTuning, (named, x, { HALF_PI }) => {
  const size = named("size", abs(x));
  const { steep, value } = arcSine(named, size);
  const far = lessThan(named, "far", HALF_PI, twice(value));
  return withSignOf(x, select(steep, far, add(value.hi, value.lo)));
});

/** acos(1) = 0, NaN beyond ±1. */
export const acos = defineForFloats("acos", arcTuning, (named, x, { c, HALF_PI, PI }) => {
  const negative = named("negative", lt(x, c(0)));
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
export const atan = defineForFloats("atan", arcTuning, (named, x, { c, Q, HALF_PI, QUARTER_PI, FLAT }) => {
  const size = named("size", abs(x));
  const a = named("a", select(lt(c(FLAT), size), c(FLAT), size)); // beyond, the result is π/2
  const [level, steep] = [named("level", lt(a, c(LEVEL))), named("steep", lt(c(STEEP), a))];
  const [below, above] = [twoSum(named, "below", a, c(-1)), twoSum(named, "above", a, c(1))];
  const zero = c(0);
  const top = { hi: named("top", select(steep, c(-1), below.hi)), lo: named("topLo", select(steep, zero, below.lo)) };
  const bottom = { hi: named("bottom", select(steep, a, above.hi)), lo: named("bottomLo", select(steep, zero, above.lo)) };
  const ratio = quotient(named, top, bottom);
  const t = named("t", select(level, a, ratio.hi));
  const square = named("square", mul(t, t));
  const bend = mul(mul(t, square), polynomial(square, Q));
  const low = named("low", add(select(level, zero, ratio.lo), bend));
  const start = (k: 0 | 1): Value => select(level, zero, select(steep, c(HALF_PI[k]), c(QUARTER_PI[k])));
  const sum = fastTwoSum(named, "sum", named("start", start(0)), t);
  return withSignOf(x, add(sum.hi, add(sum.lo, add(start(1), low))));
});
