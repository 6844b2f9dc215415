/**
 * Tampering: whatever single file of a package is changed, with the manifest left as
 * it was or made to fit, the audit objects before any solver is asked.
 */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { manifestPath, sha256 } from "../../src/evidence/manifest.js";
import { root } from "../conventions/checkout.js";
import { modelIn, smallModelIn } from "../cli/support.js";
import { graph, model, node, smallModel, value } from "../support/onnx-model.js";
import { audited, builtIn, copyOf, edit, filesOf, flip, placesOf, reseal, temporaryFolder } from "./support.js";

const folder = temporaryFolder();
const small = builtIn(folder, smallModelIn(folder));
const flight = builtIn(join(folder, "flight"), join(root, "examples/flight-mlp/flight-mlp.onnx"));

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test("tamper: the seal covers every file, whichever byte is flipped", async (t) => {
  const built = copyOf(t, flight);
  const files = filesOf(built);
  t.true(files.length > 200);
  for (const path of [...files, manifestPath]) {
    const undo = flip(built, path);
    const seen = await audited(built);
    t.is(seen.result, "altered", path);
    t.true(path === manifestPath ? seen.report.findings.length > 0 : placesOf(seen).includes(path), path);
    t.is(seen.report.asked, undefined);
    undo();
  }
});

test("tamper: every file of a small package carries meaning, so a manifest that fits does not help", async (t) => {
  const built = copyOf(t, small);
  for (const path of filesOf(built)) {
    const undo = flip(built, path);
    reseal(built);
    const seen = await audited(built);
    t.true(["altered", "refuted"].includes(seen.result), `${path}: ${seen.result}`);
    t.is(seen.report.asked, undefined, path);
    undo();
  }
});

test("tamper: texts that are printed again are each compared", async (t) => {
  const built = copyOf(t, flight);
  const questions = filesOf(built).filter((path) => path.endsWith(".smt2"));
  t.true(questions.length > 100);
  for (const path of questions) flip(built, path);
  reseal(built);
  const seen = await audited(built);
  t.is(seen.result, "altered");
  t.deepEqual(placesOf(seen).toSorted(), questions);
});

test("tamper: every program, witness, verdict list and source of a larger package", async (t) => {
  const built = copyOf(t, flight);
  for (const path of filesOf(built).filter((name) => !name.endsWith(".smt2"))) {
    const undo = flip(built, path);
    reseal(built);
    const seen = await audited(built);
    t.true(["altered", "refuted"].includes(seen.result), `${path}: ${seen.result}`);
    t.is(seen.report.asked, undefined, path);
    undo();
  }
});

const [stage, question] = ["evidence/stages/00-reference", filesOf(small).find((path) => path.endsWith(".smt2")) ?? ""] as const;

/** What somebody might do, with a manifest that fits; and the file that has to be named. */
const attacks: readonly (readonly [what: string, attack: (built: string) => void, named: string])[] = [
  ["an extra file", (built) => writeFileSync(join(built, "evidence/note.txt"), "all is well"), "evidence/note.txt"],
  ["an extra source", (built) => writeFileSync(join(built, "src/more.c"), "int more;"), "src"],
  ["an extra stage", (built) => {
    mkdirSync(join(built, "evidence/stages/99-more"));
    writeFileSync(join(built, "evidence/stages/99-more/verdicts.json"), "[\n]\n");
  }, "evidence/stages"],
  ["a missing question", (built) => rmSync(join(built, question)), question],
  ["a missing witness", (built) => rmSync(join(built, `${stage}/witness.json`)), stage],
  ["a missing model", (built) => rmSync(join(built, "evidence/model/small.onnx")), "evidence/model.json"],
  ["no end-to-end stage", (built) => {
    const last = filesOf(built).findLast((path) => path.includes("end-to-end")) ?? "";
    rmSync(join(built, last.replace(/end-to-end.*/, "end-to-end")), { recursive: true });
  }, "evidence/stages"],
  ["a swapped verdict", (built) => edit(built, `${stage}/verdicts.json`, (text) => text.replace(`"kind":"proved"`, `"kind":"refuted"`)), `${stage}/verdicts.json`],
  ["a verdict of another prover", (built) => edit(built, `${stage}/verdicts.json`, (text) => text.replace(/"by":"(interval|trivial)"/, `"by":"Z3 9.9"`)), "evidence/counts.json"],
  ["a dropped claim", (built) => edit(built, `${stage}/verdicts.json`, (text) => text.split("\n").filter((_, k) => k !== 3).join("\n")), `${stage}/verdicts.json`],
  ["a claim twice", (built) => edit(built, `${stage}/verdicts.json`, (text) => text.replace(/^(\{.*\},)$/m, "$1\n$1")), `${stage}/verdicts.json`],
  ["counts that add up to more", (built) => edit(built, "evidence/counts.json", (text) => text.replace(/"proved": (\d+)/, `"proved": 1$1`)), "evidence/counts.json"],
  ["a bound of a loop", (built) => edit(built, "evidence/flow-facts/small.ffx", (text) => text.replace(/maxcount="\d+"/, `maxcount="1"`)), "evidence/flow-facts/small.ffx"],
  ["another contract", (built) => edit(built, "evidence/schedule.json", (text) => text.replace("separate", "fused")), "evidence/schedule.json"],
];

