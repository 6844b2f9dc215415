/** The commands on good input: what they write, print and return. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { literal } from "../../ir/loop/index-expr.js";
import type { Pass } from "../../src/pass.js";
import { mapStores, storesOf } from "../../ir/loop/visit.js";
import { build } from "../../src/cli/build.js";
import type { BuildRequest } from "../../src/driver.js";
import { printTensorPb } from "../../src/onnx/tensor-files.js";
import { parseNpy } from "../../src/onnx/npy.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { identityWitness } from "../../proofs/kernel/kernel.js";
import { parseWitness, printWitness } from "../../src/evidence/witness-text.js";
import { graph, int64s, floats, model, node, value } from "../support/onnx-model.js";
import { testdata } from "../support/testdata.js";
import { hasTools } from "../support/tools.js";
import { contentsOf, folderFor, modelIn, nodeArguments, obligato, smallModelIn } from "./support.js";

interface Report {
  readonly outcome: string;
  readonly stages: readonly { readonly name: string; readonly obligations: number; readonly proved: number }[];
}

test("build writes code, evidence and an index, all of it in the manifest", (t) => {
  const folder = folderFor(t);
  const out = join(folder, "out");
  const ran = obligato(["build", smallModelIn(folder), "-o", out]);
  t.is(ran.status, 0, ran.errors);
  t.is(ran.errors, "");
  t.regex(ran.output, /^PASS {3}T0 bit-exact/m);
  t.true(ran.output.split("\n").length < 30, "one screen");
  const files = contentsOf(out);
  const manifest = JSON.parse(files.get("evidence/MANIFEST.json") ?? "") as { files: { path: string; sha256: string }[] };
  t.deepEqual([...files.keys()].filter((path) => path !== "evidence/MANIFEST.json").toSorted(), manifest.files.map(({ path }) => path).toSorted());
  t.true(files.has("src/small.c") && files.has("src/small.h") && files.has("obligato.json"));
  t.regex(files.get("evidence/VERDICT.md") ?? "", /^# PASS/);
  t.true([...files.keys()].some((path) => path.endsWith(".smt2")));
  t.deepEqual(readdirSync(folder).toSorted(), ["out", "small.onnx"]);
});

test("every stage has obligations, and all are proved; --until and --skip leave passes out", (t) => {
  const folder = folderFor(t);
  const nodes = [node("MatMul", ["x", "v"], ["m"]), node("Relu", ["m"], ["r"]), node("MatMul", ["r", "w"], ["y"])];
  const initializer = [floats("v", [3, 2], [1, 2, 3, 4, 5, 6]), floats("w", [2, 2], [1, 2, 3, 4])];
  const path = modelIn(folder, model(graph(nodes, { input: [value("x", [2, 3])], output: [value("y", [2, 2])], initializer })));
  const names = (more: readonly string[]): readonly string[] => {
    const ran = obligato(["build", path, "-o", join(folder, "out"), "--force", "--json", ...more]);
    t.is(ran.status, 0, ran.errors);
    const { outcome, stages } = JSON.parse(ran.output) as Report;
    t.is(outcome, "proved");
    for (const { obligations, proved } of stages) t.true(obligations > 0 && proved === obligations);
    return stages.map(({ name }) => name);
  };
  const all = names([]);
  t.true(all.includes("fuse-loops") && all.includes("plan-memory"));
  t.deepEqual([all[0], all.at(-1)], ["reference", "end-to-end"]);
  t.false(names(["--skip", "fuse-loops"]).includes("fuse-loops"));
  t.deepEqual(names(["--until", "fuse-loops"]), ["reference", "fuse-loops", "place-apart", "read-back", "end-to-end"]);
});

test("two builds of one model give identical bytes", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  for (const out of ["a", "b"]) t.is(obligato(["build", path, "-o", join(folder, out), "--quiet", "-j", out === "a" ? "1" : "2"]).status, 0);
  t.deepEqual(contentsOf(join(folder, "a")), contentsOf(join(folder, "b")));
});

test("the schedule in the evidence builds the same again", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  t.is(obligato(["build", path, "-o", join(folder, "a"), "--skip", "fuse-loops", "--quiet"]).status, 0);
  const again = obligato(["build", path, "-o", join(folder, "b"), "--schedule", join(folder, "a/evidence/schedule.json"), "--quiet"]);
  t.is(again.status, 0, again.errors);
  t.deepEqual(contentsOf(join(folder, "a")), contentsOf(join(folder, "b")));
});

test("prove makes the same obligations from the evidence, and notices a changed program", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  const out = join(folder, "out");
  t.is(obligato(["build", path, "-o", out, "--quiet"]).status, 0);
  const ran = obligato(["prove", out, "--model", path, "--json"]);
  t.is(ran.status, 0, ran.output + ran.errors);
  const again = JSON.parse(ran.output) as { obligations: number; proved: number; notRemade: string[]; notRecorded: string[] };
  t.true(again.obligations > 0 && again.proved === again.obligations);
  t.deepEqual([again.notRemade, again.notRecorded], [[], []]);
  const program = join(out, "evidence/stages/00-reference/program.loop");
  const text = readFileSync(program, "utf8");
  writeFileSync(program, text.replace("add.f32", "sub.f32"));
  t.not(readFileSync(program, "utf8"), text);
  t.is(obligato(["prove", out, "--model", path]).status, 64, "the reference is not the model's");
  t.is(obligato(["prove", out]).status, 1, "the next stage is refuted");
});

/** Shifts one load by nothing it should be: every load of a weight reads element 0, 0. */
const wrongPass: Pass = {
  name: "fuse-loops",
  summary: "reads the wrong element, and says so in no word",
  run: ({ program, dataflow }) => {
    const weights = new Set(program.buffers.filter(({ kind }) => kind === "weight").map(({ name }) => name));
    const after = mapStores(program, (store) => {
      const { value } = store;
      if (value.kind !== "op") return store;
      const args = value.args.map((arg) => (arg.kind === "load" && weights.has(arg.buffer) ? { ...arg, index: arg.index.map(() => literal(0)) } : arg));
      return { ...store, value: { ...value, args } };
    });
    return { after, witness: identityWitness(after, dataflow) };
  },
};

