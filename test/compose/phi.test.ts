/** φ composed over stages written by hand: operators inside values, cases, dead stores, and where it gives up. */
import test from "ava";
import { printIndexCases } from "./support.js";
import { composePhi } from "../../src/compose/phi.js";
import { type Coverage, coverageOf } from "../../src/compose/coverage.js";
import { beginChain, checkStage } from "../../proofs/kernel/kernel.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { dataflow, modelOf, notProved, phiCases, program, refutedRules } from "../proofs/kernel/support.js";

/** A product stored by one of two statements, then a sum. */
const reference = program(`
input x0 f32[8]
input x1 f32[8]
output y0 f32[8]
temp t f32[8]

for a in 0..8 {
  if -a + 3 >= 0 {
    p: t[a] = mul.f32(x0[a], x1[a])
  }
  if a - 4 >= 0 {
    q: t[a] = mul.f32(x0[a], x1[a])
  }
}
for i in 0..8 {
  r: y0[i] = add.f32(t[i], x1[i])
}
`);
const ofReference = dataflow({ producers: { p: "|", q: "|", r: "-i + 3 >= 0 ? p(i); q(i) |" }, finals: { y0: "r(d0)" }, once: "t y0" });

const fused = program(`
input x0 f32[8]
input x1 f32[8]
output y0 f32[8]

for i in 0..8 {
  r: y0[i] = add.f32(mul.f32(x0[i], x1[i]), x1[i])
}
`);

/** The product on its own again, in tiles; what `d` stores is read by nobody. */
const apart = (product: string) => program(`
input x0 f32[8]
input x1 f32[8]
output y0 f32[8]
temp w f32[8]
temp z f32[8]

for o in 0..2 {
  for e in 0..4 {
    u: w[e + 4*o] = ${product}
    d: z[e + 4*o] = neg.f32(x0[e])
  }
}
for j in 0..8 {
  v: y0[j] = add.f32(w[j], x1[j])
}
`);
const ofApart = dataflow({ producers: { u: "|", v: "u(floordiv(j, 4), mod(j, 4)) |" }, finals: { y0: "v(d0)" }, once: "w y0 z" });
const phiOfApart = { u: phiCases("r(e + 4*o).0"), v: phiCases("r(j)"), d: phiCases("dead") };

const options = (stage: string) => ({ stage, model: modelOf(reference) });
const { obligations, established } = beginChain(options("reference"), reference, ofReference);

async function endToEnd(product: string, fusedPhi: Witness["phi"]) {
  const last = apart(product);
  const phi = composePhi(established, [{ program: fused, phi: fusedPhi }, { program: last, phi: phiOfApart }]);
  const stage = checkStage(options("end-to-end"), established, last, { ...ofApart, phi });
  const ledger = await discharge(stage.obligations, { jobs: 1, solver: "auto" });
  return { phi, ledger, coverage: coverageOf([{ name: "end-to-end", program: last, obligations: stage.obligations, ledger }]) as Coverage };
}

test.serial("an operator that was inside a value is followed to whichever statement stores it", async (t) => {
  t.deepEqual(notProved(await discharge(obligations, { jobs: 1, solver: "auto" })), []);
  const { phi, ledger, coverage } = await endToEnd("mul.f32(x0[e + 4*o], x1[e + 4*o])", { r: phiCases("r(i)") });
  t.is(printIndexCases(phi["u"]), "-e - 4*o + 3 >= 0 ? p(e + 4*o); q(e + 4*o)");
  t.is(printIndexCases(phi["v"]), "r(j)");
  t.is(printIndexCases(phi["d"]), "dead");
  t.deepEqual(notProved(ledger), []);
  t.deepEqual(coverage, { statements: 3, covered: 3, uncovered: [], others: [] });
});

test.serial("swapped operands are refuted directly, and the statement is named", async (t) => {
  const { ledger, coverage } = await endToEnd("mul.f32(x1[e + 4*o], x0[e + 4*o])", { r: phiCases("r(i)") });
  t.deepEqual(refutedRules(ledger), ["W2"]);
  t.is(coverage.covered, 2);
  t.deepEqual(coverage.uncovered.map(({ statement }) => statement), ["u"]);
  t.true(coverage.uncovered[0]?.claims.every((id) => id.startsWith("end-to-end/W2/u.")));
});

test.serial("a statement whose cases are too many keeps its claims: they are open, by name", async (t) => {
  const many = phiCases(Array.from({ length: 401 }, (_, k) => `i - ${k + 1} == 0 ? r(i)`).join(";"));
  const { phi, ledger, coverage } = await endToEnd("mul.f32(x0[e + 4*o], x1[e + 4*o])", { r: many });
  t.deepEqual([phi["u"], phi["v"]], [[], []]);
  t.deepEqual(refutedRules(ledger).toSorted(), ["W4", "W5"]);
  t.deepEqual(coverage.uncovered.map(({ statement }) => statement).toSorted(), ["u", "v"]);
  t.deepEqual(coverage.others, ["end-to-end/W4/y0.source"]);
});

test("a target that names nothing, and an entry that is missing, have no cases", (t) => {
  const links = (phi: Witness["phi"]) => composePhi(established, [{ program: fused, phi }]);
  t.deepEqual(links({ r: phiCases("nobody(i)") })["r"], []);
  t.deepEqual(links({ r: phiCases("r(i).0.0.0") })["r"], []);
  t.deepEqual(links({ r: phiCases("r(z)") })["r"], []);
  t.deepEqual(links({ r: phiCases("z - 1 >= 0 ? r(i); r(i)") })["r"], []);
  t.deepEqual(links({ r: phiCases("r(i, i)") })["r"], []);
  t.deepEqual(links({})["r"], []);
});
