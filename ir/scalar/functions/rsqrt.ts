/**
 * rsqrt(x) = 1/√x: with s = √x rounded, the quotient 1/s and what x − s² says is missing, both in two terms.
 */
import { type PerFormat, add, defineForFloats, div, eq, lt, mul, select } from "./build.js";
import { quotient, root } from "./two-term.js";

/** Beyond SMALL and LARGE, x is scaled by the square of the factor after it. */
const table: PerFormat<Readonly<Record<"SMALL" | "LARGE" | "RAISE" | "LOWER", number>>> = {
  f32: { SMALL: 2 ** -60, LARGE: 2 ** 60, RAISE: 2 ** 50, LOWER: 2 ** -30 },
  f64: { SMALL: 2 ** -500, LARGE: 2 ** 500, RAISE: 2 ** 400, LOWER: 2 ** -250 },
};

/** rsqrt(±0) = ±∞, rsqrt(∞) = 0, NaN below zero. */
export const rsqrt = defineForFloats("rsqrt", table, (named, x, { c, SMALL, LARGE, RAISE, LOWER }) => {
  const [small, large] = [named("isSmall", lt(x, c(SMALL))), named("isLarge", lt(c(LARGE), x))];
  const scaled = named("scaled", mul(x, select(small, c(RAISE ** 2), select(large, c(LOWER ** 2), c(1)))));
  const inside = named("inside", select(lt(c(0), scaled), select(lt(scaled, c(Infinity)), scaled, c(1)), c(1)));
  const ratio = quotient(named, { hi: c(1), lo: c(0) }, root(named, { hi: inside, lo: c(0) }));
  const back = select(small, c(RAISE), select(large, c(LOWER), c(1)));
  const result = named("result", mul(add(ratio.hi, ratio.lo), back));
  const finite = select(lt(x, c(Infinity)), result, c(0));
  const zero = select(lt(c(0), x), finite, c(NaN));
  return select(eq(x, c(0)), div(c(1), x), zero);
});