test("a build with a wrong pass exits 1, writes no C and keeps the evidence when asked", async (t) => {
  const folder = folderFor(t);
  const request: BuildRequest = {
    model: smallModelIn(folder), fixDims: new Map(), contract: "separate", schedule: undefined, until: undefined,
    skip: [], solver: "auto", jobs: 1, prove: true, passes: [wrongPass],
  };
  const targets = { directory: join(folder, "out"), force: false, failed: join(folder, "failed") };
  const exit = await build(request, targets, { quiet: true, color: false, jobs: 1 });
  t.is(exit, 1);
  t.deepEqual(readdirSync(folder).toSorted(), ["failed", "small.onnx"]);
  const verdict = readFileSync(join(folder, "failed/evidence/VERDICT.md"), "utf8");
  t.regex(verdict, /^# FAIL/);
  t.regex(verdict, /Replayed \(.*\): y\[\d+, \d+\]: 0x[0-9a-f]{8} = .* became 0x[0-9a-f]{8} = .*, \d+ ulp apart/);
  t.false(existsSync(join(folder, "failed/src")));
});

test.serial("an interrupted build leaves nothing behind", async (t) => {
  const path = testdata("models", "mlperf_ic_fp32", "model.onnx");
  if (path === undefined) {
    t.log("skipped: test data");
    t.pass();
    return;
  }
  const folder = folderFor(t);
  const child = spawn(process.execPath, nodeArguments(["build", path, "-o", join(folder, "out")]), { stdio: "ignore" });
  while (readdirSync(folder).length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  t.deepEqual(readdirSync(folder).map((name) => name.startsWith(".out-")), [true]);
  child.kill("SIGINT");
  const [code] = (await once(child, "exit")) as [number | null];
  t.is(code, 130);
  t.deepEqual(readdirSync(folder), []);
});

test("run reads .pb, .npy and .json alike, and writes .npy", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  const x = tensorOf("f32", [2, 3], [1, 2, 3, 4, 5, -0]);
  writeFileSync(join(folder, "x.pb"), printTensorPb(x));
  writeFileSync(join(folder, "x.json"), `{"type": "f32", "shape": [2, 3], "data": [1, 2, 3, 4, 5, "-0"]}`);
  const outputs = ["x.pb", "x.json"].map((name) => {
    const ran = obligato(["run", path, "--input", join(folder, name), "--json", "--output-dir", join(folder, "results")]);
    t.is(ran.status, 0, ran.errors);
    return ran.output;
  });
  t.is(outputs[0], outputs[1]);
  const { data } = parseNpy(readFileSync(join(folder, "results", "output_0.npy")), "output_0.npy");
  t.deepEqual([...data], [2, 0, 6, 0, 10, 0]);
  const npy = obligato(["run", path, "--input", join(folder, "results", "output_0.npy"), "--json"]);
  t.is(npy.status, 0, npy.errors);
});

test("run of a built directory: the compiled C and the interpreter give the same", (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out, "--quiet"]).status, 0);
  const input = join(folder, "x.json");
  writeFileSync(input, `{"type": "f32", "shape": [2, 3], "data": [0.1, 2, "NaN", "Infinity", 1e-45, "-0"]}`);
  const [c, interpreted] = ["c", "interpreter"].map((engine) => obligato(["run", out, "--input", input, "--engine", engine, "--json"]));
  t.is(c?.status, 0, c?.errors);
  t.is(c?.output.replace(`"engine":"c"`, `"engine":"interpreter"`), interpreted?.output);
});

