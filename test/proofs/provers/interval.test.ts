/**
 * The obligations that affine programs make by the thousand must end in the interval
 * prover, and each of them, made wrong by one, must not.
 */
import test from "ava";
import { atLeast, below, equals, floordiv, literal, minus, mod, plus, shift, times, variable } from "../../../ir/loop/index-expr.js";
import type { IndexExpr } from "../../../ir/loop/index-expr.js";
import { and, condition, falsehood, not, or } from "../../../proofs/kernel/obligation.js";
import type { Formula, SolverObligation } from "../../../proofs/kernel/obligation.js";
import { refuteByExample } from "../../../proofs/provers/example.js";
import { proveByIntervals } from "../../../proofs/provers/interval.js";
import { makeObligation } from "./random-obligations.js";

const ge = (a: IndexExpr, b: IndexExpr): Formula => condition(atLeast(a, b));
const lt = (a: IndexExpr, bound: number): Formula => condition(below(a, bound));
const eq = (a: IndexExpr, b: IndexExpr): Formula => condition(equals(a, b));
const v = variable;
const [zero, one] = [literal(0), literal(1)];

/** `extents` as name:extent pairs. */
function claim(extents: Readonly<Record<string, number>>, premises: readonly Formula[], goal: Formula): SolverObligation {
  return makeObligation(Object.entries(extents).map(([name, extent]) => ({ name, extent })), premises, goal);
}

/** x before y, lexicographically. */
function before(x: readonly IndexExpr[], y: readonly IndexExpr[]): Formula {
  return or(...x.map((_, k) => and(
    ...x.slice(0, k).map((e, i) => eq(e, y[i] ?? zero)),
    ge(y[k] ?? zero, shift(x[k] ?? zero, 1)),
  )));
}

const tiled = (prefix: string): IndexExpr => plus(times(v(`${prefix}it`), 32), v(`${prefix}ii`));
const flat = plus(plus(times(v("n"), 49), times(v("h"), 7)), v("w"));
const tap = (s: string, k: string): IndexExpr => shift(plus(times(v(s), 2), v(k)), -3);
const reshaped = { n: 64, h: 7, w: 7 };
const matmul = { it: 7, kt: 48, ii: 32, ki: 64 };
const k = plus(times(v("kt"), 64), v("ki"));

interface Case {
  readonly title: string;
  readonly right: SolverObligation;
  /** The same claim, wrong by one. */
  readonly wrong: SolverObligation;
}

