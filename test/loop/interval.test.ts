/** Intervals: never too narrow, and exact where loops with padding and tails need it. */
import test from "ava";
import { type Condition, type IndexExpr, atLeast, below, equals, evalIndex, floordiv, holds, literal, minus, mod, plus, shift, times, variable } from "../../ir/loop/index-expr.js";
import { decide, rangeOf, rangeUnder } from "../../ir/loop/interval.js";
import { randomFrom } from "./support.js";

const extents: Readonly<Record<string, number>> = { a: 5, b: 4, c: 3 };
const extent = (name: string): number => extents[name] ?? 0;
const v = variable;

function eachPoint(visit: (env: (name: string) => number) => void): void {
  for (let a = 0; a < 5; a++) for (let b = 0; b < 4; b++) for (let c = 0; c < 3; c++) visit((name) => ({ a, b, c })[name] ?? NaN);
}

function randomExpr(draw: (below: number) => number): IndexExpr {
  let e = literal(draw(9) - 4);
  for (const name of ["a", "b", "c"]) e = plus(e, times(v(name), draw(5) - 2));
  return draw(3) === 0 ? floordiv(e, 1 + draw(3)) : draw(3) === 0 ? mod(e, 1 + draw(6)) : e;
}

test("every value lies in its interval, with and without conditions, for 2000 random expressions", (t) => {
  const random = randomFrom(3);
  const draw = (below: number): number => Math.floor(random() * below);
  let narrowed = 0;
  for (let k = 0; k < 2000; k++) {
    const e = randomExpr(draw);
    const shared = draw(2) === 0 ? shift(times(e, draw(2) === 0 ? 1 : -1), draw(5) - 2) : randomExpr(draw);
    const condition: Condition = { kind: draw(3) === 0 ? "eq" : "ge", index: shared };
    const [whole, under, verdict] = [rangeOf(e, extent), rangeUnder(e, [condition], extent), decide(condition, extent)];
    if (under.low > whole.low || under.high < whole.high) narrowed++;
    eachPoint((env) => {
      const value = evalIndex(e, env);
      const held = holds(condition, env);
      if (value < whole.low || value > whole.high) t.fail(`${e.text} = ${value} outside ${whole.low} … ${whole.high}`);
      if (held && (value < under.low || value > under.high)) t.fail(`${e.text} = ${value} under ${condition.kind} ${shared.text}`);
      if ((verdict === "always" && !held) || (verdict === "never" && held)) t.fail(`${condition.kind} ${shared.text} is not ${verdict}`);
    });
  }
  t.true(narrowed > 500);
});

test("padding tests and tile tails bound the index they guard", (t) => {
  const tap = shift(plus(v("a"), v("c")), -1);
  t.deepEqual(rangeUnder(tap, [atLeast(tap, literal(0)), below(tap, 5)], extent), { low: 0, high: 4 });
  const tiled = plus(times(v("a"), 4), v("b"));
  t.deepEqual(rangeUnder(tiled, [below(tiled, 18)], extent), { low: 0, high: 17 });
  t.deepEqual(rangeUnder(v("a"), [equals(v("a"), v("c"))], extent), { low: 0, high: 2 });
});

test("floordiv and mod are exact within one period", (t) => {
  t.deepEqual(rangeOf(mod(shift(v("a"), 8), 16), extent), { low: 8, high: 12 });
  t.deepEqual(rangeOf(mod(minus(literal(-1), v("a")), 16), extent), { low: 11, high: 15 });
  t.deepEqual(rangeOf(floordiv(minus(v("a"), literal(3)), 2), extent), { low: -2, high: 0 });
});

test("conditions are decided only when no value differs", (t) => {
  t.is(decide(atLeast(v("a"), literal(0)), extent), "always");
  t.is(decide(atLeast(v("a"), literal(5)), extent), "never");
  t.is(decide(equals(v("a"), literal(5)), extent), "never");
  t.is(decide(equals(v("a"), literal(-1)), extent), "never");
  t.is(decide(equals(literal(0), literal(0)), extent), "always");
  t.is(decide(equals(v("a"), literal(2)), extent), "sometimes");
});
