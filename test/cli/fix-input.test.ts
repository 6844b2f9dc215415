/**
 * A build with fixed inputs from the command line to the audit: the value is in the package,
 * in the claims and in the header, and a package with another value is noticed by everybody
 * who checks it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { Refusal } from "../../ir/prelude.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { importOptionsIn } from "../../src/evidence/fixed-inputs.js";
import { reprove } from "../../src/evidence/reprove.js";
import { importModel } from "../../src/onnx/import.js";
import { printTensorPb, writeTensorFile } from "../../src/onnx/tensor-files.js";
import { parseObject } from "../../src/run/package.js";
import { textClaims } from "../../src/text-claims.js";
import { audited, copyOf, edit, placesOf, reseal, temporaryFolder } from "../audit/support.js";
import { graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";
import { folderFor, modelIn, obligato } from "./support.js";

/** y = ReduceSum(x · w, axes): axes shape the result, w is a weight once it is fixed. */
function weighted(): Uint8Array {
  const nodes = [node("Mul", ["x", "w"], ["p"]), node("ReduceSum", ["p", "axes"], ["y"], { attribute: [{ name: "keepdims", type: 2, i: 0 }] })];
  return model(graph(nodes, { input: [value("x", [2, 3]), value("w", [3]), value("axes", [1], 7)], output: [value("y", undefined)] }));
}

const folder = temporaryFolder();
const path = modelIn(folder, weighted());
const out = join(folder, "out");
const fixed = ["--fix-input", "axes=[1]", "--fix-input", "w=[0.5,-0,3]"];
const ran = obligato(["build", path, "-o", out, ...fixed]);
const discharging = { jobs: 1, solver: "auto", solveAll: false } as const;

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function text(file: string, built = out): string {
  return readFileSync(join(built, file), "utf8");
}

test.serial("fix-input: the build says for which values its claims are, everywhere", (t) => {
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /^fixed {2}every claim is for every value of the other inputs, with w = f32\[3\] \{0.5, -0, 3\}; axes = i64\[1\] \{1\}$/m);
  const about = parseObject(text("evidence/model.json")) ?? {};
  const digest = "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8"; // SHA-256 of 01 00 00 00 00 00 00 00
  t.like(about, { fixInputs: [{ name: "w", type: "f32", shape: [3], file: "evidence/fixed-inputs/0.json" }, { name: "axes", type: "i64", shape: [1], sha256: digest, file: "evidence/fixed-inputs/1.json" }] });
  t.is(text("evidence/fixed-inputs/0.json"), '{"type": "f32", "shape": [3], "data": [0.5, "-0", 3]}\n');
  t.regex(text("evidence/VERDICT.md"), /\*\*Fixed inputs\*\*: every claim is for every value of the other inputs, with w = /);
  t.regex(text("evidence/model.txt"), /^fixed input "axes" i64\[1\]$/m);
  t.regex(text("evidence/MANIFEST.json"), /"evidence\/fixed-inputs\/1\.json".*"role":"fixed input"/);
  t.true(text("src/model.h").includes(`/* Fixed input "axes" i64[1], SHA-256 of its value ${digest}: part of this code`));
  t.deepEqual((about["inputs"] as { name: string }[]).map(({ name }) => name), ["x"]);
});

test.serial("fix-input: built directory, model and C compute with the value", (t) => {
  if (!hasTools(t, "gcc")) return;
  const x = join(folder, "x.json");
  writeTensorFile(x, tensorOf("f32", [2, 3], [2, 5, 1, 4, 7, -1]));
  for (const target of [[out], [out, "--engine", "interpreter"], [path, ...fixed]]) {
    const done = obligato(["run", ...target, "--input", x, "--json"]);
    t.is(done.status, 0, done.errors);
    t.like(JSON.parse(done.output), { outputs: [{ name: "y", data: [4, -1] }] });
  }
});

