/** `npm run node-tests`: tasks in processes of which some end, a record that is taken up again, and the page. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type Entry, pageOf } from "../../bench/node-tests/page.js";
import { inProcesses } from "../../bench/node-tests/processes.js";
import { recordIn } from "../../bench/node-tests/record.js";
import { type CaseRow, caseRowOf, lostRow, scoreOf, taskOf } from "../../bench/node-tests/row.js";
import { testRecords } from "../../bench/operators/test-record.js";

function folder(remove: (undo: () => void) => void): string {
  const path = mkdtempSync(join(tmpdir(), "obligato-node-tests-"));
  remove(() => rmSync(path, { recursive: true }));
  return path;
}

const passed: CaseRow = { interpreter: { kind: "passed" }, build: "proved", status: "pass", bitEqual: true, reason: "", maxAbsDiff: 0, fixed: [], operators: ["Relu"] };
const refused: CaseRow = { ...passed, interpreter: { kind: "out-of-scope", code: "operator", reason: "operator A | B is not supported\nmore" }, build: "refused", status: "skip", bitEqual: false, operators: [] };

test("node test runs: a process that ends or is slow is replaced, and what it was asked has no answer", async (t) => {
  const program = join(folder((undo) => t.teardown(undo)), "program.mjs");
  writeFileSync(program, "process.on('message', ({ n }) => { if (n === 2) process.exit(3); if (n !== 4) process.send(10 * n); });");
  const answers = new Map<number, unknown>();
  await inProcesses([1, 2, 3, 4, 5].map((n) => ({ n })), { program, jobs: 2, limit: 3, done: ({ n }, answer) => answers.set(n, answer instanceof Error ? answer.message : answer) });
  t.deepEqual([1, 2, 3, 4, 5].map((n) => answers.get(n)), [10, "the process ended with status 3", 30, "ended by SIGKILL within 3 s", 50]);
});

test("node test runs: a record is found again, a line that was cut off is not", (t) => {
  const file = join(folder((undo) => t.teardown(undo)), "below", "record.jsonl");
  recordIn(file).add("a", { answer: passed, seconds: 2 });
  appendFileSync(file, '{"key":"b","seconds":1,"ans');
  const record = recordIn(file);
  t.deepEqual(record.find("a"), { answer: { ...passed }, seconds: 2 });
  t.is(record.find("b"), undefined);
});

test("node test runs: rows, scores and tasks survive being written; others are none", (t) => {
  for (const row of [passed, refused, lostRow("ended")]) t.deepEqual(caseRowOf(JSON.parse(JSON.stringify(row))), row);
  t.is(caseRowOf({ ...passed, interpreter: { kind: "maybe" } }), undefined);
  t.deepEqual(scoreOf({ made: 3, noticed: 2 }), { made: 3, noticed: 2 });
  t.is(scoreOf({ made: 3 }), undefined);
  t.deepEqual(taskOf({ kind: "score", operator: "Add", folders: ["a"] }), { kind: "score", operator: "Add", folders: ["a"] });
  t.is(taskOf({ kind: "other" }), undefined);
});

test("node test runs: the page counts every test, each different one once, and says why others are out", (t) => {
  const entry = (suite: string, name: string, row: CaseRow): Entry => ({ suite, name, folder: name, operator: "Relu", digest: name, row });
  const entries = [
    entry("ops", "one", passed), entry("onnx-pytorch", "one", passed), entry("ops", "two", refused),
    entry("ops", "three", { ...passed, status: "fail", reason: "a stored output is outside the tolerance", maxAbsDiff: 0.5 }),
  ];
  const page = pageOf({ entries, scores: new Map([["Relu", { made: 3, noticed: 2 }]]), jobs: 2, seconds: 240 });
  const line = (start: string): readonly string[] => page.split("\n").filter((it) => it.startsWith(start));
  t.true(page.includes("4 tests, of which 3 are different, in 2 minutes of 2 processes"));
  t.deepEqual(line("| **all** |"), ["| **all** | **4** | **3** | **3** | **2** | **3** |"]);
  t.is(line("| Relu |")[0], "| Relu | 4 | 3 | 3 | 2 | 3 | 2 / 3 |");
  t.deepEqual(line("| ops | three |"), ["| ops | three | passed | proved | yes | a stored output is outside the tolerance, largest difference 0.50 |"]);
  t.true(page.includes("### The model has operators that are out of scope: 1\n\n| why | tests |\n| --- | --- |\n| operator A \\| B is not supported | ops two |\n"));
  t.regex(page, /No wrong meaning is noticed of: Abs, /);
  t.deepEqual(testRecords(page).get("Relu"), { tests: [{ suite: "onnx-pytorch", passed: 1, all: 1 }, { suite: "ops", passed: 2, all: 3 }], noticed: [2, 3] });
});
