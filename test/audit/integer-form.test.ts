/**
 * Packages whose C compares floats as integers, and packages made for an analyser: an
 * audit passes on what a build wrote, with solvers and by certificates alone, and names
 * what was changed.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { audit } from "../../src/audit/audit.js";
import { resultOf } from "../../src/audit/report.js";
import { modelIn, obligato } from "../cli/support.js";
import { graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";
import { type Audited, audited, copyOf, edit, filesOf, flip, placesOf, reseal, temporaryFolder } from "./support.js";

const folder = temporaryFolder();
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A sum, a square root, a negation and a comparison, so that the form shows. */
function modelOfForms(): string {
  const nodes = [node("Relu", ["x"], ["r"]), node("Sqrt", ["r"], ["s"]), node("Neg", ["s"], ["n"]), node("Floor", ["n"], ["f"]), node("Add", ["f", "x"], ["y"])];
  return modelIn(folder, model(graph(nodes, { input: [value("x", [4])], output: [value("y", [4])] })), "forms.onnx");
}

const built = new Map<string, string>();

function builtWith(name: string, ...args: readonly string[]): string {
  const known = built.get(name);
  if (known !== undefined) return known;
  const out = join(folder, name);
  const ran = obligato(["build", modelOfForms(), "-o", out, "--quiet", ...args]);
  if (ran.status !== 0) throw new Error(ran.errors || ran.output);
  built.set(name, out);
  return out;
}

async function offline(out: string): Promise<Audited> {
  const report = await audit(out, { jobs: 1, each: false, offline: true, silenceMs: 60_000, onStep: () => undefined, onAnswer: () => undefined });
  return { report, result: resultOf(report) };
}

const integer = ["--float-compare", "integer"];
const otawa = ["--target", "cortex-m4f", "--for", "otawa", "--certify"];

test("integer form: an audit with solvers passes", async (t) => {
  if (!hasTools(t, "cvc5")) return;
  const seen = await audited(builtWith("integer", ...integer));
  t.deepEqual(seen.report.findings, []);
  t.is(seen.result, "pass");
});

test("integer form: an audit by certificates alone passes", async (t) => {
  if (!hasTools(t, "cadical")) return;
  const seen = await offline(builtWith("certified", ...integer, "--certify"));
  t.deepEqual(seen.report.findings, []);
});

test("integer form: whatever says that the form is another is noticed", async (t) => {
  const out = copyOf(t, builtWith("integer", ...integer));
  const changes = [["obligato.json", '"integer"', '"float"'], ["evidence/VERDICT.md", "- Form of the C", "- The C"], ["src/forms.c", "/* Floats are compared by their bits, as integers. */\n", ""]] as const;
  for (const [path, from, to] of changes) {
    const spoiled = copyOf(t, out);
    edit(spoiled, path, (text) => text.replace(from, to));
    reseal(spoiled);
    const seen = await audited(spoiled);
    t.is(seen.result, "altered", path);
    t.true(placesOf(seen).some((place) => path.startsWith(place)), placesOf(seen).join());
  }
});

test("integer form: a package for OTAWA passes, and every file of its target carries meaning", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm", "cadical")) return;
  const out = copyOf(t, builtWith("otawa", ...otawa));
  t.deepEqual((await offline(out)).report.findings, []);
  const files = filesOf(out).filter((path) => path.includes("target/"));
  for (const path of ["target/cortex-m4/forms.o", "target/cortex-m4/build.mk", "target/cortex-m4/loop_marks.h", "target/cortex-m4/keep_marks.ld", ...["forms.elf", "forms.f4", "forms.ffx", "forms.csv", "time.svg", "target.json"].map((name) => `evidence/target/cortex-m4/${name}`)]) t.true(files.includes(path), path);
  for (const path of files) {
    const undo = flip(out, path);
    reseal(out);
    const seen = await offline(out);
    t.is(seen.result, "altered", path);
    undo();
  }
});

const record = "evidence/target/cortex-m4/target.json";

test("integer form: flags that the compiler was not given, and an analyser that cannot read the image, are noticed", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm", "cadical")) return;
  const ordinary = builtWith("ordinary", "--target", "cortex-m4f", "--certify");
  const changes = [
    [builtWith("otawa", ...otawa), '"-std=c99",', '"-fno-auto-inc-dec",\n  "-std=c99",', /line \d+ is not what follows/],
    [ordinary, '"for": null', '"for": "otawa"', /otawa does not read the image: forms_run\+0x\S+ \(0x\S+\): OTAWA does not read v(?:cmp|neg|sqrt)/],
  ] as const;
  for (const [from, text, to, said] of changes) {
    const out = copyOf(t, from);
    edit(out, record, (before) => before.replace(text, to));
    reseal(out);
    const { findings } = (await offline(out)).report;
    t.true(findings.some(({ what }) => said.test(what)), findings.map(({ what }) => what).join("\n"));
  }
});

test("integer form: a package whose schedule was searched passes, and a search record or schedule that was changed is noticed", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm", "cadical")) return;
  const out = copyOf(t, builtWith("searched", "--target", "cortex-m4f", "--optimise", "wcet", "--candidates", "4", "--float-compare", "integer", "--certify"));
  t.deepEqual((await offline(out)).report.findings, []);
  t.true(filesOf(out).includes("evidence/wcet-search.json"));
  for (const path of ["evidence/schedule.json", "evidence/wcet-search.json", "target/cortex-m4/forms.o", record]) {
    const undo = flip(out, path);
    t.is((await offline(out)).result, "altered", `${path}, by the seal`);
    undo();
  }
  for (const path of ["evidence/schedule.json", "target/cortex-m4/forms.o", record]) {
    const undo = flip(out, path);
    reseal(out);
    t.is((await offline(out)).result, "altered", `${path}, with a manifest that fits`);
    undo();
  }
});
