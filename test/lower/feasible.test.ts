/** Emptiness against trying every point, and the shapes of condition that lowering asks about. */
import test from "ava";
import { type Condition, type IndexExpr, atLeast, below, equals, floordiv, holds, literal, minus, mod, plus, shift, times, variable, zero } from "../../ir/loop/index-expr.js";
import { type Bounded, feasible } from "../../src/lower/feasible.js";
import { randomFrom } from "../loop/support.js";

const random = randomFrom(11);
/** One of 0 … n − 1. */
const upTo = (n: number): number => Math.floor(random() * n);

function randomIndex(names: readonly string[]): IndexExpr {
  let sum = literal(upTo(9) - 4);
  for (const name of names) sum = plus(sum, times(variable(name), upTo(5) - 2));
  const pick = upTo(4);
  if (pick === 0) return shift(floordiv(sum, 1 + upTo(3)), upTo(5) - 2);
  return pick === 1 ? shift(mod(sum, 2 + upTo(3)), -upTo(3)) : sum;
}

function randomConditions(names: readonly string[], most: number): Condition[] {
  return Array.from({ length: upTo(most + 1) }, () => (upTo(4) === 0 ? equals(randomIndex(names), zero) : atLeast(randomIndex(names), zero)));
}

function tryEvery(variables: readonly Bounded[], matches: (values: (name: string) => number) => boolean): boolean {
  const total = variables.reduce((n, { extent }) => n * extent, 1);
  for (let k = 0; k < total; k++) {
    let rest = k;
    const values = new Map(variables.map(({ name, extent }) => {
      const value = rest % extent;
      rest = Math.floor(rest / extent);
      return [name, value];
    }));
    if (matches((name) => values.get(name) ?? NaN)) return true;
  }
  return false;
}

test("feasible agrees with trying every point", (t) => {
  let empty = 0;
  for (let round = 0; round < 3000; round++) {
    const variables = ["a", "b", "c"].map((name) => ({ name, extent: 1 + upTo(6) }));
    const names = variables.map(({ name }) => name);
    const when = randomConditions(names, 3);
    const earlier = Array.from({ length: upTo(3) }, () => randomConditions(names, 2));
    const expected = tryEvery(variables, (v) => when.every((c) => holds(c, v)) && !earlier.some((list) => list.every((c) => holds(c, v))));
    t.is(feasible(variables, when, earlier), expected);
    if (!expected) empty++;
  }
  t.true(empty > 300 && empty < 2700, `${empty} of 3000 are empty`);
});

test("feasible decides the windows of a large image", (t) => {
  const variables = [{ name: "i", extent: 224 }, { name: "j", extent: 224 }, { name: "p", extent: 7 }, { name: "q", extent: 7 }];
  const tap = (o: string, k: string): IndexExpr => shift(plus(variable(o), variable(k)), -3);
  const inside = [["i", "p"], ["j", "q"]].flatMap(([o = "", k = ""]) => [atLeast(tap(o, k), zero), below(tap(o, k), 224)]);
  t.true(feasible(variables, inside));
  t.false(feasible(variables, [...inside, below(tap("i", "p"), 0)]));
  t.false(feasible(variables, [...inside, atLeast(minus(variable("i"), variable("p")), literal(220)), atLeast(variable("p"), literal(4))]));
  t.false(feasible(variables, inside, [[inside[0] ?? atLeast(zero, zero)]]));
});
