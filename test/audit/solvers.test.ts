/** The audit with its solvers: two that agree, one alone, and programs that only look like cvc5. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { findTool } from "../../src/toolchain/tools.js";
import { root } from "../conventions/checkout.js";
import { type Ran, obligato, smallModelIn } from "../cli/support.js";
import { hasTools } from "../support/tools.js";
import { builtIn, copyOf, edit, reseal, temporaryFolder } from "./support.js";

interface Report {
  readonly result: string;
  readonly questions: { readonly distinct: number; readonly settled: number; readonly controls: number };
  readonly solvers: readonly { readonly name: string | null; readonly probes: number; readonly trouble: string | null }[];
  readonly matrix: readonly { readonly kind: string; readonly said: readonly string[]; readonly questions: number; readonly uses: number }[];
  readonly findings: readonly { readonly objection: string; readonly what: string }[];
}

const folder = temporaryFolder();
const small = builtIn(folder, smallModelIn(folder));

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function reportOf(ran: Ran): Report {
  return JSON.parse(ran.output) as Report;
}

for (const name of ["flight-mlp", "digits"]) {
  test.serial(`audit: ${name} passes, with every answer as due from both solvers`, (t) => {
    if (!hasTools(t, "cvc5")) return;
    const built = builtIn(join(folder, name), join(root, "examples", name, `${name}.onnx`));
    const ran = obligato(["audit", built, "--json"]);
    t.is(ran.status, 0, ran.output + ran.errors);
    const { result, questions, solvers, matrix, findings } = reportOf(ran);
    t.is(result, "pass");
    t.deepEqual(findings, []);
    t.is(questions.settled, questions.distinct);
    t.true(questions.controls >= 20, "a control of most rules of most stages");
    t.true(solvers.length === 2 && solvers.every(({ probes, trouble }) => probes > 0 && trouble === null));
    t.deepEqual([...new Set(matrix.map(({ said }) => said.join("/")))].toSorted(), ["sat/sat", "unsat/unsat"]);
    const uses = (kind: string): number => matrix.filter((cell) => cell.kind === kind).reduce((sum, cell) => sum + cell.uses, 0);
    t.true(uses("claim") > 1000 && uses("claim") === uses("cover"));
  });
}

test.serial("audit: a page, and none inside the package", (t) => {
  if (!hasTools(t, "cvc5")) return;
  const page = join(folder, "audit.md");
  const ran = obligato(["audit", small, "--report", page]);
  t.is(ran.status, 0, ran.errors);
  t.true(ran.output.split("\n").length < 40, "one screen");
  t.regex(ran.output, /^PASS/m);
  const text = readFileSync(page, "utf8");
  t.regex(text, /^# Audit: pass\n/);
  t.regex(text, /^\| claim \| W\d \| unsat \/ unsat \| \d+ \| \d+ \|$/m);
  t.is(obligato(["audit", small, "--report", join(small, "audit.md")]).status, 64);
  t.is(obligato(["audit", folder]).status, 64, "no package");
});

test.serial("audit: every use on its own text gives the same verdict from more questions", (t) => {
  if (!hasTools(t, "cvc5")) return;
  const [shared, each] = [[], ["--each"]].map((more) => reportOf(obligato(["audit", small, "--json", ...more])));
  t.is(each?.result, "pass");
  t.true((each?.questions.distinct ?? 0) > (shared?.questions.distinct ?? Infinity));
});

/** A program called cvc5, first on the PATH, that passes on to the real one all but what `change` makes of its answers to `(check-sat)`. */
function fakeCvc5(change: string): string {
  const bin = temporaryFolder();
  const script = `#!/usr/bin/env node
const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");
const real = spawn(${JSON.stringify(findTool("cvc5") ?? "")}, process.argv.slice(2), { stdio: ["pipe", "pipe", "inherit"] });
process.stdin.pipe(real.stdin);
let asked = 0;
const say = (line) => process.stdout.write(line + "\\n");
const change = ${change};
createInterface({ input: real.stdout }).on("line", (line) => (/^(sat|unsat)$/.test(line) && ++asked > 2 ? change(line, say, asked) : say(line)));
real.on("close", (code) => process.exit(code));
`;
  writeFileSync(join(bin, "cvc5"), script);
  chmodSync(join(bin, "cvc5"), 0o755);
  return bin;
}

