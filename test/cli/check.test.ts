/** `obligato check`: verdicts of a profile with their exit codes, and the explicit form as a file that is there whole or not at all. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { floats, graph, model, node, smallModel, value } from "../support/onnx-model.js";
import { contentsOf, folderFor, modelIn, obligato, smallModelIn } from "./support.js";

const declared = { opset_import: [{ domain: "", version: 25 }] };
const neg = model(graph([node("Neg", ["x"], ["y"])], { input: [value("x", [2])], output: [value("y", [2])] }), declared);

test("--profile sonnx: 0 where all is met, 4 where something is not, 2 where it cannot be judged, 4 of a refusal", (t) => {
  const folder = folderFor(t);
  const met = obligato(["check", modelIn(folder, smallModel(declared)), "--profile", "sonnx"]);
  t.is(met.status, 0, met.output);
  t.regex(met.output, /SONNX: \d+ restrictions met, 0 not met, 0 cannot be judged/);
  const open = obligato(["check", smallModelIn(folder), "--profile", "sonnx"]);
  t.is(open.status, 4);
  t.regex(open.output, /^not met: version \(at s\): Add is of version 13, specified is 14: obligato check --fix writes it$/m);
  t.is(obligato(["check", modelIn(folder, neg), "--profile", "sonnx"]).status, 2);
  t.is(obligato(["check", modelIn(folder, model(graph([node("NonZero", ["x"], ["y"])], { input: [value("x", ["n"])], output: [value("y", undefined, 7)] }))), "--profile", "sonnx"]).status, 4);
});

test("--profile sonnx --json lists every verdict", (t) => {
  const ran = obligato(["check", smallModelIn(folderFor(t)), "--profile", "sonnx", "--json"]);
  t.is(ran.status, 4);
  const { verdicts, sonnx } = JSON.parse(ran.output) as { verdicts: readonly { verdict: string; tag: string; node?: string }[]; sonnx: { met: number; notMet: number; notJudged: number } };
  t.is(verdicts.length, sonnx.met + sonnx.notMet + sonnx.notJudged);
  t.true(verdicts.some(({ verdict, tag, node: at }) => verdict === "not met" && tag === "version" && at === "s"));
});

test("--fix writes a model that has nothing left to write, and again the same bytes", (t) => {
  const folder = folderFor(t);
  const [first, second] = [join(folder, "first.onnx"), join(folder, "second.onnx")];
  const ran = obligato(["check", smallModelIn(folder), "--fix", first]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /wrote .*first\.onnx: opset 25, 2 nodes, 1 initializers\nits graph is that of the model: SHA-256 [0-9a-f]{64}\nSONNX, of the written model: \d+ restrictions met, 0 not met/);
  t.is(obligato(["check", first, "--profile", "sonnx"]).status, 0);
  t.is(obligato(["check", first, "--fix", second]).status, 0);
  t.deepEqual(readFileSync(second), readFileSync(first));
});

test("--fix replaces a file with --force only, and leaves nothing else behind", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  const out = join(folder, "out.onnx");
  writeFileSync(out, "kept");
  const refused = obligato(["check", path, "--fix", out]);
  t.is(refused.status, 64);
  t.regex(refused.errors, /^error output-exists: /);
  t.is(readFileSync(out, "utf8"), "kept");
  t.is(obligato(["check", path, "--fix", out, "--force", "--json"]).status, 0);
  t.deepEqual(readdirSync(folder).toSorted(), ["out.onnx", "small.onnx"]);
});

test("--fix that cannot be written or made leaves no file", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  const below = obligato(["check", path, "--fix", join(path, "out.onnx")]);
  t.is(below.status, 64);
  t.regex(below.errors, /^error output-unwritable: /);
  t.is(obligato(["check", path, "--external"]).status, 64);
  const broken = join(folder, "broken.onnx");
  writeFileSync(broken, "no model");
  t.is(obligato(["check", broken, "--fix", join(folder, "out.onnx")]).status, 4);
  t.deepEqual(readdirSync(folder).toSorted(), ["broken.onnx", "small.onnx"]);
});

test("--external puts large initializers beside the model, which builds as before", (t) => {
  const folder = folderFor(t);
  const weights = floats("w", [400], Array.from({ length: 400 }, (_, k) => k));
  const path = modelIn(folder, model(graph([node("Add", ["x", "w"], ["y"])], { input: [value("x", [400])], output: [value("y", [400])], initializer: [weights] })));
  mkdirSync(join(folder, "form"));
  const out = join(folder, "form", "model.onnx"); // the name of the file is in the C
  t.is(obligato(["check", path, "--fix", out, "--external"]).status, 0);
  t.true(existsSync(`${out}.data`) && readFileSync(out).length < 1600);
  for (const [source, name] of [[path, "a"], [out, "b"]] as const) t.is(obligato(["build", source, "-o", join(folder, name), "--quiet"]).status, 0);
  t.deepEqual([...contentsOf(join(folder, "a/src"))], [...contentsOf(join(folder, "b/src"))], "the C is the same");
});
