/** Instructions on a Cortex-M4 under QEMU, which repeat exactly, beside a record: growth by more than 2 % fails. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type InstructionCounts, compilerOfCounts, countedModels, countsFile, grown, instructionsOnCortexM4 } from "../../bench/bits/cortex-m4-counts.js";
import { present } from "../../ir/prelude.js";
import { isRecord } from "../../src/record.js";
import { hasTools } from "../support/tools.js";
import { testdata } from "../support/testdata.js";

const recorded = JSON.parse(readFileSync(countsFile, "utf8")) as InstructionCounts;

function workFolder(t: ExecutionContext): string {
  const work = mkdtempSync(join(tmpdir(), "obligato-counts-"));
  t.teardown(() => rmSync(work, { recursive: true, force: true }));
  return work;
}

for (const [name, path] of Object.entries(countedModels)) {
  test.serial(`${name}: no more than 2 % more instructions than recorded`, async (t) => {
    t.timeout(300_000);
    const model = testdata(...path);
    if (model === undefined) {
      t.log("skipped: test data");
      return t.pass();
    }
    if (!hasTools(t, "arm-none-eabi-gcc", "qemu-system-arm")) return undefined;
    const found = await instructionsOnCortexM4(model, workFolder(t));
    t.log(`${name}: ${found}, recorded ${recorded.counts[name]}`);
    return t.is(grown(name, found, recorded, await compilerOfCounts()), undefined);
  });
}

test.serial("the gate fails: for the code of a schedule that is not for small cores, and for a network without a record", async (t) => {
  t.true(isRecord(recorded.counts) && Object.keys(countedModels).every((name) => Number.isInteger(recorded.counts[name])));
  t.regex(grown("other", 1, recorded, recorded.compiler) ?? "", /not in the record/);
  t.regex(grown("hcas_pra0_tau00", 2e9, recorded, "another") ?? "", /% more \(recorded with arm-none-eabi-gcc .*this is another\); .*npm run instruction-counts/);
  const model = testdata(...present(countedModels["hcas_pra0_tau00"], "path"));
  if (model === undefined) {
    t.log("skipped: test data");
    return t.pass();
  }
  if (!hasTools(t, "arm-none-eabi-gcc", "qemu-system-arm")) return undefined;
  const found = await instructionsOnCortexM4(model, workFolder(t), "generic");
  return t.regex(grown("hcas_pra0_tau00", found, recorded, recorded.compiler) ?? "", /% more;/);
});
