/** Z3 in its thread: the two traps of its package, its limit, and its answers against enumeration. */
import test from "ava";
import { startZ3 } from "../../../proofs/provers/z3.js";
import type { Query, Solver } from "../../../proofs/provers/solver.js";
import { printObligation } from "../../../proofs/smt/print.js";
import { counterexampleOf, randomObligation, seeded } from "./random-obligations.js";

/** `claims` about integers x and y, as one text of the given length. */
function query(claims: readonly string[], length = 0): Query {
  const body = ["(set-logic QF_LIA)", "(declare-fun x () Int)", "(declare-fun y () Int)", ...claims.map((c) => `(assert ${c})`), "(check-sat)"];
  const text = `${body.join("\n")}\n`;
  const padding = length > text.length ? `${";".repeat(length - text.length - 1)}\n` : "";
  return { text: padding + text, assertions: claims.length, variables: ["x", "y"] };
}

let z3: Solver;
test.before(async () => {
  z3 = await startZ3();
});
test.after.always(async () => {
  await z3.close();
});

test.serial("z3: answers with unsat, or sat and a model", async (t) => {
  t.deepEqual(await z3.check(query(["(< x 0)", "(> x 0)"])), { kind: "unsat" });
  t.deepEqual(await z3.check(query(["(= x 7)", "(= (+ x y) 5)"])), { kind: "sat", values: [7, -2] });
  t.deepEqual(await z3.check(query(["(= x 7)"])), { kind: "sat", values: [7, 0] }, "what nothing constrains is 0");
});

test.serial("z3: a satisfiable text is sat 200 times of 200, between unsatisfiable ones of the same length", async (t) => {
  const length = 600;
  const [good, bad] = [query(["(= (+ (* 3 x) (* 5 y)) 7)"], length), query(["(= (+ (* 6 x) (* 4 y)) 7)"], length)];
  t.is(good.text.length, bad.text.length);
  let right = 0;
  for (let k = 0; k < 200; k++) {
    if (k % 2 === 0) t.is((await z3.check(bad)).kind, "unsat");
    if ((await z3.check(good)).kind === "sat") right++;
  }
  t.is(right, 200);
});

test.serial("z3: text it cannot read is corrupt, though nothing asserted is satisfiable", async (t) => {
  const whole = query(["(= x 1)", "(= y 2)"]);
  const broken = [
    whole.text.replace("(= y 2)", "(= z 2)"),
    whole.text.replace("(= y 2)", "(= y 2"),
    whole.text.slice(0, 60),
    whole.text.replace("(assert (= y 2))", ""),
    `${whole.text}(assert (= x 1))\n`,
    "",
  ];
  for (const text of broken) {
    const answer = await z3.check({ ...whole, text });
    t.is(answer.kind === "unknown" ? answer.why : answer.kind, "corrupt", text);
  }
  t.is((await z3.check(whole)).kind, "sat", "the next query is not affected");
});

test.serial("z3: agrees with enumeration on random obligations", async (t) => {
  const draw = seeded(77);
  let [proved, refuted] = [0, 0];
  for (let k = 0; k < 150; k++) {
    const o = randomObligation(draw, `random${k}`);
    const { text, assertions, variables } = printObligation(o);
    const answer = await z3.check({ text, assertions, variables: variables.map((v) => v.name) });
    t.is(answer.kind, counterexampleOf(o) === undefined ? "unsat" : "sat", text);
    if (answer.kind === "sat") t.true(answer.values.every((value, i) => value >= 0 && value < (variables[i]?.extent ?? 0)));
    if (answer.kind === "sat") refuted++;
    else proved++;
  }
  t.true(proved > 30 && refuted > 30);
});

test.serial("z3: beyond its resource limit it says so, every time the same", async (t) => {
  const small = await startZ3(100);
  const hard = query(["(<= 0 x 90)", "(<= 0 y 90)", "(= (+ (* 7 x) (* 11 y)) 613)", "(not (= x 4))"]);
  for (let k = 0; k < 3; k++) {
    const answer = await small.check(hard);
    t.is(answer.kind === "unknown" ? answer.why : answer.kind, "resource-limit");
  }
  await small.close();
  t.is((await z3.check(hard)).kind, "sat");
});

test.serial("z3: text longer than its stack is refused before it is sent", async (t) => {
  const answer = await z3.check(query(["(= x 1)"], 5 * 1024 * 1024));
  t.is(answer.kind === "unknown" ? answer.why : answer.kind, "resource-limit");
});
