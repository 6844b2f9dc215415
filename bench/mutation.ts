/** `npm run mutation`: every mutant there is, counted by kind, by rule and by pass, written to docs/mutation.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { runMutants } from "../src/mutate/all.js";
import { type MutantRow, isHole, kindTexts, scoreByKind } from "../src/mutate/row.js";
import { operatorLines, operatorSection } from "./mutation-operators.js";

const start = performance.now();
const rows = await runMutants({ jobs: 2 });
process.stdout.write(`${rows.length} mutants in ${((performance.now() - start) / 1000).toFixed(0)} s, ${rows.filter(isHole).length} holes\n`);

/** Free text in a cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function table(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  return [`| ${head.join(" | ")} |`, `|${head.map(() => "---|").join("")}`, ...lines.map((line) => `| ${line.map((it) => cell(String(it))).join(" | ")} |`)].join("\n");
}

const passes = rows.filter(({ kind }) => kind === "pass");
const kernels = rows.filter(({ kind }) => kind === "kernel");
const survivors = rows.filter(({ killed }) => !killed);
const kinds = scoreByKind(rows).map(({ kind, mutants, killed, equivalent, holes }) => [kind, kindTexts[kind].what, kindTexts[kind].noticedBy, mutants, killed, equivalent, holes]);
const rules = ["W0", "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "M1"].map((rule) => {
  const stopped = passes.filter((row) => row.rules.includes(rule));
  const alone = stopped.filter((row) => row.rules.length === 1);
  const weakened = kernels.filter((row) => row.rules.includes(rule));
  return [rule, stopped.length, alone.length, weakened.length, weakened.filter(({ killed }) => killed).length];
});
const why = ({ kind, equivalent = "**a hole**" }: MutantRow): string => `${kind} ${equivalent}`;
const equivalents = survivors.filter((row, k) => survivors.findIndex((other) => why(other) === why(row)) === k).map((row) => {
  const own = survivors.filter((other) => why(other) === why(row));
  return [row.kind, own.map(({ name }) => `\`${name}\``).join(", "), row.equivalent ?? "**a hole**"];
});
const line = ({ name, bug, source, rules: own, replayed }: MutantRow): readonly string[] => [`\`${name}\``, bug, source, own.join(" "), replayed ? "yes" : "no"];

writeFileSync(
  "docs/mutation.md",
  `# Mutation

Written by \`npm run mutation\`. A check that cannot fail checks nothing; so everything that could be wrong is made wrong, one
thing at a time, and must be noticed. \`obligato mutate\` runs all of it and exits 1 if something is noticed by nothing and
nothing says why that is right.

## Kinds

${table(["Kind", "What is made wrong", "What has to notice", "Mutants", "Noticed", "Equivalent", "Holes"], kinds)}

## Rules

How many wrong passes each rule refutes, how many no other rule refutes, and how many kernels with the rule left out or
weakened are noticed. W0 never stands alone: a text that fails it is not read further, so W4 finds no source either.

${table(["Rule", "Wrong passes", "Only by it", "Weaker kernels", "Noticed"], rules)}

${operatorSection(operatorLines(rows, readFileSync("docs/node-tests.md", "utf8")))}
## Survivors

Nothing notices these: each changes no meaning, or is what an assumption excludes, which is then named.

${table(["Kind", "Mutants", "Why"], equivalents)}

## Wrong passes

Each comes with a witness that agrees with it. Its source is the public report of wrong code of the same class (project
and number of the thread), or an attack: a wrong program that an earlier wording of the rules let through. *Replayed*: the
interpreter ran both programs and an output differs.

${table(["Name", "The bug", "Source", "Refuted by", "Replayed"], passes.map(line))}
`,
);
