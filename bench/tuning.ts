/**
 * `npm run tuning`: what `obligato tune` gains over the schedules that targets have, on this
 * machine, written into docs/tuning.md. Every network is searched with a clock and by the model
 * alone; all that is compared is proved and runs in turns, in one process.
 *
 *     node dist/bench/tuning.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildRounds } from "../src/toolchain/rounds.js";
import { ownLevel } from "../src/tune/run.js";
import { writeBetween } from "./table.js";
import { gainTable, rankTable } from "./tuning/page.js";
import { type TuningRow, tunedRow } from "./tuning/row.js";

const data = join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "perf");
const only = process.argv.slice(2);
const level = ownLevel();
const work = mkdtempSync(join(tmpdir(), "obligato-tuning-"));
try {
  const rounds = await buildRounds(work);
  const rows: TuningRow[] = [];
  for (const file of readdirSync(data).filter((name) => name.endsWith(".onnx") && (only.length === 0 || only.includes(name.replace(/\.onnx$/, ""))))) {
    const row = await tunedRow(resolve(data, file), { level, rounds, work, cache: process.env["OBLIGATO_TUNING"] });
    rows.push(row);
    console.log(row.name, row.times, row.measured.ratio, row.modelled.ratio, row.seconds);
  }
  const tables = { gains: gainTable(rows), ranks: rankTable(rows) };
  if (only.length > 0) console.log(Object.values(tables).flat().map((texts) => texts.join(" | ")).join("\n"));
  else for (const [name, table] of Object.entries(tables)) writeBetween("docs/tuning.md", `npm run tuning, ${name}`, table);
} finally {
  rmSync(work, { recursive: true, force: true });
}
