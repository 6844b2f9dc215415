/** What one build may take over from an equal question, and what it must ask again. */
import test from "ava";
import { type IndexExpr, atLeast, below, literal, variable } from "../../../ir/loop/index-expr.js";
import { type Rule, type SolverObligation, condition } from "../../../proofs/kernel/obligation.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { KnownQuestions } from "../../../proofs/provers/known.js";
import type { LedgerLine } from "../../../proofs/provers/ledger.js";

/** For 0 <= name < 10 with name >= 3: name >= bound. */
function claim(id: string, name: string, bound: number, more: Partial<SolverObligation> = {}): SolverObligation {
  const at: IndexExpr = variable(name);
  return {
    kind: "solver", id, stage: "s", rule: "W6", question: "1-defined", sentence: `${name} is at least ${bound}.`, subject: { node: "", statement: "", buffer: "" },
    variables: [{ name, extent: 10 }], premises: [condition(atLeast(at, literal(3)))], goal: condition(atLeast(at, literal(bound))), cover: "sat", ...more,
  };
}

async function answered(known: KnownQuestions, ...obligations: readonly SolverObligation[]): Promise<readonly LedgerLine[]> {
  return discharge(obligations, { jobs: 1, solver: "auto", known });
}

test.serial("an equal question of the same stage or a later one is not asked again; its line says whose answer it is", async (t) => {
  const known = new KnownQuestions();
  const [first, renamed] = await answered(known, claim("a", "i", 2), claim("b", "j", 2));
  const [later] = await answered(known, claim("c", "k", 2));
  t.is(first?.sharedWith, undefined);
  for (const line of [renamed, later]) {
    t.is(line?.sharedWith, "a");
    t.is(line?.verdict.kind, "proved");
    t.is(line?.prover, first?.prover);
    t.is(line?.cover?.found, "sat");
    t.is(line?.cover?.point, undefined, "the point has the names of the first");
  }
  t.deepEqual([renamed?.id, later?.id], ["b", "c"]);
});

test.serial("another literal, another range, another premise, another rule, another cover: another question", async (t) => {
  const different: readonly (readonly [string, SolverObligation])[] = [
    ["literal", claim("b", "i", 1)],
    ["range", claim("b", "i", 2, { variables: [{ name: "i", extent: 11 }] })],
    ["premise", claim("b", "i", 2, { premises: [condition(atLeast(variable("i"), literal(4)))] })],
    ["rule", claim("b", "i", 2, { rule: "W2" satisfies Rule })],
    ["cover", claim("b", "i", 2, { premises: [condition(below(variable("i"), 0))], cover: "expect-empty" })],
  ];
  for (const [what, other] of different) {
    const lines = await answered(new KnownQuestions(), claim("a", "i", 2), other);
    t.deepEqual(lines.map(({ verdict, sharedWith }) => [verdict.kind, sharedWith]), [["proved", undefined], ["proved", undefined]], what);
  }
});

test.serial("nothing is taken over from a claim that was not proved", async (t) => {
  const known = new KnownQuestions();
  const lines = [...await answered(known, claim("a", "i", 4)), ...await answered(known, claim("b", "j", 4))];
  t.deepEqual(lines.map(({ verdict, sharedWith }) => [verdict.kind, sharedWith]), [["refuted", undefined], ["refuted", undefined]]);
  t.deepEqual(lines.map(({ verdict }) => (verdict.kind === "refuted" ? verdict.counterexample : {})), [{ i: 3 }, { j: 3 }], "each at its own point");
  const vacuous = claim("c", "i", 2, { premises: [condition(below(variable("i"), 0))] });
  const empty = await answered(known, vacuous, { ...vacuous, id: "d" });
  t.deepEqual(empty.map(({ verdict }) => (verdict.kind === "unknown" ? verdict.why : verdict.kind)), ["vacuous", "vacuous"]);
});

test.serial("an audit solves each for itself", async (t) => {
  const known = new KnownQuestions();
  await answered(known, claim("a", "i", 2));
  const lines = await discharge([claim("b", "i", 2), claim("c", "j", 2)], { jobs: 1, solver: "auto", solveAll: true, known });
  t.deepEqual(lines.map(({ prover, sharedWith }) => [/^Z3/.test(prover), sharedWith]), [[true, undefined], [true, undefined]]);
});

test.serial("equal questions share one formula and keep their own words", async (t) => {
  const known = new KnownQuestions();
  const [a, b] = [claim("a", "i", 2), claim("b", "j", 2)];
  await answered(known, a, b);
  const shared = known.shared(b);
  t.is(shared.goal, a.goal);
  t.is(shared.premises, a.premises);
  t.deepEqual([shared.id, shared.sentence], ["b", "j is at least 2."]);
});
