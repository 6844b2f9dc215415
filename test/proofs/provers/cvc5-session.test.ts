/** One process of cvc5 for many questions: each answer is that of its own question, and after trouble there is none. */
import test from "ava";
import { startCvc5 } from "../../../proofs/provers/cvc5.js";
import { startCvc5Session } from "../../../proofs/provers/cvc5-session.js";
import { obligationShape } from "../../../proofs/smt/print.js";
import type { Query } from "../../../proofs/provers/solver.js";
import { hasTools } from "../../support/tools.js";
import { randomObligation, seeded } from "./random-obligations.js";

function query(assertion: string, variables = ["v0"]): Query {
  return { text: `(set-logic QF_LIA)\n(declare-fun v0 () Int)\n(assert (and (<= 0 v0) (< v0 50)))\n(assert ${assertion})\n(check-sat)\n`, assertions: 2, variables };
}

test("session: nothing of a question is left for the next", async (t) => {
  if (!hasTools(t, "cvc5")) return;
  const solver = await startCvc5Session({ silenceMs: 30_000 });
  for (let k = 0; k < 60; k++) {
    t.deepEqual(await solver.check(query(`(= v0 ${k})`)), k < 50 ? { kind: "sat", values: [k] } : { kind: "unsat" });
  }
  await solver.close();
  t.is((await solver.check(query("true"))).kind, "unknown", "closed");
});

test("session: answers are those of one process per question", async (t) => {
  if (!hasTools(t, "cvc5")) return;
  const [one, each] = [await startCvc5Session({ silenceMs: 30_000 }), await startCvc5()];
  const draw = seeded(7);
  const seen = new Map<string, number>();
  for (let k = 0; k < 60; k++) {
    const { text, assertions, names } = obligationShape(randomObligation(draw, "test/W2/random"));
    const asked = { text: `${text}\n`, assertions, variables: names.map((_, n) => `v${n}`) };
    const [a, b] = [await one.check(asked), await each.check(asked)];
    t.is(a.kind, b.kind, text);
    seen.set(a.kind, (seen.get(a.kind) ?? 0) + 1);
  }
  t.true((seen.get("sat") ?? 0) > 5 && (seen.get("unsat") ?? 0) > 5, [...seen].join());
  await one.close();
  await each.close();
});

test("session: text that cannot be read ends it", async (t) => {
  if (!hasTools(t, "cvc5")) return;
  const solver = await startCvc5Session({ silenceMs: 30_000 });
  t.is((await solver.check(query("(= v0 w)"))).kind, "unknown");
  const after = await solver.check(query("(= v0 1)"));
  t.is(after.kind === "unknown" ? after.why : after.kind, "solver-error");
  await solver.close();
});

test("session: the limit of steps is per question", async (t) => {
  if (!hasTools(t, "cvc5")) return;
  const solver = await startCvc5Session({ limit: 1, silenceMs: 30_000 });
  const hard = `(and ${Array.from({ length: 8 }, (_, k) => `(not (= (* ${k + 3} v0) ${7 * k + 100}))`).join(" ")} (or (< 40 v0) (< v0 9)))`;
  for (let k = 0; k < 3; k++) t.not((await solver.check(query(hard))).kind, "unsat");
  await solver.close();
});
