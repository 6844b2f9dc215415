/** `npm run instruction-counts`: renews the record that the test of instruction counts compares with. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gate, type GateRecord, compilerOf, countsFile, gates, instructionsAt, networksOf } from "./bits/gate.js";

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const work = mkdtempSync(join(tmpdir(), "obligato-counts-"));
try {
  const records: Partial<Record<Gate, GateRecord>> = {};
  for (const gate of gates) {
    const counts: Record<string, number> = {};
    for (const [name, path] of Object.entries(networksOf[gate])) {
      counts[name] = await instructionsAt(gate, join(data, ...path), work);
      console.log(gate, name, counts[name]);
    }
    records[gate] = { compiler: await compilerOf(gate), counts };
  }
  writeFileSync(countsFile, `${JSON.stringify(records, null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
