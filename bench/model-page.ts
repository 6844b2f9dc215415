/** docs/models.md from the records of `npm run models`. */
import { type ModelRow, results } from "./model-row.js";
import { showNumber } from "./model-run.js";

export interface PageFacts {
  /** Networks of the test data. */
  readonly names: readonly string[];
  /** By name, as text. */
  readonly spread: (name: string) => string;
  /** Digest of the compiler's sources now. */
  readonly compiler: string;
}

export function pageOf(rows: ReadonlyMap<string, ModelRow>, { names, spread, compiler }: PageFacts): string {
  const all = [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const counts = results.map((result) => `${all.filter(([, row]) => row.result === result).length} ${words[result]}`);
  const stale = all.filter(([, row]) => row.compiler !== compiler).length;
  const sum = (of: (row: ModelRow) => number): number => all.reduce((total, [, row]) => total + of(row), 0);
  return `# Networks of the test data

Written by \`npm run models\`: \`obligato test\` on every network. It agrees where the build is proved, the interpreter and the
compiled C give the same bits on every data set, and both are as stored under the rule of its row. Networks of integers,
quantised or with integers carried in floats, are held to the stored outputs exactly where the spread is 0, and to the
spread elsewhere; the spread is the largest difference between two optimisation levels of the program that stored the
outputs. Floats are held to twice the error that is proved of the model at these very inputs; where no such bound was
computed, to a fixed tolerance. Integer outputs are always held exactly.

Seconds are wall clock on a shared machine, two networks at a time, and of the processor; memory is the peak of the
compiler's process.

Of ${names.length} networks, ${counts.join(", ")}; ${names.filter((name) => !rows.has(name)).length} were not run. In all ${sum((row) => row.cpu)} s of processor time.
${stale === 0 ? "" : `${stale} rows are of an earlier state of the compiler (\`npm run models -- --stale\` measures them again).\n`}
| network | result | build | largest difference | spread | held to | s | s of processor | MiB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${all.map(([name, row]) => lineOf(name, row, spread(name))).join("\n")}
${reasons(all)}`;
}

const words: Readonly<Record<ModelRow["result"], string>> = { agrees: "agree", fails: "fail", refused: "are refused", "too long": "take longer than the limit" };

function lineOf(name: string, { result, build, maxAbsDiff, rule, seconds, cpu, peak }: ModelRow, spread: string): string {
  return `| ${[name, result, build === "refused" ? "" : build, maxAbsDiff === null ? "" : showNumber(maxAbsDiff), spread, cell(rule), seconds, cpu, peak].join(" | ")} |`;
}

function cell(text: string): string {
  return text.split("\n")[0]?.replaceAll("|", "\\|") ?? "";
}

/** Why those that do not agree do not. */
function reasons(all: readonly (readonly [string, ModelRow])[]): string {
  const without = all.filter(([, row]) => row.result !== "agrees");
  if (without.length === 0) return "";
  return `\n## Those that do not agree\n\n| network | result | why |\n| --- | --- | --- |\n${without.map(([name, { result, reason }]) => `| ${name} | ${result} | ${cell(reason)} |`).join("\n")}\n`;
}
