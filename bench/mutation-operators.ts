/** The table of docs/mutation.md by operator: wrong meanings noticed by the vectors here, and by tests that others wrote. */
import { operators } from "../ir/ops/index.js";
import { type MutantRow } from "../src/mutate/row.js";
import { testRecords } from "./operators/test-record.js";

/** `noticed / made`; two empty strings for an operator of which no meaning is made wrong. */
export type OperatorLine = readonly [operator: string, byVectors: string, byNodeTests: string];

/** One line per operator with a meaning; `page` is docs/node-tests.md. */
export function operatorLines(rows: readonly MutantRow[], page: string): readonly OperatorLine[] {
  const meanings = rows.filter(({ kind }) => kind === "meaning");
  const records = testRecords(page);
  return operators.map(({ op }) => {
    const own = meanings.filter(({ name }) => name.startsWith(`${op}.`));
    const [noticed, made] = records.get(op)?.noticed ?? [0, 0];
    return [op, countOf(own.filter(({ killed }) => killed).length, own.length), countOf(noticed, made)];
  });
}

function countOf(noticed: number, made: number): string {
  return made === 0 ? "" : `${noticed} / ${made}`;
}

/** The operators whose cell in column `k` counts nothing that is noticed. */
export function silentIn(lines: readonly OperatorLine[], k: 1 | 2): readonly string[] {
  return lines.filter((line) => line[k] === "" || line[k].startsWith("0 /")).map(([op]) => op);
}

export function operatorSection(lines: readonly OperatorLine[]): string {
  const [vectors, tests] = [silentIn(lines, 1), silentIn(lines, 2)];
  const both = vectors.filter((op) => tests.includes(op));
  return `## Operators

Of each operator, the wrong meanings noticed, of those made: by the vectors here, with outputs worked out by hand from the
specification, and by the tests and stored outputs of others that [node-tests.md](node-tests.md) runs. ${lines.length - vectors.length}
of ${lines.length} operators have vectors, ${lines.length - tests.length} have node tests that notice one; ${both.length === 0 ? "every operator has the one or the other" : `without either: ${both.join(", ")}`}${tests.length === 0 || both.length === tests.length ? "" : `, and by vectors alone are held: ${tests.filter((op) => !both.includes(op)).join(", ")}`}.

| Operator | by vectors | by node tests |
|---|---|---|
${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}
`;
}
