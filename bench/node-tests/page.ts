/** docs/node-tests.md from the rows of `npm run node-tests`. */
import { cpus } from "node:os";
import { operators } from "../../ir/ops/index.js";
import { refusedOperators } from "../../src/onnx/normalise/refused.js";
import { accuracyOf } from "../../test/ops/onnx-cases.js";
import { type CaseRow, type Score, isInScope, isProved } from "./row.js";
import { type SuiteTest, suites } from "./suites.js";

export interface Entry extends SuiteTest {
  readonly row: CaseRow;
}

export interface PageFacts {
  readonly entries: readonly Entry[];
  /** By operator of the normal form. */
  readonly scores: ReadonlyMap<string, Score>;
  /** Processes at a time. */
  readonly jobs: number;
  /** Sum over all tests and scores, each in one process. */
  readonly seconds: number;
}

export function pageOf({ entries, scores, jobs, seconds }: PageFacts): string {
  const distinct = new Set(entries.map(({ digest }) => digest)).size;
  const fixed = entries.filter(({ row }) => isProved(row) && row.fixed.length > 0).length;
  const silent = operators.map(({ op }) => op).filter((op) => (scores.get(op)?.noticed ?? 0) === 0);
  return `# ONNX node tests

Written by \`npm run node-tests\`: every test of the suites below, in two ways.

- **interpreter**: the meanings of the operators, evaluated in both contracts of the multiply-add, against the stored outputs
  (floats within relative 1e-4 and absolute 1e-5, integers exactly; where the stored output is written with few decimals,
  half of the last one more; f16 and bf16 by a unit in their last place more).
- **proved C**: as \`obligato test --fix-shape-inputs\` does it with the default pipeline. The model is built and every claim
  proved, the C compiled with the pinned flags and run; its outputs are those of the interpreter bit for bit (**bit equal**)
  and near the stored ones: within twice the error that is proved of the model at these inputs, where there is such a bound.

The suites are parts of the ONNX backend tests of two releases, the same with constant inputs made initialisers, tests
converted from PyTorch, operator tests of other projects, and the suites of ONNX 1.12 as Debian has them in
libonnx-testdata. A test is in scope unless the import refuses its model or its stored output is known to be wrong. Where an input of the graph decides a shape, it is
fixed to its value in the first data set (${fixed} of the tests that pass through proved C); of results whose extent depends
on data, the part in use is compared.

${entries.length} tests, of which ${distinct} are different, in ${Math.round(seconds / jobs / 60)} minutes of ${jobs} processes (${cpus()[0]?.model.trim() ?? "unknown processor"}).

${table(["suite", ...countNames], [...suites.map((suite) => [suite, ...counts(entries.filter((it) => it.suite === suite))]), ["**all**", ...counts(entries).map((cell) => `**${cell}**`)]])}

## By operator

The operator is that of the test's only node. The last column: of the wrong meanings of an operator that are made (the
changes of [mutation.md](mutation.md)), how many these tests and the stored outputs of ONNX Runtime notice; a test asks
that it is at least one. Operators that stand for others (Resize for Interpolate) have it there.

${table(["operator", ...countNames, "wrong meanings noticed"], namesIn(entries).map((operator) => [operator, ...counts(of(entries, operator)), scoreIn(scores, operator)]))}

${silent.length === 0 ? "Of every operator at least one wrong meaning is noticed." : `No wrong meaning is noticed of: ${silent.join(", ")}.`}

## By suite

Passed by the interpreter, of all tests.

${table(["operator", ...suites, "wrong meanings noticed"], namesIn(entries).map((operator) => [operator, ...suites.map((suite) => share(of(entries, operator).filter((it) => it.suite === suite))), scoreIn(scores, operator)]))}

## In scope, and not passed

${listed(entries.filter(({ row }) => isInScope(row) && !(row.interpreter.kind === "passed" && isProved(row))))}

## Tests out of scope

${outOfScope(entries)}

## Operators out of scope

${table(["operators", "why"], [...new Set(refusedOperators.values())].map((reason) => [[...refusedOperators].filter(([, own]) => own === reason).map(([op]) => op).join(", "), reason]))}
`;
}

