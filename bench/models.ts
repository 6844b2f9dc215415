/**
 * `npm run models`: every network of the test data through the whole chain, written to
 * docs/models.md. Each runs in a process of its own with a time limit; results are kept
 * in bench/models.json, so a run that was stopped goes on where it was. `--again NAME…`
 * forgets the results of these networks first, `--limit SECONDS` sets the limit.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fieldsOf, listOf } from "../src/audit/json.js";

/** What one network did. */
interface Row {
  /** As `obligato test` says, or `time` where it was stopped. */
  readonly status: string;
  readonly build: string;
  readonly maxAbsDiff: number | null;
  readonly reason: string;
  readonly seconds: number;
}

const records = "bench/models.json";
const { values: given, positionals } = parseArgs({ allowPositionals: true, options: { limit: { type: "string", default: "600" }, again: { type: "boolean", default: false } } });
const limit = Number(given.limit);
const root = join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "models");

/** Small ones first: most of the table is there early. */
function names(): readonly string[] {
  const size = (name: string): number => statSync(join(root, name, "model.onnx")).size;
  return readdirSync(root).filter((name) => existsSync(join(root, name, "model.onnx"))).toSorted((a, b) => size(a) - size(b));
}

/** A dynamic batch is fixed as the refusal proposes it, the stored inputs have one. */
function measure(name: string): Row {
  const first = attempt(name, []);
  const proposed = /fix it with ((?:--fix-dim \S+=1,? ?)+)/.exec(first.reason)?.[1]?.replaceAll(",", " ").trim().split(/ +/);
  return proposed === undefined ? first : attempt(name, proposed);
}

function attempt(name: string, options: readonly string[]): Row {
  const start = performance.now();
  const run = spawnSync(process.execPath, ["bin/obligato.mjs", "test", "--json", "--quiet", ...options, join(root, name)], { encoding: "utf8", timeout: limit * 1000, killSignal: "SIGKILL" });
  const seconds = Math.round((performance.now() - start) / 1000);
  if (run.signal !== null) return { status: "time", build: "", maxAbsDiff: null, reason: `not done after ${limit} s`, seconds };
  return { ...rowOf(listOf(run.stdout)[0] ?? { status: "fail", reason: run.stderr.trim() }), seconds };
}

function rowOf(value: unknown): Row {
  const fields = fieldsOf(value);
  const text = (name: string): string => { const it = fields.get(name); return typeof it === "string" ? it : ""; };
  const numberAt = (name: string): number | null => (typeof fields.get(name) === "number" ? Number(fields.get(name)) : null);
  return { status: text("status"), build: text("build"), maxAbsDiff: numberAt("maxAbsDiff"), reason: text("reason"), seconds: numberAt("seconds") ?? 0 };
}

/** The largest difference between two optimisation levels of the program that stored the outputs. */
function spreadOf(name: string): string {
  const path = join(root, name, "meta.json");
  const spread = existsSync(path) ? fieldsOf(JSON.parse(readFileSync(path, "utf8"))).get("spread") : undefined;
  return typeof spread === "number" ? String(spread) : "";
}

function line(name: string, { status, build, maxAbsDiff, reason, seconds }: Row): string {
  const verdict = status === "pass" ? "agrees" : status === "skip" ? "refused" : status === "time" ? "too long" : "fails";
  const words = reason.split("\n")[0]?.replaceAll("|", "\\|") ?? "";
  return `| ${[name, verdict, build === "refused" ? "" : build, maxAbsDiff ?? "", spreadOf(name), seconds, words].join(" | ")} |`;
}

function page(rows: ReadonlyMap<string, Row>): string {
  const count = (status: string): number => [...rows.values()].filter((row) => row.status === status).length;
  return `# Networks of the test data

Written by \`npm run models\`: \`obligato test\` on every network. It agrees where the build is proved, the interpreter and the
compiled C give the same bits on every data set, and both are as stored: integers exactly, floats within relative 1e-4 and
absolute 1e-5. The spread is the largest difference between two optimisation levels of the program that stored the
outputs. Seconds are wall clock on a shared machine, limit included.

${count("pass")} agree, ${count("fail")} fail, ${count("skip")} are refused, ${count("time")} take longer than the limit; ${names().length - rows.size} were not run.

| network | result | build | largest difference | spread | s | why |
| --- | --- | --- | --- | --- | --- | --- |
${[...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, row]) => line(name, row)).join("\n")}
`;
}

const known: unknown = existsSync(records) ? JSON.parse(readFileSync(records, "utf8")) : {};
const rows = new Map([...fieldsOf(known)].map(([name, value]) => [name, rowOf(value)] as const).filter(([name]) => !(given.again && (positionals.length === 0 || positionals.includes(name)))));
for (const name of names()) {
  if (!rows.has(name)) rows.set(name, measure(name));
  writeFileSync(records, `${JSON.stringify(Object.fromEntries([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))), undefined, 1)}\n`);
  writeFileSync("docs/models.md", page(rows));
}
