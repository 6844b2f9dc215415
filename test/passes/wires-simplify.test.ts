/** Simplification: equal values at every point, and the forms that passes rely on. */
import test from "ava";
import {
  type Condition, type IndexExpr, evalIndex, floordiv, holds, literal, mod, plus, shift, times, variable,
} from "../../ir/loop/index-expr.js";
import { simplify, simplifyConditions } from "../../src/passes/shared/simplify.js";
import { randomFrom } from "../loop/support.js";

const extents: Readonly<Record<string, number>> = { a: 5, b: 4, c: 3, u: 1 };
const extentOf = (name: string): number => extents[name] ?? 0;
const v = variable;

function eachPoint(visit: (env: (name: string) => number) => void): void {
  for (let a = 0; a < 5; a++) {
    for (let b = 0; b < 4; b++) for (let c = 0; c < 3; c++) visit((name) => ({ a, b, c, u: 0 })[name] ?? NaN);
  }
}

type Draw = (below: number) => number;

function randomExpr(draw: Draw, depth: number): IndexExpr {
  let e = literal(draw(9) - 4);
  for (const name of ["a", "b", "c", "u"]) e = plus(e, times(v(name), draw(9) - 4));
  for (let k = draw(3); depth > 0 && k > 0; k--) {
    const inner = randomExpr(draw, depth - 1);
    const by = 1 + draw(8);
    e = plus(e, times(draw(2) === 0 ? floordiv(inner, by) : mod(inner, by), draw(9) - 4));
  }
  return draw(3) === 0 ? floordiv(e, 1 + draw(6)) : draw(3) === 0 ? mod(e, 1 + draw(6)) : e;
}

function randomCondition(draw: Draw): Condition {
  return { kind: draw(4) === 0 ? "eq" : "ge", index: randomExpr(draw, 1) };
}

test("3000 random expressions keep their value wherever the known condition holds", (t) => {
  const random = randomFrom(11);
  const draw = (below: number): number => Math.floor(random() * below);
  let changed = 0;
  for (let k = 0; k < 3000; k++) {
    const e = randomExpr(draw, 2);
    const known = draw(2) === 0 ? [] : [randomCondition(draw)];
    const simpler = simplify(e, extentOf, known);
    if (simpler.text !== e.text) changed++;
    eachPoint((env) => {
      if (!known.every((c) => holds(c, env))) return;
      if (evalIndex(e, env) !== evalIndex(simpler, env)) t.fail(`${e.text} became ${simpler.text}`);
    });
  }
  t.true(changed > 1000);
});

test("2000 random conjunctions hold on the same points", (t) => {
  const random = randomFrom(5);
  const draw = (below: number): number => Math.floor(random() * below);
  let never = 0;
  for (let k = 0; k < 2000; k++) {
    const conditions = Array.from({ length: 1 + draw(3) }, () => randomCondition(draw));
    const simpler = simplifyConditions(conditions, extentOf);
    if (simpler === "never") never++;
    eachPoint((env) => {
      const before = conditions.every((c) => holds(c, env));
      const after = simpler !== "never" && simpler.every((c) => holds(c, env));
      if (before !== after) t.fail(conditions.map((c) => `${c.kind} ${c.index.text}`).join(", "));
    });
  }
  t.true(never > 100);
});

const rules: readonly (readonly [string, IndexExpr, string])[] = [
  ["a quotient of a tile", floordiv(plus(times(v("a"), 8), v("b")), 8), "a"],
  ["a remainder of a tile", mod(plus(times(v("a"), 8), v("b")), 8), "b"],
  ["a remainder in range", mod(v("a"), 9), "a"],
  ["quotient and remainder of one number", plus(times(floordiv(times(v("a"), 3), 7), 7), mod(times(v("a"), 3), 7)), "3*a"],
  ["nested quotients", floordiv(floordiv(times(v("a"), 7), 2), 3), "floordiv(7*a, 6)"],
  ["a constant range", floordiv(shift(v("a"), 5), 5), "1"],
  ["an extent of 1", plus(v("u"), v("a")), "a"],
  ["a common factor", floordiv(plus(times(v("a"), 6), v("c")), 12), "floordiv(a, 2)"],
];

for (const [what, before, after] of rules) {
  test(`${what}: ${before.text} is ${after}`, (t) => {
    t.is(simplify(before, extentOf).text, after);
  });
}

test("three digits of a flat number add up to it again", (t) => {
  const k = plus(plus(times(v("a"), 12), times(v("b"), 3)), v("c"));
  const flat = plus(plus(times(floordiv(v("n"), 12), 12), times(mod(floordiv(v("n"), 3), 4), 3)), mod(v("n"), 3));
  t.is(simplify(flat, (name) => (name === "n" ? 60 : extentOf(name))).text, "n");
  t.deepEqual([floordiv(k, 12), mod(floordiv(k, 3), 4), mod(k, 3)].map((e) => simplify(e, extentOf).text), ["a", "b", "c"]);
});
