/** Obligations as SMT-LIB text: what is in the file, that names cannot break it, and when two are the same. */
import test from "ava";
import { atLeast, below, equals, floordiv, literal, mod, plus, shift, times, variable } from "../../../ir/loop/index-expr.js";
import { and, condition, falsehood, not, or, truth } from "../../../proofs/kernel/obligation.js";
import type { Formula, SolverObligation } from "../../../proofs/kernel/obligation.js";
import { printCover, printObligation, sharingKey } from "../../../proofs/smt/print.js";
import { makeObligation, randomObligation, seeded } from "../provers/random-obligations.js";

const v = variable;

/** 0 <= 8a + b, b < 8: the quotient by 8 is a. */
function quotientObligation(a: string, b: string, more: Partial<SolverObligation> = {}): SolverObligation {
  const whole = plus(times(v(a), 8), v(b));
  const goal = and(condition(equals(floordiv(whole, 8), v(a))), condition(equals(mod(whole, 8), v(b))));
  return makeObligation([{ name: a, extent: 9 }, { name: b, extent: 8 }], [condition(atLeast(v(a), literal(1)))], goal, more);
}

function linesOf(text: string, start: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(start));
}

test("print: the whole file of one obligation", (t) => {
  t.is(
    printObligation(quotientObligation("a", "b")).text,
    [
      "; obligation: test/W2/example",
      "; stage: test",
      "; rule: W2",
      "; question: 2-equal",
      "; tier: T0",
      "; claim: an example",
      "; subject: node conv1, statement s0, buffer t0",
      "; logic: QF_LIA",
      "; expected: unsat",
      "; assertions: 5",
      "; cover: test/W2/example.cover (sat)",
      "; variable: 0 <= a < 9",
      "; variable: 0 <= b < 8",
      "; division: q!0, r!0 = quotient, remainder of 8*a + b by 8",
      "(set-logic QF_LIA)",
      "(declare-fun a () Int)",
      "(declare-fun b () Int)",
      "(declare-fun q!0 () Int)",
      "(declare-fun r!0 () Int)",
      "(assert (and (<= 0 a) (< a 9)))",
      "(assert (and (<= 0 b) (< b 8)))",
      "(assert (and (= (+ (* 8 a) b) (+ (* 8 q!0) r!0)) (<= 0 r!0) (< r!0 8)))",
      "(assert (>= a 1))",
      "(assert (not (and (= q!0 a) (= r!0 b))))",
      "(check-sat)",
      "",
    ].join("\n"),
  );
});

test("print: a cover is the premises alone, with the status it must have", (t) => {
  const sat = printCover(quotientObligation("a", "b"));
  t.deepEqual(linesOf(sat.text, "(assert"), ["(assert (and (<= 0 a) (< a 9)))", "(assert (>= a 1))"]);
  t.true(sat.text.includes("; expected: sat\n"));
  t.true(printCover(quotientObligation("a", "b", { cover: "expect-empty" })).text.includes("; expected: unsat\n"));
});

