/** Negative controls are false where they are said to be, and what answers come to is strict. */
import test from "ava";
import { evalFormula, lookup } from "../../proofs/encode/formula.js";
import { findPoint } from "../../proofs/provers/example.js";
import type { Answer } from "../../proofs/provers/solver.js";
import { controlsOf, falseAt } from "../../src/audit/controls.js";
import type { Hearing } from "../../src/audit/judge.js";
import { judge } from "../../src/audit/judgement.js";
import { type Question, confirmed, questionsOf } from "../../src/audit/questions.js";
import { randomObligation, seeded } from "../proofs/provers/random-obligations.js";

test("controls: a goal is made false at the point, whatever its form", (t) => {
  const draw = seeded(11);
  let tried = 0;
  for (let k = 0; k < 500; k++) {
    const o = randomObligation(draw, "test/W2/random");
    const point = findPoint(o.variables, o.premises);
    if (point === undefined) continue;
    const goal = falseAt(o.goal, point);
    if (goal === undefined) continue;
    tried++;
    t.false(evalFormula(goal, lookup(point)));
  }
  t.true(tried > 250, `${tried} goals`);
});

test("controls: one for every rule of every stage that has one, the same each time", (t) => {
  const draw = seeded(5);
  const all = Array.from({ length: 200 }, (_, k) => ({ ...randomObligation(draw, "test/W2/random"), id: `s${k % 3}/W2/${k}`, stage: `s${k % 3}`, cover: "sat" as const }));
  const { questions, without } = controlsOf(all);
  t.deepEqual(without, []);
  t.deepEqual([...new Set(questions.map(({ uses: [o] }) => o.stage))].toSorted(), ["s0", "s1", "s2"]);
  t.deepEqual(controlsOf(all).questions.map(({ query }) => query.text), questions.map(({ query }) => query.text));
});

const [question] = questionsOf(Array.from({ length: 1 }, () => {
  const draw = seeded(1);
  for (;;) {
    const o = randomObligation(draw, "test/W2/random");
    if (findPoint(o.variables, [...o.premises, { kind: "not", of: o.goal }]) !== undefined) return o;
  }
}), false).filter(({ kind }) => kind === "claim");

function hearing(answer: Answer | undefined, of: Question): Hearing {
  return { name: "a solver", answers: new Map(answer === undefined ? [] : [[of, answer]]), instances: 1, probes: 2, trouble: undefined };
}

test("judgement: only the expected answer of every judge settles a question", (t) => {
  if (question === undefined) return t.fail();
  const [unsat, unknown]: readonly Answer[] = [{ kind: "unsat" }, { kind: "unknown", why: "resource-limit", detail: "" }];
  const [o] = question.uses;
  const point = findPoint(o.variables, [...o.premises, { kind: "not", of: o.goal }]) ?? {};
  const sat: Answer = { kind: "sat", values: question.names.map((name) => point[name] ?? 0) };
  const none = new Set<string>();
  const outcome = (...answers: readonly (Answer | undefined)[]): string => {
    const { settled, findings } = judge([question], answers.map((answer) => hearing(answer, question)), none);
    return settled === 1 ? "settled" : (findings[0]?.objection ?? "nothing");
  };
  t.is(outcome(unsat, unsat), "settled");
  t.is(outcome(), "open", "no judge");
  t.is(outcome(unsat, undefined), "open");
  t.is(outcome(unsat, unknown), "open");
  t.is(outcome(unsat, { kind: "sat", values: question.names.map(() => 10 ** 9) }), "open", "a model that is none");
  t.is(outcome(unsat, sat), "refuted", "a confirmed model outweighs any unsat");
  t.not(confirmed(question, sat.kind === "sat" ? sat.values : []), undefined);
  t.deepEqual(judge([question], [hearing(unsat, question), hearing(unknown, question)], new Set([o.id])), { ...judge([question], [hearing(unsat, question), hearing(unknown, question)], new Set([o.id])), settled: 0, conceded: 1, findings: [] });
});
