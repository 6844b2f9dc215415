/**
 * `npm run mechanised`: replays the proof of docs/theorem.md in Coq (proofs/mechanised)
 * from its text, in a temporary folder, and prints for every theorem what it rests on.
 * `--sources DIR` and `--out DIR` choose the folders; `--changed NAME` compiles only
 * that file and those that need it; `--json` is for the test that replays it in CI.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { at, fail, isMain, onPath } from "./support.mjs";

const library = "Obligato";

/** What Coq says of a theorem that rests on no axiom. */
const closed = "Closed under the global context";

/** Name, text and the files it needs, of every .v file of a folder. */
function sourcesIn(folder) {
  const names = readdirSync(folder).filter((file) => file.endsWith(".v")).map((file) => basename(file, ".v"));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, `${name}.v`), "utf8");
    const needs = [...text.matchAll(/^From Obligato Require Import ([a-z_ ]+)\.$/gm)].flatMap(([, list]) => list.split(" "));
    return { name, text, needs };
  });
}

/** Each file after those it needs. */
function inOrder(sources) {
  const sorted = [];
  const visit = (source) => {
    if (source === undefined || sorted.includes(source)) return;
    for (const name of source.needs) visit(sources.find((other) => other.name === name));
    sorted.push(source);
  };
  sources.forEach(visit);
  return sorted;
}

/** The file and all that need it, directly or not; `sources` in order. */
function affectedBy(sources, changed) {
  const affected = new Set([changed]);
  for (const { name, needs } of sources) if (needs.some((other) => affected.has(other))) affected.add(name);
  return sources.filter(({ name }) => affected.has(name));
}

/** Runs coqc on a file; nothing is written but under `out`. */
function coqc(file, name, out) {
  const args = ["-q", "-noglob", "-Q", out, library, "-o", join(out, `${name}.vo`), file];
  const done = spawnSync("coqc", args, { encoding: "utf8", cwd: out });
  return { ok: done.status === 0, text: done.stdout, errors: done.stderr };
}

/** Every `Theorem` of the sources, as module.name. */
function theoremsOf(sources) {
  return sources.flatMap(({ name, text }) => [...text.matchAll(/^ *Theorem ([A-Za-z0-9_]+)/gm)].map(([, theorem]) => `${name}.${theorem}`));
}

/** For every theorem its statement and what it assumes, as Coq says it. */
function assumptionsOf(sources, out) {
  const lines = sources.map(({ name }) => `Require ${library}.${name}.`);
  const theorems = theoremsOf(sources);
  const file = join(out, "assumptions.v");
  const ask = theorems.flatMap((theorem) => [`Check ${library}.${theorem}.`, `Print Assumptions ${library}.${theorem}.`]);
  writeFileSync(file, [...lines, "Set Printing Width 110.", ...ask].join("\n"));
  const { ok, text, errors } = coqc(file, "assumptions", out);
  if (!ok) fail(errors);
  const starts = [...theorems.map((theorem) => text.search(new RegExp(`^@?${theorem}\\s+:`, "m"))), text.length];
  return theorems.map((theorem, k) => {
    const [statement, assumptions] = text.slice(starts[k], starts[k + 1]).split(/\n(?=Closed under|Axioms:)/);
    return { theorem, statement, assumptions: (assumptions ?? "no answer").trim() };
  });
}

function replay({ folder, out, changed }) {
  const all = inOrder(sourcesIn(folder));
  const chosen = changed === undefined ? all : affectedBy(all, changed);
  const files = [];
  for (const { name } of chosen) {
    const start = performance.now();
    const { ok, errors } = coqc(join(folder, `${name}.v`), name, out);
    files.push({ name, seconds: (performance.now() - start) / 1000 });
    if (!ok) return { files, failed: name, errors, theorems: [] };
  }
  return { files, theorems: changed === undefined ? assumptionsOf(all, out) : [] };
}

function show({ files, failed, errors, theorems }) {
  for (const { name, seconds } of files) console.log(`${name}.v  ${seconds.toFixed(1)} s`);
  if (failed !== undefined) fail(`${failed}.v does not compile`, errors);
  for (const { statement, assumptions } of theorems) console.log(`\n${statement}\n${assumptions}`);
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({ options: { sources: { type: "string" }, out: { type: "string" }, changed: { type: "string" }, json: { type: "boolean" } } });
  if (!onPath("coqc")) fail("mechanised: coqc is not on PATH; on Debian: sudo apt-get install coq");
  const out = values.out ?? mkdtempSync(join(tmpdir(), "obligato-coq-"));
  const result = replay({ folder: values.sources ?? at("proofs", "mechanised"), out, changed: values.changed });
  if (values.json) console.log(JSON.stringify(result));
  else show(result);
  if (values.out === undefined) rmSync(out, { recursive: true });
  if (result.failed !== undefined || result.theorems.some(({ assumptions }) => assumptions !== closed)) process.exit(1);
}