test("print: the count of assertions is the number of assertions, for any obligation", (t) => {
  const draw = seeded(11);
  for (let k = 0; k < 300; k++) {
    const o = randomObligation(draw, `r${k}`);
    for (const { text, assertions } of [printObligation(o), printCover(o)]) {
      t.is(linesOf(text, "(assert").length, assertions);
      t.true(text.includes(`; assertions: ${assertions}\n`));
      t.true(text.endsWith("(check-sat)\n"));
      t.false(text.includes("declare-const") || /\((div|mod) /.test(text));
    }
  }
});

test("print: equal divisions share their quotient, inner ones are defined first", (t) => {
  const inner = floordiv(v("a"), 4);
  const f = condition(equals(plus(floordiv(inner, 2), mod(inner, 2)), inner));
  const { text } = printObligation(makeObligation([{ name: "a", extent: 64 }], [], f));
  t.deepEqual(linesOf(text, "; division:"), [
    "; division: q!0, r!0 = quotient, remainder of a by 4",
    "; division: q!1, r!1 = quotient, remainder of floordiv(a, 4) by 2",
  ]);
});

test("print: empty connectives, and negative terms on the other side", (t) => {
  const difference = condition(atLeast(times(v("a"), -3), shift(v("b"), -2)));
  const o = makeObligation([{ name: "a", extent: 4 }, { name: "b", extent: 4 }], [truth, difference], or(falsehood, not(truth)));
  t.deepEqual(linesOf(printObligation(o).text, "(assert").slice(2), [
    "(assert true)",
    "(assert (>= 2 (+ (* 3 a) b)))",
    "(assert (not (or false (not true))))",
  ]);
});

test("print: names that SMT-LIB reserves or cannot write plainly are quoted", (t) => {
  const names = ["assert", "w.i", "it's", "x y"];
  const goal = and(...names.map((name) => condition(below(v(name), 2))));
  const { text } = printObligation(makeObligation(names.map((name) => ({ name, extent: 2 })), [], goal));
  t.deepEqual(linesOf(text, "(declare"), names.map((name) => `(declare-fun |${name}| () Int)`));
});

test("print: names that could collide or end a symbol are refused", (t) => {
  for (const name of ["q!0", "a|b", "a\\b", "a\nb", ""]) {
    const o = makeObligation([{ name, extent: 2 }], [], condition(below(v(name), 2)));
    t.throws(() => printObligation(o), { message: /no SMT-LIB symbol/ });
  }
});

test("print: an undeclared variable or one declared twice is our bug", (t) => {
  t.throws(() => printObligation(makeObligation([], [], condition(below(v("x"), 2)))), { message: /undeclared variable x/ });
  t.throws(() => printObligation(makeObligation([{ name: "x", extent: 2 }, { name: "x", extent: 3 }], [], truth)), { message: /declared twice/ });
});

test("print: free text stays inside its comment line", (t) => {
  const subject = { node: "évil\n(assert false)", statement: "s", buffer: "b" };
  const { text, assertions } = printObligation(quotientObligation("a", "b", { sentence: "one\r\n(check-sat)", id: "x\n(exit)", subject }));
  t.is(linesOf(text, "(assert").length, assertions);
  t.is(linesOf(text, "(check-sat)").length, 1);
  t.deepEqual(linesOf(text, "(exit)"), []);
  t.regex(text, /^[\x20-\x7e\n]*$/);
  t.true(text.includes("node \\u{e9}vil\\u{a}(assert false)"));
});

test("print: the same obligation gives the same bytes, another one does not", (t) => {
  const [x, y] = [printObligation(quotientObligation("a", "b")), printObligation(quotientObligation("a", "b"))];
  t.is(x.digest, y.digest);
  t.is(x.digest.length, 64);
  t.not(x.digest, printObligation(quotientObligation("a", "b", { sentence: "another" })).digest);
});

test("sharing: names of variables, of the stage and of the subject do not matter", (t) => {
  const more = { id: "other", stage: "other", sentence: "other", subject: { node: "n", statement: "s", buffer: "b" } };
  t.is(sharingKey(quotientObligation("a", "b")), sharingKey(quotientObligation("oh", "ow", more)));
});

test("sharing: the rule, a literal, an extent, a premise or a swap of variables does", (t) => {
  const x = variable("a");
  const base = makeObligation([{ name: "a", extent: 9 }, { name: "b", extent: 8 }], [], condition(atLeast(x, v("b"))));
  const others: SolverObligation[] = [
    { ...base, rule: "W3" },
    { ...base, goal: condition(atLeast(x, shift(v("b"), 1))) },
    { ...base, variables: [{ name: "a", extent: 9 }, { name: "b", extent: 9 }] },
    { ...base, premises: [condition(below(x, 5))] },
    { ...base, goal: condition(atLeast(v("b"), x)) },
  ];
  const keys = [base, ...others].map(sharingKey);
  t.is(new Set(keys).size, keys.length);
});

test("sharing: variables that are not mentioned do not matter, unless they have no value", (t) => {
  const claim: Formula = condition(below(v("a"), 4));
  const alone = makeObligation([{ name: "a", extent: 4 }], [], claim);
  t.is(sharingKey(alone), sharingKey({ ...alone, variables: [{ name: "z", extent: 7 }, ...alone.variables] }));
  const hollow = { ...alone, variables: [{ name: "z", extent: 0 }, ...alone.variables] };
  t.not(sharingKey(alone), sharingKey(hollow));
  t.true(printCover(hollow).text.includes("(< z 0)"));
});
