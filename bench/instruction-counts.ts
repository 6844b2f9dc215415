/** `npm run instruction-counts`: renews the record that the test of instruction counts compares with. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compilerOfCounts, countedModels, countsFile, instructionsOnCortexM4 } from "./bits/cortex-m4-counts.js";

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const work = mkdtempSync(join(tmpdir(), "obligato-counts-"));
try {
  const counts: Record<string, number> = {};
  for (const [name, path] of Object.entries(countedModels)) counts[name] = await instructionsOnCortexM4(join(data, ...path), work);
  writeFileSync(countsFile, `${JSON.stringify({ compiler: await compilerOfCounts(), counts }, null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
