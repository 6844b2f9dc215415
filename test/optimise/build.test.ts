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

interface SearchRecord {
  readonly bound: number;
  readonly optimisation: string;
  readonly floatCompare: string;
  readonly forms: readonly { readonly optimisation: string; readonly bound: number }[];
  readonly before: { readonly default: number };
  readonly tried: readonly unknown[];
}

test("optimise: the bound is lower, everything is proved, the schedule file gives the same C, a second search too", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const folder = folderFor(t);
  const path = productIn(folder);
  const cache = join(folder, "cache");
  const searched = (out: string): SearchRecord => {
    const ran = obligato(["build", path, "-o", join(folder, out), "--target", "cortex-m4", "--optimise", "wcet", "--candidates", "6", "--search-cache", cache, "--json"]);
    t.is(ran.status, 0, ran.errors);
    t.is((JSON.parse(ran.output) as { outcome: string }).outcome, "proved");
    return JSON.parse(readFileSync(join(folder, out, "evidence/wcet-search.json"), "utf8")) as SearchRecord;
  };
  const first = searched("a");
  t.true(first.bound > 0 && first.bound < first.before.default && first.tried.length > 0);
  const answers = readdirSync(cache).length;
  t.deepEqual(searched("b").bound, first.bound);
  t.is(readdirSync(cache).length, answers, "the second search compiles nothing new");
  t.deepEqual(contentsOf(join(folder, "b")), contentsOf(join(folder, "a")));
  t.deepEqual(first.forms.slice(0, 2).map(({ optimisation }) => optimisation), ["O3", "Os"]);
  const replayed = obligato(["build", path, "-o", join(folder, "c"), "--float-compare", first.floatCompare, "--schedule", join(folder, "a/evidence/schedule.json"), "--quiet"]);
  t.is(replayed.status, 0, replayed.errors);
  t.deepEqual(contentsOf(join(folder, "c/src")), contentsOf(join(folder, "a/src")));
  const bound = obligato(["wcet", join(folder, "c"), "--optimisation", first.optimisation, "--json"]);
  t.is((JSON.parse(bound.output) as { bound: number }).bound, first.bound);
  const own = obligato(["wcet", join(folder, "a"), "--json"]);
  t.is((JSON.parse(own.output) as { bound: number }).bound, first.bound, "at the level of the package's own objects");
  const audit = obligato(["audit", join(folder, "a")]);
  t.is(audit.status, 0, `${audit.output}${audit.errors}`);
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
  t.regex(errors, /--minimise wcet needs --target/);
  for (const other of [["--schedule", "any.json"], ["--skip", "tile-loops"], ["--until", "tile-loops"], ["--lemma", "fold-batch-normalization"]]) {
    t.is(refusal(["--target", "cortex-m4", "--optimise", "wcet", ...other])[0], 64, other.join(" "));
  }
  t.is(refusal(["--target", "cortex-m4", "--search-cache", folder])[0], 64);
  const [missing, told] = refusal(["--target", "cortex-m4", "--optimise", "wcet"], { ...process.env, PATH: "" });
  t.is(missing, 69);
  t.regex(told, /^error tool-missing: arm-none-eabi-gcc is not on PATH/);
  t.false(existsSync(join(folder, "out")));
});
