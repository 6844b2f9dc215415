/**
 * `npm run rtl-table [-- MILLIONS]`: the timing table of CV32E40P, and bounds made with it,
 * against cycles of its RTL, into docs/wcet.md between their markers. The runs of one network
 * take at most MILLIONS of cycles together, two runs at least. Needs Verilator, the test data
 * and a clone of the core's repository (bench/rtl/simulator.ts).
 * Leaves with 1 if a bound is below what was simulated.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal, present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { cases } from "./rtl/cases.js";
import { type Measured, measured } from "./rtl/micro.js";
import { type SimulatedRow, simulatedRow } from "./rtl/network.js";
import { type Sequence, mixtures, pairs } from "./rtl/sequences.js";
import { type Waits, noWaits } from "./rtl/simulator.js";
import { builtNetwork } from "./wcet-row.js";

const networks = [
  "hcas_pra0_tau00", "acasxu_1_1", "tfl_hello_world_int8_qop", "onnx2c_lstm_k1", "tfl_mnist_dw_fp32", "deeploy_cct_1_16_16_8", "mlperf_ad_int8_qop",
  "sonnx_lenet5", "mlperf_ad_fp32",
];
const page = "docs/wcet.md";
const [begin, end] = ["<!-- begin: npm run rtl-table -->", "<!-- end: npm run rtl-table -->"];

type Cells = readonly (string | number)[];

function table(head: Cells, rows: readonly Cells[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Replaces what stands between the markers. */
function writePage(parts: readonly string[]): void {
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Refusal("usage", "usage", `${page} lacks the markers of its table`, page, `put ${begin} and ${end} around it`);
  writeFileSync(page, `${text.slice(0, before + begin.length)}\n${parts.join("\n\n")}\n${text.slice(after)}`);
}

/** Each beside an empty sequence, whose cycles are taken off. */
async function caseRows(): Promise<readonly Cells[]> {
  const [empty, ...found] = await measured([{ name: "", body: [] }, ...cases], noWaits);
  const base = present(empty, "empty sequence");
  return found.map(({ bound, cycles, name }, k) => [name, bound - base.bound, cycles - base.cycles, present(cases[k], name).source]);
}

const groups: readonly (readonly [string, () => readonly Sequence[], Waits])[] = [
  ["pairs of instructions", () => pairs(), noWaits],
  ["mixtures of 60", () => mixtures(1000, 60), noWaits],
  ["mixtures of 60, no division", () => mixtures(1000, 60).map(withoutDivision), noWaits],
  ["mixtures of 60", () => mixtures(300, 60), { code: 0, data: 1 }],
  ["mixtures of 60", () => mixtures(300, 60), { code: 1, data: 1 }],
  ["mixtures of 60", () => mixtures(300, 60), { code: 3, data: 2 }],
];

function withoutDivision({ name, body }: Sequence): Sequence {
  return { name, body: body.filter((line) => !/^(?:fdiv|fsqrt)/.test(line)) };
}

async function groupRow([name, sequences, waits]: (typeof groups)[number]): Promise<{ readonly cells: Cells; readonly below: readonly Measured[] }> {
  const found = await measured(sequences(), waits);
  const sum = (of: "bound" | "cycles"): number => found.reduce((total, it) => total + it[of], 0);
  const below = found.filter(({ bound, cycles }) => bound < cycles);
  const exact = found.filter(({ bound, cycles }) => bound === cycles).length;
  return { cells: [name, `${waits.code}, ${waits.data}`, found.length, below.length, exact, (sum("bound") / sum("cycles")).toFixed(3)], below };
}

function networkCells({ network, optimisation, bound, instructions, runs, slowest, fastest }: SimulatedRow): Cells {
  const count = (value: bigint | number): string => value.toLocaleString("en");
  return [network, `-${optimisation}`, count(bound), count(slowest), count(fastest), runs, (Number(bound) / slowest).toFixed(4), (slowest / Number(instructions)).toFixed(2)];
}

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const budget = 1e6 * Number(process.argv[2] ?? 10);
const tables = [table(["Sequence", "Bound", "Simulated", "Source"], await caseRows())];
const wrong: string[] = [];
const groupCells: Cells[] = [];
for (const group of groups) {
  const { cells, below } = await groupRow(group);
  groupCells.push(cells);
  wrong.push(...below.map(({ name }) => name));
  console.log(cells.join("  "));
}
tables.push(table(["Sequences", "Wait states of code, data", "Count", "Bound below", "Bound exact", "Bounds ÷ cycles"], groupCells));
const rows: SimulatedRow[] = [];
for (const name of networks) {
  const [folder] = findTests(join(data, "models", name));
  const row = await simulatedRow(await builtNetwork(present(folder, `test folder of ${name}`)), "O2", budget);
  rows.push(row);
  if (row.bound < BigInt(row.slowest)) wrong.push(name);
  console.log(networkCells(row).join("  "));
  writePage([...tables, table(["Network", "gcc", "Bound", "Simulated, at most", "At least", "Runs", "Bound ÷ simulated", "Cycles ÷ instructions"], rows.map(networkCells))]);
}
console.log(wrong.length === 0 ? "" : `UNSOUND: ${wrong.slice(0, 20).join(", ")}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
