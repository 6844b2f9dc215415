/** Instructions under QEMU, which repeat exactly, beside a record: growth by more than 2 % fails. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type Gate, type InstructionCounts, compilerOf, countsFile, gates, grown, instructionsAt, networksOf } from "../../bench/bits/gate.js";
import { present } from "../../ir/prelude.js";
import { isRecord } from "../../src/record.js";
import { hasTools, runsOn } from "../support/tools.js";
import { testdata } from "../support/testdata.js";

const recorded = JSON.parse(readFileSync(countsFile, "utf8")) as InstructionCounts;
const tools: Readonly<Record<Gate, readonly string[]>> = {
  "cortex-m4": ["arm-none-eabi-gcc", "qemu-system-arm"], "x86-64-v3": ["gcc", "nm", "qemu-x86_64"], "aarch64": ["aarch64-linux-gnu-gcc", "qemu-aarch64"],
};

function workFolder(t: ExecutionContext): string {
  const work = mkdtempSync(join(tmpdir(), "obligato-counts-"));
  t.teardown(() => rmSync(work, { recursive: true, force: true }));
  return work;
}

/** Undefined, and said so, where something to count with is not there. */
function modelFor(t: ExecutionContext, gate: Gate, name: string): string | undefined {
  const model = testdata(...present(networksOf[gate][name], name));
  if (model === undefined) t.log("skipped: test data");
  const able = hasTools(t, ...tools[gate]);
  return able ? model : undefined;
}

for (const gate of gates) {
  for (const name of Object.keys(networksOf[gate])) {
    test.serial(`${name} on ${gate}: no more than 2 % more instructions than recorded`, async (t) => {
      t.timeout(600_000);
      if (gate === "x86-64-v3" && !runsOn(t, "x64")) return;
      const model = modelFor(t, gate, name);
      if (model === undefined) return void t.pass();
      const found = await instructionsAt(gate, model, workFolder(t));
      t.log(`${name}: ${found}, recorded ${recorded[gate].counts[name]}`);
      return t.is(grown(name, found, recorded[gate], await compilerOf(gate)), undefined);
    });
  }
}

test.serial("the gate fails: for the code of a schedule that is not for the target, and for a network without a record", async (t) => {
  for (const gate of gates) t.true(isRecord(recorded[gate].counts) && Object.keys(networksOf[gate]).every((name) => Number.isInteger(recorded[gate].counts[name])), gate);
  const record = recorded["cortex-m4"];
  t.regex(grown("other", 1, record, record.compiler) ?? "", /not in the record/);
  t.regex(grown("hcas_pra0_tau00", 2e9, record, "another") ?? "", /% more \(recorded with arm-none-eabi-gcc .*this is another\); .*npm run instruction-counts/);
  for (const [gate, name] of [["cortex-m4", "hcas_pra0_tau00"], ["aarch64", "dscnn"]] as const) {
    const model = modelFor(t, gate, name);
    if (model === undefined) continue;
    const found = await instructionsAt(gate, model, workFolder(t), "generic");
    t.regex(grown(name, found, recorded[gate], recorded[gate].compiler) ?? "", /% more;/);
  }
});
