/** `npm run node-tests`: the ONNX node tests passed per operator, written to docs/node-tests.md. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { normalisedOperators } from "../src/onnx/normalise/index.js";
import { operatorOf, runCase } from "../test/ops/onnx-cases.js";

const suites = ["onnx-node/v1.22.0", "onnx-node/v1.7.0", "onnx-node-baked"];

interface Tally {
  passed: number;
  total: number;
}

function tally(folder: string): Map<string, Tally> {
  const counts = new Map<string, Tally>();
  for (const name of readdirSync(folder).toSorted()) {
    const path = join(folder, name);
    if (!existsSync(join(path, "model.onnx"))) continue;
    const operator = operatorOf(path);
    if (!normalisedOperators.includes(operator)) continue;
    const own = counts.get(operator) ?? { passed: 0, total: 0 };
    const passed = runCase(path, "separate").kind === "passed" && runCase(path, "fused").kind === "passed";
    counts.set(operator, { passed: own.passed + (passed ? 1 : 0), total: own.total + 1 });
  }
  return counts;
}

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const tallies = suites.map((suite) => tally(join(data, suite)));
const operators = [...new Set(tallies.flatMap((counts) => [...counts.keys()]))].toSorted();
const cell = (count: Tally | undefined): string => (count === undefined ? "" : `${count.passed} / ${count.total}`);
const rows = operators.map((operator) => `| ${operator} | ${tallies.map((counts) => cell(counts.get(operator))).join(" | ")} |`);
const sums = tallies.map((counts) => [...counts.values()].reduce((sum, own) => ({ passed: sum.passed + own.passed, total: sum.total + own.total }), { passed: 0, total: 0 }));

writeFileSync(
  "docs/node-tests.md",
  `# ONNX node tests

Written by \`npm run node-tests\`: tests passed of tests there are, in both contracts of the multiply-add, per operator that
is here (floats within relative 1e-4 and absolute 1e-5, integers exactly). The suites are parts of the ONNX backend
tests, and the same with constant inputs made initialisers. A test that does not pass is out of scope, and
\`test/ops/node-tests.test.ts\` prints why: its output shape is not static, it has an element type that is not supported,
or it asks for an optional output; the test fails on anything else.

| operator | ${suites.join(" | ")} |
|---|${suites.map(() => "---|").join("")}
${rows.join("\n")}
| **all** | ${sums.map((sum) => `**${cell(sum)}**`).join(" | ")} |
`,
);
