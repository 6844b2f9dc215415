/**
 * `npm run node-tests`: every node test there is, through the interpreter and through proved
 * C, per operator, and what is out of scope, written to docs/node-tests.md. Tests that are
 * equal in several suites run once. Results are kept in out/node-tests.jsonl under the digests
 * of test and tools, so a run that was stopped goes on where it was.
 *
 *   --jobs N         processes at a time; default 2
 *   --limit SECONDS  for one test, or for the wrong meanings of one operator; default 600
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { operators } from "../ir/ops/index.js";
import { present } from "../ir/prelude.js";
import { type Entry, pageOf } from "./node-tests/page.js";
import { inProcesses } from "./node-tests/processes.js";
import { digestOf, recordIn, toolsDigest } from "./node-tests/record.js";
import { type CaseRow, type Score, type Task, caseRowOf, lostRow, scoreOf } from "./node-tests/row.js";
import { type SuiteTest, testsOfSuites } from "./node-tests/suites.js";

const { values: given } = parseArgs({ options: { jobs: { type: "string", default: "2" }, limit: { type: "string", default: "600" } } });
const [jobs, limit] = [Number(given.jobs), Number(given.limit)];
const program = fileURLToPath(new URL("./node-tests/worker.js", import.meta.url));
const record = recordIn("out/node-tests.jsonl");
const tools = await toolsDigest();
let seconds = 0;

/** The answers by key, those measured before among them. An Error is not kept: what has no answer is tried again by the next run. */
async function answersTo(tasks: ReadonlyMap<string, Task>): Promise<ReadonlyMap<string, unknown>> {
  const answers = new Map<string, unknown>();
  const settle = (key: string, answer: unknown, own: number): void => {
    seconds += own;
    answers.set(key, answer);
  };
  const open = [...tasks].flatMap(([key, task]) => {
    const known = record.find(key);
    if (known !== undefined) settle(key, known.answer, known.seconds);
    return known === undefined ? [{ ...task, key }] : [];
  });
  await inProcesses(open, { program, jobs, limit, done: ({ key, ...task }, answer, own) => {
    if (!(answer instanceof Error)) record.add(key, { answer, seconds: own });
    settle(key, answer, own);
    if (answers.size % 100 === 0 || answer instanceof Error) console.log(`${answers.size}/${tasks.size}  ${task.kind === "case" ? task.folder : task.operator}  ${answer instanceof Error ? answer.message : ""}`);
  } });
  return answers;
}

async function rowsOf(tests: readonly SuiteTest[]): Promise<readonly Entry[]> {
  const keyOf = ({ digest }: SuiteTest): string => digestOf(tools, "case", digest);
  const answers = await answersTo(new Map(tests.map((test) => [keyOf(test), { kind: "case", folder: test.folder }])));
  const rowOf = (answer: unknown): CaseRow => (answer instanceof Error ? lostRow(answer.message) : present(caseRowOf(answer), "row"));
  return tests.map((test) => ({ ...test, row: rowOf(answers.get(keyOf(test))) }));
}

/** By operator of the normal form: the small tests first, so that most wrong meanings are noticed by them. */
async function scoresOf(entries: readonly Entry[]): Promise<ReadonlyMap<string, Score>> {
  const distinct = entries.filter(({ digest }, k) => entries.findIndex((other) => other.digest === digest) === k);
  const tasks = new Map(operators.map(({ op }) => {
    const own = distinct.filter(({ row }) => row.operators.includes(op)).toSorted((a, b) => a.row.operators.length - b.row.operators.length);
    return [digestOf(tools, "score", op, ...own.map(({ digest }) => digest)), { kind: "score", operator: op, folders: own.map(({ folder }) => folder) } as const];
  }));
  const answers = await answersTo(tasks);
  return new Map([...tasks].flatMap(([key, { operator }]) => {
    const score = scoreOf(answers.get(key));
    return score === undefined ? [] : [[operator, score] as const];
  }));
}

const entries = await rowsOf(testsOfSuites());
const scores = await scoresOf(entries);
writeFileSync("docs/node-tests.md", pageOf({ entries, scores, jobs, seconds }));