test("test compares engines and stored outputs, a row a case", (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  const folder = folderFor(t);
  const tests = ["good", "bad", "foreign"];
  for (const name of tests) mkdirSync(join(folder, name, "test_data_set_0"), { recursive: true });
  smallModelIn(join(folder, "good"), "model.onnx");
  smallModelIn(join(folder, "bad"), "model.onnx");
  modelIn(join(folder, "foreign"), model(graph([node("Bernoulli", ["x"], ["y"])], { input: [value("x", [2, 2])], output: [value("y", [])] })));
  for (const [name, first] of [["good", 2], ["bad", 2.5]] as const) {
    writeFileSync(join(folder, name, "test_data_set_0", "input_0.pb"), printTensorPb(tensorOf("f32", [2, 3], [1, 2, 3, 4, 5, 6])));
    writeFileSync(join(folder, name, "test_data_set_0", "output_0.pb"), printTensorPb(tensorOf("f32", [2, 3], [first, 0, 6, 0, 10, 0])));
  }
  const ran = obligato(["test", folder, "--json"]);
  t.is(ran.status, 1, ran.errors);
  const rows = JSON.parse(ran.output) as { name: string; status: string; maxAbsDiff: number | null; build: string; bits: string }[];
  t.deepEqual(rows.map(({ name, status, maxAbsDiff, build: built, bits }) => [name, status, maxAbsDiff, built, bits]), [
    ["bad", "fail", 0.5, "proved", "equal"], ["foreign", "skip", null, "refused", ""], ["good", "pass", 0, "proved", "equal"],
  ]);
  t.is(obligato(["test", join(folder, "good"), "--no-prove"]).status, 0);
  t.is(obligato(["test", join(folder, "foreign")]).status, 3, "nothing was checked");
});