const countNames = ["tests", "in scope", "interpreter", "proved C", "bit equal"];

function counts(entries: readonly Entry[]): readonly string[] {
  const number = (holds: (row: CaseRow) => boolean): number => entries.filter(({ row }) => holds(row)).length;
  return [entries.length, number(isInScope), number(({ interpreter }) => interpreter.kind === "passed"), number(isProved), number((row) => isInScope(row) && row.bitEqual)].map((count) => (count === 0 ? "" : String(count)));
}

function share(entries: readonly Entry[]): string {
  return entries.length === 0 ? "" : `${entries.filter(({ row }) => row.interpreter.kind === "passed").length} / ${entries.length}`;
}

/** Operators that have tests or a meaning. */
function namesIn(entries: readonly Entry[]): readonly string[] {
  return [...new Set([...entries.map(({ operator }) => operator), ...operators.map(({ op }) => op)])].toSorted();
}

function of(entries: readonly Entry[], operator: string): readonly Entry[] {
  return entries.filter((it) => it.operator === operator);
}

function scoreIn(scores: ReadonlyMap<string, Score>, operator: string): string {
  const score = scores.get(operator);
  return score === undefined || score.made === 0 ? "" : `${score.noticed} / ${score.made}`;
}

function listed(entries: readonly Entry[]): string {
  if (entries.length === 0) return "None.";
  return table(["suite", "test", "interpreter", "build", "bit equal", "why"], entries.map(({ suite, name, row }) => [suite, name, row.interpreter.kind, row.build, row.bitEqual ? "yes" : "no", whyNot(row, accuracyOf(name))]));
}

function whyNot({ interpreter, reason, maxAbsDiff }: CaseRow, accuracy: string | undefined): string {
  const chain = maxAbsDiff === null || maxAbsDiff === 0 ? reason : `${reason}, largest difference ${maxAbsDiff.toPrecision(2)}${accuracy === undefined ? "" : `: ${accuracy}`}`;
  return cell(interpreter.kind === "passed" || interpreter.reason === chain ? chain : `${interpreter.reason}; ${chain}`);
}

/** Why tests are out of scope, by code of the refusal; another code stands for itself. */
const classes: Readonly<Record<string, string>> = {
  "attribute-value": "The attribute asks for training, or for what is not supported",
  "control-flow": "What a subgraph does depends on values",
  "dynamic-dim": "An extent is not known",
  "dynamic-shape": "A shape depends on values",
  "element-type": "The element type is not supported",
  "empty-tensor": "A result has no element",
  "input-type": "A stored input is not of the declared type",
  "zero-dim": "An input has no element",
  "not-a-tensor": "Sequences and optional values",
  "operator": "The model has operators that are out of scope",
  "opset": "A form of the first opsets",
  "shape-mismatch": "The model declares other shapes than ONNX's rules give",
  "stored-output": "The stored output is wrong",
};

/** Grouped by class, then by what was said. */
function outOfScope(entries: readonly Entry[]): string {
  const open = entries.flatMap(({ suite, name, row: { interpreter } }) => (interpreter.kind === "out-of-scope" ? [{ test: `${suite} ${name}`, ...interpreter }] : []));
  const codes = [...new Set(open.map(({ code }) => code))].toSorted();
  return codes.map((code) => {
    const own = open.filter((it) => it.code === code);
    const reasons = [...new Set(own.map(({ reason }) => cell(reason)))];
    const rows = reasons.map((reason) => [reason, own.filter((it) => cell(it.reason) === reason).map(({ test }) => test).join(", ")]);
    return `### ${classes[code] ?? code}: ${own.length}\n\n${table(["why", "tests"], rows)}`;
  }).join("\n\n");
}

/** The first line, fit for a cell of a table. */
function cell(text: string): string {
  return text.split("\n")[0]?.replaceAll("|", "\\|") ?? "";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
