/**
 * `npm run tuning`: what `obligato tune` gains over the schedules that targets have, on this
 * machine, written into bench/tuning.json and docs/tuning.md. Every network is searched with a
 * clock and by the model alone; all that is compared is proved and runs in turns, in one process.
 *
 *     node dist/bench/tuning.js [NETWORK…]     (these anew, the others as they were)
 *
 * OBLIGATO_TUNING names a folder that keeps answers from one run to the next.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isRecord } from "../src/record.js";
import { buildRounds } from "../src/toolchain/rounds.js";
import { ownLevel } from "../src/tune/run.js";
import { writeBetween } from "./table.js";
import { type TuningRecord, gainTable, rankTable, recordOf } from "./tuning/page.js";
import { tunedRow } from "./tuning/row.js";

const data = join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "perf");
const record = "bench/tuning.json";
const only = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "obligato-tuning-"));

function recorded(): readonly TuningRecord[] {
  const rows: unknown = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : [];
  return Array.isArray(rows) ? rows.filter(isRow) : [];
}

/** The file is our own. */
function isRow(value: unknown): value is TuningRecord {
  return isRecord(value) && typeof value["name"] === "string" && Array.isArray(value["times"]) && Array.isArray(value["ratios"]);
}

try {
  const rounds = await buildRounds(work);
  const names = readdirSync(data).filter((file) => file.endsWith(".onnx")).map((file) => file.replace(/\.onnx$/, ""));
  for (const name of only.length === 0 ? names : only) {
    const row = recordOf(await tunedRow(resolve(data, `${name}.onnx`), { level: ownLevel(), rounds, work, cache: process.env["OBLIGATO_TUNING"] }));
    console.log(JSON.stringify(row));
    const rows = [...recorded().filter((it) => it.name !== name), row].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    writeFileSync(record, `[\n${rows.map((it) => `  ${JSON.stringify(it)}`).join(",\n")}\n]\n`);
    writeBetween("docs/tuning.md", "npm run tuning, gains", gainTable(rows));
    writeBetween("docs/tuning.md", "npm run tuning, ranks", rankTable(rows));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