test.serial("fix-input: prove and audit make the build again with the values of the package", async (t) => {
  const again = await reprove(out, path, discharging);
  t.deepEqual([again.notRemade, again.notRecorded], [[], []]);
  t.true(again.ledger.every(({ verdict }) => verdict.kind === "proved"));
  t.true(again.ledger.some(({ id }) => id.endsWith("fixed-notes")));
  if (!hasTools(t, "cvc5")) return;
  t.is((await audited(out)).result, "pass");
});

/** What somebody writes who wants another value to pass for the one that was proved. */
const attacks: readonly (readonly [string, (built: string) => void])[] = [
  ["the value", (built) => edit(built, "evidence/fixed-inputs/1.json", (json) => json.replace("[1]}", "[0]}"))],
  ["a weight that was an input", (built) => edit(built, "evidence/fixed-inputs/0.json", (json) => json.replace("0.5", "0.25"))],
  ["the sign of a zero", (built) => edit(built, "evidence/fixed-inputs/0.json", (json) => json.replace('"-0"', "0"))],
  ["the list of what is fixed", (built) => edit(built, "evidence/model.json", (json) => json.replace('"name": "w"', '"name": "x"'))],
  ["nothing is fixed", (built) => edit(built, "evidence/model.json", (json) => json.replace("fixInputs", "fixed"))],
  ["the file is not there", (built) => rmSync(join(built, "evidence/fixed-inputs/1.json"))],
];

for (const [title, attack] of attacks) {
  test.serial(`fix-input: noticed by an audit although the manifest fits: ${title}`, async (t) => {
    const built = copyOf(t, out);
    attack(built);
    reseal(built);
    const seen = await audited(built);
    t.true(["altered", "refuted"].includes(seen.result), seen.result);
    t.true(placesOf(seen).length > 0);
    t.is(seen.report.asked, undefined);
  });
}

test.serial("fix-input: a changed value with its digest made to fit is noticed by what was proved of it", async (t) => {
  const built = copyOf(t, out);
  const other = join(folder, "other");
  t.is(obligato(["build", path, "-o", other, "--fix-input", "axes=[1]", "--fix-input", "w=[0.25,-0,3]", "--quiet"]).status, 0);
  for (const file of ["evidence/fixed-inputs/0.json", "evidence/model.json", "evidence/weights.json", "evidence/VERDICT.md"]) writeFileSync(join(built, file), text(file, other));
  reseal(built);
  const seen = await audited(built);
  t.true(["altered", "refuted"].includes(seen.result), seen.result);
});

test.serial("fix-input: prove notices a changed value, with the model and without", async (t) => {
  const built = copyOf(t, out);
  edit(built, "evidence/fixed-inputs/0.json", (json) => json.replace("0.5", "0.25"));
  for (const given of [undefined, path]) {
    const error = await t.throwsAsync(reprove(built, given, discharging), { instanceOf: Refusal });
    t.is(error.code, "altered");
  }
  t.throws(() => importOptionsIn(built, parseObject(text("evidence/model.json", built)) ?? {}), { instanceOf: Refusal });
});

test.serial("fix-input: a header that names another value is refuted, one in another form cannot be read", (t) => {
  const files = ["model.c", "model.h", "model_selftest.c", "model_weights.c", "model_weights.h"].map((name) => ({ name, text: text(`src/${name}`) }));
  const withHeader = (change: (header: string) => string) => checkedReadBack(files.map((file) => (file.name === "model.h" ? { ...file, text: change(file.text) } : file)));
  t.is(withHeader((header) => header).notes.fixed.length, 2);
  const { graph: built } = importModel(path, importOptionsIn(out, parseObject(text("evidence/model.json")) ?? {}));
  const claimOf = (change: (header: string) => string) => {
    const read = withHeader(change);
    return textClaims({ stage: "read-back", emitted: read.program, read, graph: built, contract: "separate" }).obligations.filter((o) => o.kind === "ground" && !o.holds).map(({ id }) => id);
  };
  t.deepEqual(claimOf((header) => header), []);
  for (const [from, to] of [['input "axes"', 'input "axis"'], ["f32[3], SHA", "f32[4], SHA"], ["value 7c9f", "value 7c9e"]] as const) t.deepEqual(claimOf((header) => header.replace(from, to)), ["read-back/W7/fixed-notes"], from);
  for (const [from, to] of [[/holds for no other value/, "may hold"], [/i64\[1\]/, "i65[1]"], [/\/\* Fixed input "w".*\n/, "/* Fixed input */\n"]] as const) {
    t.throws(() => withHeader((header) => header.replace(from, to)), { instanceOf: Refusal });
  }
});