for (const [what, attack, named] of attacks) {
  test(`tamper: ${what}`, async (t) => {
    const built = copyOf(t, small);
    attack(built);
    t.is((await audited(built)).result, "altered", "as it is");
    reseal(built);
    const seen = await audited(built);
    t.true(["altered", "refuted"].includes(seen.result));
    t.true(placesOf(seen).includes(named), placesOf(seen).join());
    t.is(seen.report.asked, undefined);
    t.true(seen.report.notDone.includes("solvers"));
  });
}

/** The small model with −7 in place of the weight −6. */
function otherModel(): Uint8Array {
  const bytes = Buffer.from(smallModel());
  const at = bytes.indexOf(Buffer.from(new Float32Array([-6]).buffer));
  if (at < 0) throw new Error("the weight is not there");
  bytes.writeFloatLE(-7, at);
  return bytes;
}

test("tamper: the C of other weights, with every digest made to fit, is refuted", async (t) => {
  const built = copyOf(t, small);
  const other = temporaryFolder();
  t.teardown(() => rmSync(other, { recursive: true, force: true }));
  const wrong = builtIn(other, modelIn(other, otherModel(), "small.onnx"));
  for (const path of filesOf(built).filter((name) => name.startsWith("src/"))) {
    const [right, swapped] = [built, wrong].map((of) => readFileSync(join(of, path)));
    if (right === undefined || swapped === undefined || right.equals(swapped)) continue;
    writeFileSync(join(built, path), swapped);
    edit(built, "obligato.json", (text) => text.replace(sha256(right), sha256(swapped)));
  }
  reseal(built);
  const seen = await audited(built);
  t.is(seen.result, "refuted");
  t.true(seen.report.findings.some(({ what }) => /W7.*element \d+ is 0x/.test(what)), seen.report.findings.map(({ what }) => what).join("\n"));
});

test("tamper: another model of the same shape is not the one that was compiled", async (t) => {
  const built = copyOf(t, small);
  modelIn(join(built, "evidence/model"), otherModel(), "small.onnx");
  reseal(built);
  const seen = await audited(built);
  t.is(seen.result, "refuted");
  t.true(placesOf(seen).includes("evidence/weights.json"));
});

test("tamper: external data travel with the model and are read by both readers", async (t) => {
  const place = temporaryFolder();
  t.teardown(() => rmSync(place, { recursive: true, force: true }));
  mkdirSync(join(place, "data"));
  writeFileSync(join(place, "data/w.bin"), new Uint8Array(new Float32Array([9, 1, -2, 3]).buffer));
  const entries = { location: "./data/w.bin", offset: "4", length: "12" };
  const initializer = [{ name: "w", dims: [3], data_type: 1, data_location: 1, external_data: Object.entries(entries).map(([key, text]) => ({ key, value: text })) }];
  const bytes = model(graph([node("Add", ["x", "w"], ["y"])], { input: [value("x", [3])], output: [value("y", [3])], initializer }));
  const built = builtIn(place, modelIn(place, bytes, "outside.onnx"));
  t.true(filesOf(built).includes("evidence/model/data/w.bin"));
  const copy = copyOf(t, built); // nothing of the place where it was built is left
  rmSync(join(place, "data"), { recursive: true });
  const { report } = await audited(copy);
  t.deepEqual(report.findings.filter(({ objection }) => objection !== "open"), []);
  t.deepEqual([report.model?.compared.constants, report.model?.compared.ofConstants], [1, 1]);
  flip(copy, "evidence/model/data/w.bin");
  reseal(copy);
  t.is((await audited(copy)).result, "refuted");
});

test("tamper: a link is no file of a package", async (t) => {
  const built = copyOf(t, small);
  rmSync(join(built, question));
  symlinkSync(join(small, question), join(built, question));
  t.true(placesOf(await audited(built)).includes(question));
});
