/** `npm run node-tests`: the ONNX node tests passed per operator, and what is out of scope, written to docs/node-tests.md. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operators } from "../ir/ops/index.js";
import { scoreByOperator } from "../src/mutate/node-tests.js";
import { refusedOperators } from "../src/onnx/normalise/refused.js";
import { findTests } from "../src/testing/data-sets.js";
import { type TestRow, runTest } from "../src/testing/run-test.js";
import { findCompilers } from "../src/toolchain/tools.js";
import { type Outcome, nodeTestsIn, operatorOf, runCase, tolerance } from "../test/ops/onnx-cases.js";

const suites = ["onnx-node/v1.22.0", "onnx-node/v1.7.0", "onnx-node-baked", "onnx-pytorch", "ops"];

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly path: string;
  readonly operator: string;
  readonly outcome: Outcome;
}

function foldersIn(path: string): readonly string[] {
  if (existsSync(join(path, "model.onnx"))) return [path];
  return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith("test_data_set"))
    .map(({ name }) => name).toSorted().flatMap((name) => foldersIn(join(path, name)));
}

function casesOf(data: string, suite: string): readonly Case[] {
  return foldersIn(join(data, suite)).map((path) => {
    const [separate, fused] = [runCase(path, "separate"), runCase(path, "fused")];
    return { suite, name: path.slice(join(data, suite).length + 1), path, operator: nameOf(path), outcome: separate.kind === "passed" ? fused : separate };
  });
}

/** A model that cannot be decoded has no operator. */
function nameOf(path: string): string {
  try {
    return operatorOf(path);
  } catch {
    return "(unreadable)";
  }
}

/** Every test of a suite as `obligato test --fix-shape-inputs` runs it; some twenty minutes. */
async function builtRows(data: string, suite: string): Promise<readonly TestRow[]> {
  const [compiler] = await findCompilers();
  const request = { fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", jobs: 2, prove: true } as const;
  const rows: TestRow[] = [];
  for (const test of findTests(join(data, suite))) {
    rows.push(await runTest(test, { request, compiler, tolerance, derive: true, fixShapeInputs: true }, { stage: () => undefined, settled: () => undefined }));
  }
  return rows;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function share(cases: readonly Case[]): string {
  return cases.length === 0 ? "" : `${cases.filter(({ outcome }) => outcome.kind === "passed").length} / ${cases.length}`;
}

const cases = suites.flatMap((suite) => casesOf(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", suite));
const [whole = ""] = suites;
const built = await builtRows(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", whole);
const passed = built.filter(({ status, build }) => status === "pass" && build === "proved");
const others = built.filter(({ status }) => status === "fail");
const throughC = [whole, String(built.length), String(passed.length), String(passed.filter(({ fixed }) => fixed.length > 0).length), String(built.filter(({ status }) => status === "skip").length), String(others.length)];
const elseInC = others.map(({ name, build, reason, maxAbsDiff }) => `- ${name}: ${build}; ${reason}${maxAbsDiff === null ? "" : `, largest difference ${maxAbsDiff}`}`);
const scores = scoreByOperator(cases.filter(({ outcome }) => outcome.kind === "passed").flatMap(({ path }) => nodeTestsIn(path)), tolerance);
const named = [...new Set([...cases.map(({ operator }) => operator), ...operators.map(({ op }) => op)])].toSorted();
const rows = named.map((operator) => {
  const [own, score] = [cases.filter((it) => it.operator === operator), scores.get(operator)];
  return [operator, ...suites.map((suite) => share(own.filter((it) => it.suite === suite))), score === undefined ? "" : `${score.noticed} / ${score.made}`];
});
const total = ["**all**", ...suites.map((suite) => `**${share(cases.filter((it) => it.suite === suite))}**`), ""];
const open = cases.flatMap(({ suite, name, outcome }) => (outcome.kind === "passed" ? [] : [[suite, name, outcome.reason.split("\n")[0]?.replaceAll("|", "\\|") ?? ""]]));
const refused = [...new Set(refusedOperators.values())].map((reason) => [[...refusedOperators].filter(([, own]) => own === reason).map(([op]) => op).join(", "), reason]);

writeFileSync(
  "docs/node-tests.md",
  `# ONNX node tests

Written by \`npm run node-tests\`: tests passed of all tests there are, in both contracts of the multiply-add, per operator
(floats within relative 1e-4 and absolute 1e-5, integers exactly; where the stored output is written with few decimals,
half of the last one more), computed by the interpreter of the meanings. The suites are parts of the ONNX backend tests, the same with constant inputs made
initialisers, the tests converted from PyTorch, and operator tests of other projects. Where an input of the graph
decides a shape, it is fixed to its value in the first data set, as by \`obligato test --fix-shape-inputs\`; of results whose
extent depends on data, the part in use is compared.

The last column: of the wrong meanings of an operator that are made (the changes of [mutation.md](mutation.md)), how many
these tests notice. A test asks that it is at least one. Operators that stand for others (Resize for Interpolate) have it there.

${table(["operator", ...suites, "wrong meanings noticed"], [...rows, total])}

## Through the proved C

The tests of one suite through everything: the model built, every claim proved, the C compiled, its outputs equal to the
interpreter's bit for bit, and both compared with the stored ones as \`obligato test --fix-shape-inputs\` does it.

${table(["suite", "tests", "proved C = interpreter = stored", "of these with fixed inputs", "refused", "else"], [throughC])}

${elseInC.join("\n")}

## Tests out of scope

${table(["suite", "test", "why"], open)}

## Operators out of scope

${table(["operators", "why"], refused)}
`,
);
