/**
 * `npm run tuning`: what `obligato tune` gains over the schedules that targets have, on this
 * machine, written into bench/tuning*.json and docs/tuning.md. Every network is searched with a
 * clock and by the model alone; all that is compared is proved and runs in turns, in one process.
 *
 *     node dist/bench/tuning.js [NETWORK…]               (these anew, the others as they were)
 *     node dist/bench/tuning.js --exhaustive NETWORK…    (every choice of every nest, by the clock)
 *
 * OBLIGATO_TUNING names a folder that keeps answers from one run to the next.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { isRecord } from "../src/record.js";
import { buildRounds } from "../src/toolchain/rounds.js";
import { ownLevel } from "../src/tune/run.js";
import { writeBetween } from "./table.js";
import { type ExhaustiveRecord, type TuningRecord, exhaustiveRecordOf, exhaustiveTable, gainTable, rankTable, recordOf } from "./tuning/page.js";
import { exhaustiveRow, tunedRow } from "./tuning/row.js";

const data = join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "perf");
const { values: { exhaustive }, positionals: only } = parseArgs({ options: { exhaustive: { type: "boolean", default: false } }, allowPositionals: true });
const work = mkdtempSync(join(tmpdir(), "obligato-tuning-"));

/** The rows of a record with this one in its place; the file is our own. */
function withRow<Row extends { readonly name: string }>(file: string, row: Row): readonly Row[] {
  const known: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  const isRow = (value: unknown): value is Row => isRecord(value) && Object.keys(row).every((key) => key in value);
  const rows = [...(Array.isArray(known) ? known.filter(isRow) : []).filter(({ name }) => name !== row.name), row].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  writeFileSync(file, `[\n${rows.map((it) => `  ${JSON.stringify(it)}`).join(",\n")}\n]\n`);
  console.log(JSON.stringify(row));
  return rows;
}

try {
  const bench = { level: ownLevel(), rounds: await buildRounds(work), work, cache: process.env["OBLIGATO_TUNING"] };
  const names = readdirSync(data).filter((file) => file.endsWith(".onnx")).map((file) => file.replace(/\.onnx$/, ""));
  for (const name of only.length === 0 ? names : only) {
    const model = resolve(data, `${name}.onnx`);
    if (exhaustive) {
      const rows: readonly ExhaustiveRecord[] = withRow("bench/tuning-exhaustive.json", exhaustiveRecordOf(await exhaustiveRow(model, bench)));
      writeBetween("docs/tuning.md", "npm run tuning, exhaustive", exhaustiveTable(rows));
    } else {
      const rows: readonly TuningRecord[] = withRow("bench/tuning.json", recordOf(await tunedRow(model, bench)));
      writeBetween("docs/tuning.md", "npm run tuning, gains", gainTable(rows));
      writeBetween("docs/tuning.md", "npm run tuning, ranks", rankTable(rows));
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