/** What a second solver may be like once it has answered its first two questions right; none of them may pass. */
const liars: readonly (readonly [what: string, change: string, finding: RegExp])[] = [
  ["says unsat to everything", `(_, say) => say("unsat")`, /says unsat/],
  ["says sat to everything", `(_, say) => say("sat")`, /ended with code 1|\(error/],
  ["says unknown", `(_, say) => say("unknown")`, /says unknown/],
  ["prints an error before its answer", `(line, say) => { say('(error "line 1")'); say(line); }`, /says/],
  ["answers twice", `(line, say) => { say(line); say(line); }`, /says/],
  ["lies once in a while", `(line, say, asked) => say(asked % 7 === 0 ? "unsat" : line)`, /says unsat/],
  ["dies", `() => process.exit(1)`, /ended with code 1/],
  ["hangs", `() => { process.stdout.write = () => true; }`, /is silent/],
];

for (const [what, change, finding] of liars) {
  test.serial(`audit: a second solver that ${what} confirms nothing`, (t) => {
    if (!hasTools(t, "cvc5")) return;
    const bin = fakeCvc5(change);
    t.teardown(() => rmSync(bin, { recursive: true, force: true }));
    const ran = obligato(["audit", small, "--json", "--timeout", "2"], { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` });
    t.is(ran.status, 2, ran.output.slice(0, 500) + ran.errors);
    const { result, findings, matrix } = reportOf(ran);
    t.is(result, "open");
    t.true(findings.some((one) => finding.test(one.what)), findings.slice(0, 3).map((one) => one.what).join("\n"));
    t.true(matrix.every(({ kind, said }) => said[0] === (kind === "claim" ? "unsat" : "sat")), "Z3 is not impressed");
  });
}

test.serial("audit: a program that gets the first questions wrong is not asked the others", (t) => {
  if (!hasTools(t, "cvc5")) return;
  const bin = temporaryFolder();
  t.teardown(() => rmSync(bin, { recursive: true, force: true }));
  writeFileSync(join(bin, "cvc5"), `#!/bin/sh\nwhile read -r line; do case "$line" in "(get-info"*) echo '(:version "9.9")';; "(check-sat)") echo unsat;; "(echo "*) echo "$line" | sed 's/(echo //; s/)$//';; esac; done\n`);
  chmodSync(join(bin, "cvc5"), 0o755);
  const ran = obligato(["audit", small, "--json"], { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` });
  t.is(ran.status, 2, ran.errors);
  const { solvers, findings } = reportOf(ran);
  t.is(solvers[1]?.name, null);
  t.regex(findings[0]?.what ?? "", /single solver: cvc5 is not believed: control question/);
});

test.serial("audit: without cvc5 there is a single solver, and that is no confirmation", (t) => {
  const bin = temporaryFolder();
  t.teardown(() => rmSync(bin, { recursive: true, force: true }));
  mkdirSync(join(bin, "empty"));
  const ran = obligato(["audit", small], { ...process.env, PATH: join(bin, "empty") });
  t.is(ran.status, 2, ran.errors);
  t.regex(ran.output, /single solver/);
  t.regex(ran.output, /^OPEN/m);
});

test.serial("audit: what is proved of a copy is proved of it wherever it lies", (t) => {
  if (!hasTools(t, "cvc5")) return;
  const ran = obligato(["audit", copyOf(t, small), "--quiet"]);
  t.is(ran.status, 0, ran.errors);
  t.is(ran.output, "");
});

test.serial("audit: certificates are checked too, and one of them changed is noticed", (t) => {
  if (!hasTools(t, "cvc5", "cadical")) return;
  const built = join(folder, "certified");
  t.is(obligato(["build", join(folder, "small.onnx"), "-o", built, "--certify", "--quiet"]).status, 0);
  const ran = obligato(["audit", built]);
  t.is(ran.status, 0, ran.output + ran.errors);
  t.regex(ran.output, /^certified \d+ distinct questions/m);
  const path = "evidence/certificates.txt";
  edit(built, path, (text) => text.replace(/ proof ([^\n]+)/, " proof 1 0"));
  reseal(built);
  const spoilt = obligato(["audit", built]);
  t.is(spoilt.status, 3);
  t.regex(spoilt.output, /does not check/);
});
