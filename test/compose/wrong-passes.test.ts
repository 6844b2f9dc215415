/**
 * A pass is wrong and nobody asks about its stage: the end-to-end claims alone, made
 * from the reference program and the program read back, refute the build.
 */
import test from "ava";
import { present } from "../../ir/prelude.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { coverageOf } from "../../src/compose/coverage.js";
import { type BuildRequest, buildModel } from "../../src/driver.js";
import type { Pass } from "../../src/pass.js";
import { pipeline } from "../../src/pipeline.js";
import { sabotages, spoiltNetwork, wrong } from "../support/sabotages.js";

/** Makes all claims and asks only those of the last stage. */
async function endToEndOf(passes: readonly Pass[]) {
  const request: BuildRequest = {
    model: spoiltNetwork, fixDims: new Map(), contract: "separate", schedule: undefined, until: undefined,
    skip: [], solver: "auto", jobs: 1, prove: false, passes,
  };
  const { outcome, stages } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  const stage = present(stages.at(-1), "the last stage");
  const ledger = await discharge(stage.obligations, { jobs: 1, solver: "auto" });
  return { outcome, stage, ledger, coverage: present(coverageOf([{ ...stage, ledger }]), "coverage") };
}

test.serial("the right passes: every claim is proved with no other stage asked", async (t) => {
  const { outcome, stage, ledger, coverage } = await endToEndOf(pipeline);
  t.is(outcome, "unchecked");
  t.is(stage.name, "end-to-end");
  t.true(ledger.length > 100 && ledger.every(({ verdict }) => verdict.kind === "proved"));
  t.is(coverage.covered, coverage.statements);
  t.true(coverage.statements >= 8 && coverage.others.length === 0);
});

for (const { pass: name, bug, spoil, rule } of sabotages) {
  test.serial(`${name} is wrong (${bug}): the end-to-end claims alone refute it`, async (t) => {
    const { ledger, coverage } = await endToEndOf(pipeline.map((pass) => (pass.name === name ? wrong(pass, spoil) : pass)));
    const refuted = ledger.filter(({ verdict }) => verdict.kind === "refuted");
    t.true(refuted.some(({ id }) => rule.test(id)), ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id).join("\n"));
    t.true(coverage.covered < coverage.statements || coverage.others.length > 0);
    t.log(`${refuted.length} of ${ledger.length} refuted, the first ${refuted[0]?.id ?? ""}`);
  });
}
