/**
 * `npm run compile-time`: how long the compiler takes on the networks of the speed measurement,
 * without and with proofs, and how much memory. Keeps every row in bench/compile-time.json, so
 * that it goes on where it was stopped, and writes the tables of docs/compile-time.md.
 * `-- --again` measures anew; names of networks and targets after it measure only those.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRecord } from "../src/record.js";
import { type TimeRow, isTimeRow } from "./compile-time/row.js";
import { writeBetween } from "./table.js";

const networks = ["acasxu", "autoenc", "dscnn", "lenet5", "mobilenetv1", "resnet8", "tinyxf"] as const;
const targets = ["default", "x86-64-v3", "x86-64-v4", "cortex-m4"] as const;
const stages = ["import", "reference", "schedule", "passes", "emit"] as const;
const record = "bench/compile-time.json";
const page = "docs/compile-time.md";
const rowProgram = fileURLToPath(new URL("compile-time/row.js", import.meta.url));
const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";

type Rows = Record<string, TimeRow>;

const keyOf = (network: string, target: string, how: string): string => `${network} ${target} ${how}`;

function measured(network: string, target: string, how: string): TimeRow {
  const done = spawnSync(process.execPath, [rowProgram, join(data, "perf", `${network}.onnx`), target, how], { encoding: "utf8", timeout: 1_800_000 });
  if (done.status !== 0) throw new Error(`${keyOf(network, target, how)}: ${done.stderr.slice(0, 500)}`);
  const row: unknown = JSON.parse(done.stdout);
  if (!isTimeRow(row)) throw new Error(`${keyOf(network, target, how)}: no row`);
  return row;
}

const seconds = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(2));
const total = (row: TimeRow): number => Object.values(row.seconds).reduce((sum, it) => sum + it, 0);

function emitTable(rows: Rows): readonly (readonly string[])[] {
  const head = ["network", "target", ...stages, "in all", "wall", "peak MB"];
  return [head, ...networks.flatMap((network) => targets.flatMap((target) => {
    const row = rows[keyOf(network, target, "emit")];
    return row === undefined ? [] : [[network, target, ...stages.map((stage) => seconds(row.seconds[stage])), seconds(total(row)), seconds(row.wallSeconds), row.peakMegabytes.toFixed(0)]];
  }))];
}

function proveTable(rows: Rows): readonly (readonly string[])[] {
  const head = ["network", "target", "obligations", "outcome", "processor s", "wall s", "peak MB"];
  return [head, ...networks.flatMap((network) => targets.flatMap((target) => {
    const row = rows[keyOf(network, target, "prove")];
    return row === undefined ? [] : [[network, target, row.obligations.toLocaleString("en"), row.outcome, total(row).toFixed(1), row.wallSeconds.toFixed(1), row.peakMegabytes.toFixed(0)]];
  }))];
}

const asked = process.argv.slice(2);
const again = asked.includes("--again");
const named = asked.filter((word) => !word.startsWith("--"));
const wanted = (words: readonly string[]): boolean => named.every((name) => words.includes(name));
const kept: unknown = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {};
const rows: Rows = Object.fromEntries(Object.entries(isRecord(kept) ? kept : {}).flatMap(([key, row]) => (isTimeRow(row) ? [[key, row]] : [])));
for (const how of ["emit", "prove"]) {
  for (const target of targets) {
    for (const network of networks) {
      const key = keyOf(network, target, how);
      if (!wanted([network, target, how]) || (rows[key] !== undefined && !again)) continue;
      rows[key] = measured(network, target, how);
      process.stdout.write(`${key}: ${total(rows[key]).toFixed(1)} s of ${cpus()[0]?.model ?? "a processor"}\n`);
      writeFileSync(record, `${JSON.stringify(rows, undefined, 1)}\n`);
      writeBetween(page, "npm run compile-time, emit", emitTable(rows));
      writeBetween(page, "npm run compile-time, prove", proveTable(rows));
    }
  }
}
