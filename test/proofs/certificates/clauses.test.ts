/** Clauses against enumeration: a formula has a point exactly if its clauses have none that contradicts them. */
import test from "ava";
import { atLeast, equals, variable } from "../../../ir/loop/index-expr.js";
import { certifiesClaim, certifiesCover, clausesOfClaim } from "../../../proofs/certificates/certificate.js";
import { parseDrat, printClauses } from "../../../proofs/certificates/drat.js";
import { checkRup } from "../../../proofs/certificates/rup.js";
import { occurringVariables } from "../../../proofs/encode/formula.js";
import { condition } from "../../../proofs/kernel/obligation.js";
import { hasTools } from "../../support/tools.js";
import { findProof } from "../../../proofs/provers/cadical.js";
import { counterexampleOf, enumeratePoint, makeObligation, randomObligation, seeded } from "../provers/random-obligations.js";

const draw = seeded(77);
const sample = Array.from({ length: 1200 }, (_, k) => randomObligation(draw, `random${k}`));

test("certificates: a claim with a counterexample has no proof, whatever is offered", (t) => {
  const wrong = sample.filter((o) => counterexampleOf(o) !== undefined);
  t.true(wrong.length > 200);
  for (const o of wrong) {
    t.false(certifiesClaim(o, { kind: "proof", clauses: [] }), o.id);
    t.false(certifiesClaim(o, { kind: "proof", clauses: [[]] }), o.id);
    t.false(certifiesClaim(o, { kind: "proof", clauses: [[-2], [2], []] }), o.id);
  }
});

test("certificates: every true claim of the sample gets a proof that checks, and no wrong one does", async (t) => {
  if (!hasTools(t, "cadical")) return;
  let steps = 0;
  for (const o of sample.slice(0, 250)) {
    const proof = await findProof(clausesOfClaim(o));
    t.is(typeof proof !== "string", counterexampleOf(o) === undefined, o.id);
    if (typeof proof === "string") continue;
    steps += proof.length;
    t.true(certifiesClaim(o, { kind: "proof", clauses: proof }), o.id);
  }
  t.true(steps > 100, `${steps} steps`);
});

test("certificates: a proof with a step left out or a clause of another claim is noticed", async (t) => {
  if (!hasTools(t, "cadical")) return;
  const [x, y] = [variable("x"), variable("y")];
  const variables = [{ name: "x", extent: 40 }, { name: "y", extent: 40 }];
  const o = makeObligation(variables, [condition(atLeast(x, y)), condition(atLeast(y, x))], condition(equals(x, y)));
  const proof = await findProof(clausesOfClaim(o));
  if (typeof proof === "string") return t.fail(proof);
  t.true(proof.length > 3);
  t.true(certifiesClaim(o, { kind: "proof", clauses: proof }));
  t.false(certifiesClaim(o, { kind: "proof", clauses: [] }));
  t.false(certifiesClaim(o, { kind: "proof", clauses: proof.slice(-1) }));
  const weaker = { ...o, premises: o.premises.slice(1) };
  t.false(certifiesClaim(weaker, { kind: "proof", clauses: proof }));
});

test("certificates: a point certifies a cover exactly if it lies in the box and in every premise", (t) => {
  let found = 0;
  for (const o of sample) {
    const point = enumeratePoint(o.variables, o.premises);
    const names = occurringVariables(o.variables, o.premises).map(({ name }) => name);
    if (point === undefined) {
      t.false(certifiesCover(o, { kind: "point", values: names.map(() => 0) }), o.id);
      continue;
    }
    found++;
    const values = names.map((name) => point[name] ?? -1);
    t.true(certifiesCover(o, { kind: "point", values }), o.id);
    t.false(certifiesCover(o, { kind: "point", values: [...values, 0] }), o.id);
    t.false(certifiesCover({ ...o, cover: "expect-empty" }, { kind: "point", values }), o.id);
    t.false(certifiesCover(o, { kind: "proof", clauses: [[]] }), o.id);
    if (values.length > 0) t.false(certifiesCover(o, { kind: "point", values: values.map(() => 1000) }), o.id);
  }
  t.true(found > 500);
});

test("certificates: the checker against truth tables on small random clauses", (t) => {
  const draw = seeded(5);
  const literals = [1, 2, 3, 4, -1, -2, -3, -4];
  let contradictions = 0;
  for (let k = 0; k < 3000; k++) {
    const clauses = Array.from({ length: 3 + draw(14) }, () => Array.from({ length: 1 + draw(3) }, () => literals[draw(8)] ?? 1));
    const proof = Array.from({ length: draw(5) }, () => Array.from({ length: draw(3) }, () => literals[draw(8)] ?? 1));
    const satisfiable = Array.from({ length: 16 }, (_, bits) => bits).some((bits) => clauses.every((clause) => clause.some((literal) => (bits >> (Math.abs(literal) - 1)) % 2 === (literal > 0 ? 1 : 0))));
    const accepted = checkRup({ variables: 4, clauses }, [...proof, []]);
    if (accepted) contradictions++;
    t.false(accepted && satisfiable, `${JSON.stringify(clauses)} ${JSON.stringify(proof)}`);
  }
  t.true(contradictions > 300, `${contradictions}`);
});

test("certificates: text of a proof is read whole or not at all", (t) => {
  t.deepEqual(parseDrat("1 -2 0\nd 1 0\n0\n"), [[1, -2], []]);
  t.is(printClauses([[1, -2], []]), "1 -2 0\n0\n");
  for (const bad of ["1 2", "1 x 0", "01 0", "1  2 0", "- 0", "1 2 0 3"]) t.is(parseDrat(bad), undefined, bad);
});
