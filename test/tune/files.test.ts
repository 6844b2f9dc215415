/** What a search writes, and the command line: files, mistakes, tools that are not there, an interrupt. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { unwritable } from "../../src/evidence/output-directory.js";
import { answersIn } from "../../src/optimise/answers.js";
import { parseSchedule } from "../../src/schedule.js";
import { openScheduleFile } from "../../src/tune/schedule-file.js";
import { durationOf } from "../../src/cli/tune.js";
import { folderFor, modelIn, nodeArguments, obligato } from "../cli/support.js";
import { refuses } from "../support/refusals.js";
import { productsBytes } from "./support.js";

const diskFull = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });

test("a schedule file appears whole, replaces nothing unasked, and leaves no draft", (t) => {
  const folder = folderFor(t);
  const path = join(folder, "s.json");
  const file = openScheduleFile(path, false);
  t.false(existsSync(path));
  file.write("{}\n");
  file.discard();
  t.deepEqual(readdirSync(folder), ["s.json"]);
  refuses(t, "output-exists", () => openScheduleFile(path, false));
  openScheduleFile(path, true).discard();
  t.deepEqual(readdirSync(folder), ["s.json"]);
});

test("a folder that cannot be written, a disk that is full: refused with what helps", (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "file"), "");
  refuses(t, "output-unwritable", () => openScheduleFile(join(folder, "file", "s.json"), false));
  const form = { write: (answer: number) => ({ answer }), read: () => undefined };
  refuses(t, "output-unwritable", () => answersIn(join(folder, "file"), form).set("key", 1));
  t.regex(String(unwritable("s.json", diskFull)), /the disk is full/);
});

test("durations", (t) => {
  t.deepEqual(["90s", "10min", "2h"].map(durationOf), [90_000, 600_000, 7_200_000]);
  for (const text of ["10", "0s", "1.5h", "-1s", ""]) t.throws(() => durationOf(text));
});

function subject(t: ExecutionContext): { readonly folder: string; readonly model: string; readonly output: string } {
  const folder = folderFor(t);
  return { folder, model: modelIn(folder, productsBytes()), output: join(folder, "s.json") };
}

test("tune by the model: a schedule file that a build reads, and the same bytes again", (t) => {
  const { folder, model, output } = subject(t);
  const { status, output: text, errors } = obligato(["tune", model, "-o", output, "--target", "x86-64-v4", "--json"]);
  t.is(status, 0, errors);
  const told: unknown = JSON.parse(text);
  t.like(told, { proved: true, unit: "µs", target: "x86-64-v4", dropped: { refuted: 0, undecided: 0 } });
  const schedule = readFileSync(output, "utf8");
  t.is(parseSchedule(schedule, output).target, "x86-64-v4");
  t.is(obligato(["build", model, "--schedule", output, "-o", join(folder, "out")]).status, 0);
  t.is(obligato(["tune", model, "-o", output, "--target", "x86-64-v4"]).status, 64);
  t.is(obligato(["tune", model, "-o", output, "--target", "x86-64-v4", "--force", "--quiet"]).status, 0);
  t.is(readFileSync(output, "utf8"), schedule);
});

test("mistakes: words that do not go together, no model, no compiler", (t) => {
  const { folder, model, output } = subject(t);
  const answer = (...words: readonly string[]): readonly [number, string] => {
    const { status, errors } = obligato(["tune", model, "-o", output, ...words]);
    return [status, errors];
  };
  t.is(answer("--target", "x86-64-v3", "--minimise", "wcet")[0], 64);
  t.is(answer("--target", "cortex-m4f", "--minimise", "time")[0], 64);
  t.is(answer("--target", "cortex-m4f", "--measure")[0], 64);
  t.is(answer("--budget", "soon")[0], 64);
  t.is(obligato(["tune", join(folder, "none.onnx")]).status, 64);
  const bare = obligato(["tune", model, "-o", output, "--target", "x86-64-v3", "--measure"], { ...process.env, PATH: "" });
  t.is(bare.status, 69);
  t.regex(bare.errors, /gcc is not on PATH/);
  t.deepEqual(readdirSync(folder).filter((name) => name.startsWith("s.json") || name.startsWith(".s")), []);
});

test("interrupted: no file, no draft, and a word that it can go on", async (t) => {
  const { folder, model, output } = subject(t);
  const tools = join(folder, "bin");
  mkdirSync(tools);
  writeFileSync(join(tools, "gcc"), "#!/bin/sh\ntouch \"$0.started\"\nexec /bin/sleep 60\n"); // a compiler that takes its time
  chmodSync(join(tools, "gcc"), 0o755);
  const child = spawn(process.execPath, nodeArguments(["tune", model, "-o", output, "--target", "x86-64-v3", "--measure"]), { env: { ...process.env, PATH: `${tools}:/usr/bin:/bin` }, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const waiting = setInterval(() => {
    if (existsSync(join(tools, "gcc.started"))) child.kill("SIGINT");
  }, 50);
  const status = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(waiting);
  t.is(status, 130);
  t.regex(errors, /the same command goes on/);
  t.deepEqual(readdirSync(folder).toSorted(), ["bin", "model.onnx"]);
});
