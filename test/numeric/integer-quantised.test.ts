/** integer-quantised from the command line: what is printed, written, proved and audited again, and what the compiled C computes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { importModel } from "../../src/onnx/import.js";
import { folderFor, modelIn, obligato } from "../cli/support.js";
import { bytesOfGroup, tinyConv } from "../proofs/lemmas/quantised-models.js";
import { hasTools } from "../support/tools.js";

const lemma = ["--lemma", "integer-quantised"];

test("build in integers: tier T2 with the distances of groups and outputs, which prove makes again and audit checks", (t) => {
  if (!hasTools(t, "cvc5")) return;
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, bytesOfGroup(tinyConv(3, { sw: [0.1, 0.1], sy: 0.02 }))), join(folder, "out")];
  const ran = obligato(["build", path, "-o", out, ...lemma, "--replication", "1"]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /PASS {3}T2 bounded[^\n]*\n {7}lemmas: integer-quantised \(1\)\n {7}groups: 0 exact, 1 within 1 step for equal operands \(\d+ of \d+ sums can differ\)\n {7}output y: within 1 step of the model's own result, for every input/);
  t.regex(readFileSync(join(out, "evidence/VERDICT.md"), "utf8"), /\*\*Tier T2, bounded\.\*\*[^\n]*by group and by output[\s\S]*\| integer-quantised \| y \|/);
  for (const file of ["lemmas/integer-quantised/step.smt2", "lemmas/after.txt", "numeric/distance.json"]) t.true(existsSync(join(out, "evidence", file)), file);
  const audited = obligato(["audit", out]);
  t.is(audited.status, 0, audited.output + audited.errors);
  t.is(obligato(["prove", out, "--model", path]).status, 0);
  const certificate = join(out, "evidence/numeric/distance.json");
  writeFileSync(certificate, readFileSync(certificate, "utf8").replace(/"steps":1/, "\"steps\":0"));
  t.regex(obligato(["prove", out, "--model", path]).errors, /stale: .*distance\.json/);
  t.not(obligato(["audit", out]).status, 0);
});

test("build in integers: exact groups give tier T0; other lemmas, boxes and smaller distances are refused", (t) => {
  const folder = folderFor(t);
  const [exact, other] = [modelIn(folder, bytesOfGroup(tinyConv(1, { sx: 0.5, sw: [0.25, 0.125], sy: 0.5 })), "exact.onnx"), modelIn(folder, bytesOfGroup(tinyConv(1, { sw: [0.1, 0.1], sy: 0.02 })), "other.onnx")];
  const build = (path: string, ...args: readonly string[]) => obligato(["build", path, "-o", join(folder, "out"), "--force", ...lemma, ...args]);
  const ran = build(exact, "--replication", "exact");
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /PASS {3}T0 bit-exact[\s\S]*groups: 1 exact\n[\s\S]*output y: the model's own result, bit for bit, for every input/);
  t.notRegex(ran.output, /computed in floats/);
  t.regex(obligato(["build", exact, "-o", join(folder, "floats")]).output, /^note {3}1 group of quantised nodes is computed in floats, .*--lemma integer-quantised/m);
  t.is(build(other, "--replication", "exact").status, 5);
  t.is(build(other, "--replication", "0.5").status, 5);
  t.regex(build(other, "--box", "-1,1").errors, /box: .*holds for every input/);
  t.regex(build(other, "--lemma", "split-k:y:2").errors, /lemma: /);
  t.regex(obligato(["build", other, "-o", join(folder, "out"), "--force", "--lemma", "integer-quantised:c"]).errors, /integer-quantised: c: it is no QuantizeLinear/);
});

test("the compiled C of a build in integers gives the bits of the rewritten graph, within the distance of the model", (t) => {
  if (!hasTools(t, "gcc")) return;
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, bytesOfGroup(tinyConv(2000, { sw: [0.1, 0.1], sy: 0.02 }))), join(folder, "out")];
  t.is(obligato(["build", path, "-o", out, ...lemma]).status, 0);
  const x = tensorOf("i8", [2000, 1, 2], Array.from({ length: 4000 }, (_, k) => ((k * 73) % 256) - 128));
  writeFileSync(join(folder, "x.json"), JSON.stringify({ type: "i8", shape: [2000, 1, 2], data: Array.from(x.data, Number) }));
  const ran = obligato(["run", out, "--input", join(folder, "x.json"), "--json"]);
  t.is(ran.status, 0, ran.errors);
  const y = (JSON.parse(ran.output) as { outputs: readonly { data: readonly number[] }[] }).outputs[0]?.data ?? [];
  const model = present(evalGraph(importModel(path).graph, new Map([["x", x]]), "separate").get("y"), "y");
  const apart = y.map((v, k) => Math.abs(v - Number(model.data[k])));
  t.is(y.length, 4000);
  t.is(Math.max(...apart), 1, "some differ, none by more than a step");
});
