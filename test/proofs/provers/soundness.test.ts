/** The provers against enumeration on random obligations: what they say must be so, and they must say it often. */
import test from "ava";
import { evalFormula, lookup } from "../../../proofs/encode/formula.js";
import { not } from "../../../proofs/kernel/obligation.js";
import type { SolverObligation } from "../../../proofs/kernel/obligation.js";
import { findPoint, refuteByExample } from "../../../proofs/provers/example.js";
import { isEmpty, proveByIntervals } from "../../../proofs/provers/interval.js";
import { proveTrivial } from "../../../proofs/provers/trivial.js";
import { counterexampleOf, enumeratePoint, randomObligation, seeded } from "./random-obligations.js";

const obligations = ((): SolverObligation[] => {
  const draw = seeded(2024);
  return Array.from({ length: 12000 }, (_, k) => randomObligation(draw, `random${k}`));
})();

const truths = new Map(obligations.map((o) => [o, counterexampleOf(o)]));
const valid = obligations.filter((o) => truths.get(o) === undefined);
const wrong = obligations.filter((o) => truths.get(o) !== undefined);

function share(part: number, whole: number): string {
  return `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
}

test("soundness: the sample has both kinds", (t) => {
  t.log(`valid ${share(valid.length, obligations.length)}`);
  t.true(valid.length > 3000 && wrong.length > 3000);
});

test("soundness: trivial proves nothing that is false", (t) => {
  t.deepEqual(wrong.filter((o) => proveTrivial(o) !== undefined), []);
  const proved = valid.filter((o) => proveTrivial(o) !== undefined).length;
  t.log(`proved ${share(proved, valid.length)}`);
  t.true(proved > valid.length / 10);
});

test("soundness: interval proves nothing that is false, and most of what is true", (t) => {
  t.deepEqual(wrong.filter((o) => proveByIntervals(o) !== undefined), []);
  const proved = valid.filter((o) => proveByIntervals(o) !== undefined).length;
  t.log(`proved ${share(proved, valid.length)}`);
  t.true(proved > 0.9 * valid.length);
});

test("soundness: example refutes nothing that is true, and its points are counterexamples", (t) => {
  t.deepEqual(valid.filter((o) => refuteByExample(o) !== undefined), []);
  let refuted = 0;
  for (const o of wrong) {
    const verdict = refuteByExample(o);
    if (verdict?.kind !== "refuted") continue;
    refuted++;
    const env = lookup(verdict.counterexample);
    t.true([...o.premises, not(o.goal)].every((f) => evalFormula(f, env)), o.id);
    t.true(o.variables.every((v) => env(v.name) >= 0 && env(v.name) < v.extent), o.id);
  }
  t.log(`refuted ${share(refuted, wrong.length)}`);
  t.true(refuted > 0.95 * wrong.length);
});

test("soundness: a cover has a point, or none, and never both", (t) => {
  for (const o of obligations.slice(0, 4000)) {
    const point = findPoint(o.variables, o.premises);
    const empty = isEmpty(o.variables, o.premises);
    const truth = enumeratePoint(o.variables, o.premises);
    if (point !== undefined) t.not(truth, undefined, o.id);
    if (empty) t.is(truth, undefined, o.id);
  }
  t.pass();
});

test("soundness: provers are functions of the obligation", (t) => {
  for (const o of obligations.slice(0, 500)) {
    t.deepEqual(proveByIntervals(o), proveByIntervals(structuredClone(o)));
    t.deepEqual(refuteByExample(o), refuteByExample(structuredClone(o)));
  }
});