test.serial("fix-input: the configuration file, paths beside it, and the command line first", (t) => {
  const own = folderFor(t);
  mkdirSync(join(own, "values"));
  writeTensorFile(join(own, "values/w.npy"), tensorOf("f32", [3], [1, 2, 3]));
  const config = join(own, "obligato.config.json");
  writeFileSync(config, JSON.stringify({ fixInputs: { axes: [0], w: "values/w.npy" } }));
  const build = (name: string, ...more: readonly string[]): unknown => {
    const done = obligato(["build", path, "-o", join(own, name), "--config", config, "--quiet", ...more]);
    t.is(done.status, 0, done.errors);
    return JSON.parse(text("evidence/fixed-inputs/1.json", join(own, name)));
  };
  t.like(build("a"), { data: [0] });
  t.like(build("b", "--fix-input", "axes=[1]"), { data: [1] });
  writeFileSync(config, JSON.stringify({ fixInputs: [1] }));
  t.is(obligato(["build", path, "-o", join(own, "c"), "--config", config]).status, 64);
});

test.serial("fix-input: test fixes what decides a shape to the first data set, and leaves other values out", (t) => {
  const own = folderFor(t);
  modelIn(own, weighted());
  const x = tensorOf("f32", [2, 3], [2, 5, 1, 4, 7, -1]);
  const w = tensorOf("f32", [3], [0.5, 2, 3]);
  const sets = [[1n, tensorOf("f32", [2], [14, 13])], [1n, tensorOf("f32", [2], [14, 13])], [0n, tensorOf("f32", [3], [3, 24, 0])]] as const;
  sets.forEach(([axis, y], k) => {
    const set = join(own, `test_data_set_${k}`);
    mkdirSync(set);
    [x, w, tensorOf("i64", [1], [axis])].forEach((input, slot) => writeFileSync(join(set, `input_${slot}.pb`), printTensorPb(input)));
    writeFileSync(join(set, "output_0.pb"), printTensorPb(y));
  });
  const plain = obligato(["test", own]);
  t.is(plain.status, 3);
  t.regex(plain.output, /skip .*--fix-input axes=VALUE/);
  const done = obligato(["test", own, "--fix-shape-inputs", "--json"]);
  t.is(done.status, 0, done.errors);
  t.like(JSON.parse(done.output), [{ status: "pass", sets: 2, fixed: ["axes"], build: "proved", reason: "1 data sets have other values for the fixed inputs" }]);
  const other = obligato(["test", own, "--fix-input", "axes=[0]", "--json"]);
  t.like(JSON.parse(other.output), [{ status: "pass", sets: 1 }], "the value that was given decides which data sets are run");
  writeFileSync(join(own, "test_data_set_1/output_0.pb"), printTensorPb(tensorOf("f32", [2], [14, 14])));
  t.is(obligato(["test", own, "--fix-shape-inputs"]).status, 1, "a wrong stored output is noticed");
});

test.serial("fix-input: check, numeric and schedule take it", (t) => {
  t.is(obligato(["check", path]).status, 4);
  const checked = obligato(["check", path, ...fixed, "--json"]);
  t.is(checked.status, 0, checked.errors);
  t.true((JSON.parse(checked.output) as { findings: { code: string }[] }).findings.some(({ code }) => code === "input-fixed"));
  t.is(obligato(["numeric", path, "--box", "-1,1", ...fixed]).status, 0);
  t.is(obligato(["schedule", "--for", path, ...fixed]).status, 0);
  t.is(obligato(["check", path, "--fix-input", "axes"]).status, 64);
  t.is(obligato(["check", path, "--fix-input", "axis=[1]"]).status, 64);
});
