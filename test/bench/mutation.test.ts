/** The table of docs/mutation.md by operator counts what the rows and the page of node tests say, and names what nothing notices. */
import test from "ava";
import { operatorLines, operatorSection, silentIn } from "../../bench/mutation-operators.js";
import { operators } from "../../ir/ops/index.js";
import { mutantRow } from "../../src/mutate/row.js";

const page = "\n## By suite\n\n| operator | ops | wrong meanings noticed |\n| --- | --- | --- |\n| Abs | 1 / 1 | 2 / 3 |\n| Add | 1 / 1 | 0 / 3 |\n\n## Others\n";
const rows = [mutantRow("meaning", "Abs.a.0", "", "a vector"), mutantRow("meaning", "Abs.b.0", "", ""), mutantRow("import", "Add.a", "", "a vector")];

test("mutation by operator: counts are those of the rows and of the page", (t) => {
  const lines = operatorLines(rows, page);
  t.is(lines.length, operators.length);
  t.deepEqual(lines.filter(([op]) => op === "Abs" || op === "Add"), [["Abs", "1 / 2", "2 / 3"], ["Add", "", "0 / 3"]]);
});

test("mutation by operator: what neither notices is named, and so is what vectors alone notice", (t) => {
  const lines = [["A", "1 / 1", "1 / 2"], ["B", "", "0 / 2"], ["C", "3 / 3", ""]] as const;
  t.deepEqual([silentIn(lines, 1), silentIn(lines, 2)], [["B"], ["B", "C"]]);
  const text = operatorSection(lines);
  t.true(text.includes("2\nof 3 operators have vectors, 1 have node tests that notice one; without either: B, and by vectors alone are held: C."));
  t.true(text.endsWith("| B |  | 0 / 2 |\n| C | 3 / 3 |  |\n"));
  t.true(operatorSection(lines.slice(0, 1)).includes("every operator has the one or the other."));
});
