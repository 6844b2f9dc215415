/** `build --target` and `--optimise wcet` from the command line to the package. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { contentsOf, folderFor, modelIn, obligato } from "../cli/support.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";

const ramp = (n: number): number[] => Array.from({ length: n }, (_, k) => ((k * 5) % 11) - 5);

function productIn(folder: string): string {
  const nodes = [node("MatMul", ["x", "v"], ["m"]), node("Relu", ["m"], ["r"]), node("MatMul", ["r", "w"], ["y"])];
  const initializer = [floats("v", [24, 16], ramp(384)), floats("w", [16, 6], ramp(96))];
  return modelIn(folder, model(graph(nodes, { input: [value("x", [2, 24])], output: [value("y", [2, 6])], initializer })));
}

interface Wcet {
  readonly bound: number;
  readonly search: { readonly before: { readonly default: number; readonly usual: number }; readonly tried: number } | null;
}

function wcetIn(output: string): Wcet {
  const { wcet } = JSON.parse(output) as { wcet: Wcet };
  return wcet;
}

test("optimise: the bound is lower, everything is proved, the schedule file gives the same C, a second search too", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const folder = folderFor(t);
  const path = productIn(folder);
  const cache = join(folder, "cache");
  const searched = (out: string): Wcet => {
    const ran = obligato(["build", path, "-o", join(folder, out), "--target", "cortex-m4", "--optimise", "wcet", "--candidates", "6", "--search-cache", cache, "--json"]);
    t.is(ran.status, 0, ran.errors);
    t.is((JSON.parse(ran.output) as { outcome: string }).outcome, "proved");
    return wcetIn(ran.output);
  };
  const first = searched("a");
  t.true(first.bound > 0 && first.bound < (first.search?.before.default ?? 0) && (first.search?.tried ?? 0) > 0);
  const answers = readdirSync(cache).length;
  t.deepEqual(searched("b").bound, first.bound);
  t.is(readdirSync(cache).length, answers, "the second search compiles nothing new");
  t.deepEqual(contentsOf(join(folder, "b")), contentsOf(join(folder, "a")));
  const record = JSON.parse(readFileSync(join(folder, "a/evidence/wcet-search.json"), "utf8")) as { bound: number; tried: unknown[] };
  t.deepEqual([record.bound, record.tried.length], [first.bound, first.search?.tried]);
  const replayed = obligato(["build", path, "-o", join(folder, "c"), "--schedule", join(folder, "a/evidence/schedule.json"), "--quiet"]);
  t.is(replayed.status, 0, replayed.errors);
  t.deepEqual(contentsOf(join(folder, "c/src")), contentsOf(join(folder, "a/src")));
  const bound = obligato(["wcet", join(folder, "c"), "--json"]);
  t.is((JSON.parse(bound.output) as { bound: number }).bound, first.bound);
  const audit = obligato(["audit", join(folder, "a")]);
  t.is(audit.status, 0, `${audit.output}${audit.errors}`);
});

test("target: tiles for the core, and a budget that is kept or not", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const folder = folderFor(t);
  const path = productIn(folder);
  const built = (out: string, budget: string, more: readonly string[] = []): ReturnType<typeof obligato> =>
    obligato(["build", path, "-o", join(folder, out), "--target", "cortex-m4", "--wcet-budget", budget, ...more]);
  const wide = built("wide", "1000000");
  t.is(wide.status, 0, wide.errors);
  t.regex(wide.output, /^bound {2}[0-9,]+ instructions on cortex-m4, gcc -O2/m);
  t.regex(wide.output, /within the budget of 1,000,000/);
  t.notRegex(wide.output, /changes nothing/);
  t.regex(readFileSync(join(folder, "wide/src/model.c"), "utf8"), /^#pragma GCC unroll [0-9]+$/m);
  const tight = built("tight", "10");
  t.is(tight.status, 5, tight.errors);
  t.regex(tight.output, /over the budget of 10.*\n.*most is spent in n0/);
  t.true(existsSync(join(folder, "tight/obligato.json")), "what is proved is written");
  const timed = built("timed", "1s@16MHz", ["--core", "cortex-m4", "--flash-wait-states", "1"]);
  t.is(timed.status, 0, timed.errors);
  t.regex(timed.output, /cycles on cortex-m4/);
});

test("sensitivity: each step left out, without effect or with", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const folder = folderFor(t);
  t.is(obligato(["build", productIn(folder), "-o", join(folder, "out"), "--target", "cortex-m4", "--quiet"]).status, 0);
  const ran = obligato(["wcet", join(folder, "out"), "--sensitivity", "--json"]);
  t.is(ran.status, 0, ran.errors);
  const { sensitivity, bound } = JSON.parse(ran.output) as { bound: { bound: number }; sensitivity: { bound: number; without: { pass: string; bound: number; ratio: number }[] } };
  t.is(sensitivity.bound, bound.bound);
  const without = new Map(sensitivity.without.map(({ pass, ratio }) => [pass, ratio]));
  t.true((without.get("unroll-loops") ?? 0) > 1.2, "register tiles live in memory without it");
  t.is(without.get("double-buffer"), 1);
});

test("refused: options without their target, two schedules, no cross compiler", (t) => {
  const folder = folderFor(t);
  const path = productIn(folder);
  const refusal = (args: readonly string[], env?: NodeJS.ProcessEnv): readonly [number, string] => {
    const ran = obligato(["build", path, "-o", join(folder, "out"), ...args], env);
    return [ran.status, ran.errors];
  };
  const [status, errors] = refusal(["--optimise", "wcet"]);
  t.is(status, 64);
  t.regex(errors, /--optimise needs --target/);
  t.is(refusal(["--wcet-budget", "5"])[0], 64);
  t.is(refusal(["--target", "cortex-m4", "--optimise", "wcet", "--schedule", "any.json"])[0], 64);
  t.is(refusal(["--target", "cortex-m4", "--wcet-budget", "1ms@16MHz"])[0], 64, "a time needs a table");
  for (const more of [[], ["--optimise", "wcet"]]) {
    const [missing, told] = refusal(["--target", "cortex-m4", ...more], { ...process.env, PATH: "" });
    t.is(missing, 69);
    t.regex(told, /^error tool-missing: arm-none-eabi-gcc is not on PATH/);
  }
  t.false(existsSync(join(folder, "out")));
});
