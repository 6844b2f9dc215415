/**
 * rsqrt(x) = 1/√x: with s = √x rounded, the quotient 1/s and what x − s² says is missing, both in two terms.
 */
import type { ScalarFunction } from "../term.js";
import { add, defineUnary, div, eq, f32, lt, mul, select } from "./build.js";
import { quotient, root } from "./two-term.js";

/** rsqrt(±0) = ±∞, rsqrt(∞) = 0, NaN below zero. */
export const rsqrt: ScalarFunction = defineUnary("rsqrt", "f32", (named, x) => {
  const [small, large] = [named("isSmall", lt(x, f32(2 ** -60))), named("isLarge", lt(f32(2 ** 60), x))];
  const scaled = named("scaled", mul(x, select(small, f32(2 ** 100), select(large, f32(2 ** -60), f32(1)))));
  const inside = named("inside", select(lt(f32(0), scaled), select(lt(scaled, f32(Infinity)), scaled, f32(1)), f32(1)));
  const ratio = quotient(named, { hi: f32(1), lo: f32(0) }, root(named, { hi: inside, lo: f32(0) }));
  const back = select(small, f32(2 ** 50), select(large, f32(2 ** -30), f32(1)));
  const result = named("result", mul(add(ratio.hi, ratio.lo), back));
  const finite = select(lt(x, f32(Infinity)), result, f32(0));
  const zero = select(lt(f32(0), x), finite, f32(NaN));
  return select(eq(x, f32(0)), div(f32(1), x), zero);
});