test("derived constants are claimed, and proved by evaluating them again", (t) => {
  const folder = folderFor(t);
  const nodes = [node("Add", ["a", "b"], ["w"]), node("Reshape", ["w", "s"], ["v"]), node("Mul", ["x", "v"], ["y"])];
  const parts = { input: [value("x", [2, 3])], output: [value("y", [2, 3])], initializer: [floats("a", [6], [1, 2, 3, 4, 5, 6]), floats("b", [6], [1, 1, 1, 1, 1, -0]), int64s("s", [2, 3])] };
  const ran = obligato(["build", modelIn(folder, model(graph(nodes, parts))), "-o", join(folder, "out"), "--json"]);
  t.is(ran.status, 0, ran.errors);
  t.is((JSON.parse(ran.output) as Report).stages[0]?.name, "import");
  const text = readFileSync(join(folder, "out/evidence/stages/00-import/verdicts.json"), "utf8");
  t.regex(text, /"id":"import\/W7\/derived\.w"/);
});

test("explain knows rules, assumptions, passes, codes and obligations", (t) => {
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out, "--quiet"]).status, 0);
  for (const word of ["W3", "A-09", "fuse-loops", "shape-mismatch", "dead-node"]) {
    const ran = obligato(["explain", word]);
    t.is(ran.status, 0, ran.errors);
    t.true(ran.output.startsWith(word), ran.output);
  }
  const line = readFileSync(join(out, "evidence/stages/00-reference/verdicts.json"), "utf8").split("\n").find((text) => text.includes(".smt2")) ?? "";
  const { id } = JSON.parse(line.replace(/,$/, "")) as { id: string };
  const ran = obligato(["explain", id, "--in", out]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /\(check-sat\)/);
  t.is(obligato(["explain", "no-such-word"]).status, 64);
});

test("witnesses read back to themselves", async (t) => {
  const { importModel } = await import("../../src/onnx/import.js");
  const { referenceProgram } = await import("../../proofs/reference/reference.js");
  const { referenceDataflow } = await import("../../src/lower/dataflow.js");
  const nodes = [node("MatMul", ["x", "w"], ["m"]), node("Relu", ["m"], ["y"])];
  const parts = { input: [value("x", [2, 3])], output: [value("y", [2, 2])], initializer: [floats("w", [3, 2], [1, 2, 3, 4, 5, 6])] };
  const program = referenceProgram(importModel(model(graph(nodes, parts))).graph, "separate");
  const witness = identityWitness(program, referenceDataflow(program));
  t.true(storesOf(program).length > 2);
  t.deepEqual(parseWitness(printWitness(witness), "witness.json"), witness);
});

test("mutate --text: every change of a token is noticed", (t) => {
  const folder = folderFor(t);
  const ran = obligato(["mutate", "--text", smallModelIn(folder), "--count", "60", "--json"]);
  t.is(ran.status, 0, ran.output + ran.errors);
  const { mutants, survivors } = JSON.parse(ran.output) as { mutants: number; survivors: unknown[] };
  t.true(mutants >= 60 && survivors.length === 0);
});

test("ops and doctor answer as tables and as JSON; help has examples", (t) => {
  const { operators } = JSON.parse(obligato(["ops", "--json"]).output) as { operators: { op: string; types: string[] }[] };
  t.true(operators.some(({ op, types }) => op === "Conv" && types.includes("f32")));
  t.is(obligato(["doctor"]).status, 0);
  for (const command of ["build", "run", "test", "check", "prove", "explain", "mutate", "ops", "doctor"]) {
    const help = obligato([command, "--help"]);
    t.is(help.status, 0);
    t.regex(help.output, /Examples:\n {2}obligato /, command);
  }
});

test("a reader that goes away early ends no command with an error", async (t) => {
  const running = spawn(process.execPath, [fileURLToPath(new URL("../../../bin/obligato.mjs", import.meta.url)), "ops"], { stdio: ["ignore", "pipe", "pipe"] });
  running.stdout.destroy();
  const errors: Buffer[] = [];
  running.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const [status] = (await once(running, "close")) as [number];
  t.is(Buffer.concat(errors).toString(), "");
  t.is(status, 0);
});