const cases: readonly Case[] = [
  {
    title: "a padded tap lies within the input under its guard",
    right: claim({ oh: 112, kh: 7 }, [ge(tap("oh", "kh"), zero), lt(v("oh"), 111)], and(ge(tap("oh", "kh"), zero), lt(tap("oh", "kh"), 224))),
    wrong: claim({ oh: 112, kh: 7 }, [ge(tap("oh", "kh"), zero)], lt(tap("oh", "kh"), 224)),
  },
  {
    title: "case guards that exclude each other",
    right: claim({ k: 9 }, [ge(shift(v("k"), -1), zero), eq(v("k"), zero)], falsehood),
    wrong: claim({ k: 9 }, [ge(v("k"), zero), eq(v("k"), zero)], falsehood),
  },
  {
    title: "one form that is an equation here and a bound there",
    right: claim({ oh: 9, kh: 3 }, [eq(shift(plus(v("oh"), v("kh")), -1), zero), ge(shift(plus(v("oh"), v("kh")), -2), zero)], falsehood),
    wrong: claim({ oh: 9, kh: 3 }, [eq(shift(plus(v("oh"), v("kh")), -1), zero), ge(shift(plus(v("oh"), v("kh")), -1), zero)], falsehood),
  },
  {
    title: "a tile index within a ragged extent",
    right: claim({ it: 7, ii: 32 }, [lt(tiled(""), 197)], and(ge(tiled(""), zero), lt(tiled(""), 197))),
    wrong: claim({ it: 7, ii: 32 }, [], lt(tiled(""), 197)),
  },
  {
    title: "the predecessor of a reduction step across tiles",
    right: claim(matmul, [not(ge(v("ki"), one)), not(eq(k, zero))], eq(plus(times(shift(v("kt"), -1), 64), literal(63)), shift(k, -1))),
    wrong: claim(matmul, [not(ge(v("ki"), one)), not(eq(k, zero))], eq(plus(times(shift(v("kt"), -1), 64), literal(62)), shift(k, -1))),
  },
  {
    title: "nothing lies between a step and the next",
    right: claim(
      { ...matmul, a: 48, b: 64 },
      [ge(v("ki"), one)],
      not(and(before([v("kt"), shift(v("ki"), -1)], [v("a"), v("b")]), before([v("a"), v("b")], [v("kt"), v("ki")]))),
    ),
    wrong: claim(
      { ...matmul, a: 48, b: 64 },
      [ge(v("ki"), literal(2))],
      not(and(before([v("kt"), shift(v("ki"), -2)], [v("a"), v("b")]), before([v("a"), v("b")], [v("kt"), v("ki")]))),
    ),
  },
  {
    title: "tiled addresses are equal only for equal tuples",
    right: claim({ it: 7, ii: 32, xit: 7, xii: 32 }, [eq(tiled(""), tiled("x"))], and(eq(v("it"), v("xit")), eq(v("ii"), v("xii")))),
    wrong: claim({ it: 7, ii: 33, xit: 7, xii: 33 }, [eq(tiled(""), tiled("x"))], and(eq(v("it"), v("xit")), eq(v("ii"), v("xii")))),
  },
  {
    title: "quotient and remainder of a flattened index",
    right: claim(reshaped, [], and(eq(floordiv(flat, 49), v("n")), eq(mod(floordiv(flat, 7), 7), v("h")), eq(mod(flat, 7), v("w")))),
    wrong: claim({ ...reshaped, w: 8 }, [], and(eq(floordiv(flat, 49), v("n")), eq(mod(flat, 7), v("w")))),
  },
  {
    title: "an index and its quotient and remainder",
    right: claim({ o: 1000 }, [], and(eq(plus(times(floordiv(v("o"), 32), 32), mod(v("o"), 32)), v("o")), lt(floordiv(v("o"), 32), 32))),
    wrong: claim({ o: 1025 }, [], lt(floordiv(v("o"), 32), 32)),
  },
  {
    title: "tuples equal after cancellation",
    right: claim({ x: 9, y: 9 }, [eq(v("x"), shift(v("y"), 1))], and(eq(minus(times(v("x"), 3), times(v("y"), 3)), literal(3)))),
    wrong: claim({ x: 9, y: 9 }, [eq(v("x"), shift(v("y"), 1))], eq(minus(times(v("x"), 3), times(v("y"), 3)), literal(2))),
  },
  {
    title: "cases of an ordered if-else cover the domain",
    right: claim({ o: 14, k: 3 }, [], or(eq(v("k"), zero), ge(v("k"), one), ge(v("o"), one))),
    wrong: claim({ o: 14, k: 3 }, [], or(eq(v("k"), one), ge(v("k"), literal(2)), ge(v("o"), one))),
  },
];

for (const { title, right, wrong } of cases) {
  test(`interval: ${title}`, (t) => {
    t.deepEqual(proveByIntervals(right), { kind: "proved", by: "interval" });
    t.is(proveByIntervals(wrong), undefined);
    t.is(refuteByExample(wrong)?.kind, "refuted");
    t.is(refuteByExample(right), undefined);
  });
}

test("interval: coefficients beyond exact arithmetic give no answer", (t) => {
  const huge = times(v("x"), 2 ** 52);
  t.is(proveByIntervals(claim({ x: 3 }, [eq(huge, one)], falsehood)), undefined);
});

test("interval: an obligation over no points is true of all of them", (t) => {
  t.is(proveByIntervals(claim({ x: 0 }, [], falsehood))?.kind, "proved");
});

test("interval: more case splits than allowed give no answer", (t) => {
  const names = Array.from({ length: 12 }, (_, n) => `x${n}`);
  const apart = names.map((name) => or(eq(v(name), zero), eq(v(name), literal(2))));
  const sum = names.reduce((s, name) => plus(s, v(name)), zero);
  const o = claim(Object.fromEntries(names.map((name) => [name, 3])), apart, not(eq(sum, literal(13))));
  t.is(proveByIntervals(o), undefined);
});
