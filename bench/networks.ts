/**
 * `npm run networks`: builds the networks of the list, compares, and writes docs/networks.md.
 * Times are of the machine it runs on; everything else in the table repeats exactly.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { findCompilers } from "../src/toolchain/tools.js";
import { networks } from "./network-list.js";
import { type NetworkRow, networkRow, tolerance } from "./network-row.js";

const head = [
  "network", "tier", "statements", "obligations", "proved", "covers sat", "expect-empty", "seconds", "arena bytes", "live-set bound", "bits differing / vectors", "largest difference", "÷ largest output",
];

function cells(row: NetworkRow): readonly string[] {
  const { counts, memory } = row;
  return [
    row.name, "T0", String(row.statements), String(counts.total.obligations), String(counts.total.proved), String(counts.covers.sat), String(counts.covers.expectEmpty),
    row.seconds.toFixed(1), String(memory.arenaBytes), String(memory.liveSetBytes), `${row.differing} / ${row.vectors}`,
    `${row.maxAbsDiff.toExponential(1)}${row.withinTolerance ? "" : " (!)"}`, row.normwise.toExponential(1),
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function page(rows: readonly NetworkRow[]): string {
  const rules = [...new Set(rows.flatMap((row) => row.counts.byRule.map(({ rule }) => rule)))];
  const ruleRows = rows.map((row) => [row.name, ...rules.map((rule) => String(row.counts.byRule.find((count) => count.rule === rule)?.obligations ?? 0))]);
  const provers = [...new Set(rows.flatMap((row) => Object.keys(row.counts.byProver)))];
  const proverRows = rows.map((row) => [row.name, ...provers.map((prover) => String(row.counts.byProver[prover] ?? 0))]);
  const rule = (columns: number): readonly string[] => new Array<string>(columns).fill("---");
  return `# Networks, end to end

Written by \`npm run networks\`. Every network goes from ONNX through the default schedule to C; the C is compiled with
gcc -O2 and compared bit for bit with the operators' meanings on the stored inputs and on two made vectors (one of them
of special values). Stored outputs come from another implementation; floats are compared within relative
${tolerance.relative} and absolute ${tolerance.absolute}, and (!) marks a network outside of that: its sums have 640 terms,
and a test shows both results to lie within the proven error bound ([numeric.md](numeric.md)) of the real meaning. Seconds are for making and discharging
obligations of all stages.

${table([head, rule(head.length), ...rows.map(cells)])}

Obligations by rule:

${table([["network", ...rules], rule(rules.length + 1), ...ruleRows])}

Obligations by who settled them:

${table([["network", ...provers], rule(provers.length + 1), ...proverRows])}
`;
}

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const [compiler] = await findCompilers();
const rows: NetworkRow[] = [];
for (const { name } of networks) {
  const [folder] = findTests(join(data, "models", name));
  const { row } = await networkRow(present(folder, `test folder of ${name}`), present(compiler, "a C compiler"), 2);
  rows.push(row);
  console.log(cells(row).join("  "));
}
writeFileSync("docs/networks.md", page(rows));
