/** Lemmas, boxes and bounds from the command line: what is printed, written, proved again, and returned. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { parseBox, rangeOfText, rangesIn } from "../../src/numeric/box.js";
import { runReal } from "../../src/numeric/real-run.js";
import { lemmaOfText, parseLemmas, parseReplication, replicationOfText } from "../../src/numeric/request.js";
import { importModel } from "../../src/onnx/import.js";
import { parseSchedule, printSchedule } from "../../src/schedule.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";
import { refuses } from "../support/refusals.js";
import { hasTools } from "../support/tools.js";
import { folderFor, modelIn, obligato } from "../cli/support.js";

function wave(length: number, seed: number): readonly number[] {
  return Array.from({ length }, (_, k) => Math.fround(Math.sin(3.3 * k + seed)));
}

/** y = Relu(BN(x · w)) · v, and an Erf after it if asked for. */
function normalised(last = "Identity"): Uint8Array {
  const nodes = [
    node("MatMul", ["x", "w"], ["p"]), node("BatchNormalization", ["p", "scale", "shift", "mean", "var"], ["n"]),
    node("Relu", ["n"], ["r"]), node("MatMul", ["r", "v"], ["q"]), node(last, ["q"], ["y"]),
  ];
  const initializer = [
    floats("w", [12, 6], wave(72, 1)), floats("v", [6, 3], wave(18, 2)), floats("scale", [6], wave(6, 3)), floats("shift", [6], wave(6, 4)),
    floats("mean", [6], wave(6, 5)), floats("var", [6], wave(6, 6).map((x) => x * x + 0.1)),
  ];
  return model(graph(nodes, { input: [value("x", [1, 12])], output: [value("y", [1, 3])], initializer }));
}

const both = ["--lemma", "fold-batch-normalization", "--lemma", "split-k:q:2"];

test("build with lemmas: tier T2 and its bound come first, the evidence holds lemmas and certificate, prove makes it all again", (t) => {
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, normalised()), join(folder, "out")];
  const ran = obligato(["build", path, "-o", out, ...both, "--box", "-1,1", "--replication", "1e-3"]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /PASS {3}T2 bounded[^\n]*\n {7}lemmas: fold-batch-normalization \(1\), split-k \(1\)\n {7}output y: within \d/);
  const page = readFileSync(join(out, "evidence/VERDICT.md"), "utf8");
  t.regex(page, /^# PASS: test\n\n\*\*Tier T2, bounded\.\*\*/);
  t.regex(page, /\| fold-batch-normalization \| n \|[\s\S]*\| L1 \|[\s\S]*\| A-17 \|/);
  t.is((JSON.parse(readFileSync(join(out, "obligato.json"), "utf8")) as { tier: string }).tier, "T2");
  for (const file of ["lemmas/split-k/step.smt2", "lemmas/before.txt", "lemmas/after.txt", "numeric/bound.json"]) t.true(existsSync(join(out, "evidence", file)), file);
  const again = obligato(["prove", out, "--model", path]);
  t.is(again.status, 0, again.output + again.errors);
  const certificate = join(out, "evidence/numeric/bound.json");
  writeFileSync(certificate, readFileSync(certificate, "utf8").replace(/"bound":"1?/, "\"bound\":\"2"));
  t.regex(obligato(["prove", out, "--model", path]).errors, /stale: .*bound\.json/);
});

test("build with lemmas: no box, no bound, too large a bound, exact replication", (t) => {
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, normalised()), join(folder, "out")];
  const exits = (...args: readonly string[]): number => obligato(["build", path, "-o", out, "--force", ...args]).status;
  t.is(exits(...both), 2, "no box");
  t.false(existsSync(out));
  t.is(exits(...both, "--box", "-1,1", "--replication", "1e-9"), 5, "the bound is larger");
  t.is(exits(...both, "--box", "-1,1", "--replication", "0.001ulp"), 5, "in ulp");
  t.is(exits(...both, "--box", "-1,1", "--replication", "exact"), 5, "a lemma of tier T2 is not exact");
  t.is(exits("--replication", "exact", "--until", "sink-transposes"), 0, "without lemmas all bits are the model's");
  t.is(exits("--lemma", "split-k:q:9", "--box", "-1,1"), 4, "more parts than summands");
  t.is(exits("--lemma", "skip-zero-tap"), 64, "a lemma that no build can use");
  t.is(exits("--box", "1,0"), 64);
});

test("build with lemmas: --allow-unbounded says so first and is no success", (t) => {
  const folder = folderFor(t);
  const out = join(folder, "out");
  const ran = obligato(["build", modelIn(folder, normalised("Erf")), "-o", out, ...both, "--box", "-1,1", "--allow-unbounded"]);
  t.is(ran.status, 2);
  t.regex(ran.output, /OPEN {3}T2 UNBOUNDED[\s\S]*no bound: y: Erf/);
  t.regex(readFileSync(join(out, "evidence/VERDICT.md"), "utf8"), /^# OPEN[^\n]*\n\n\*\*Tier T2, UNBOUNDED\.\*\*/);
  t.regex(obligato(["build", modelIn(folder, normalised("Erf")), "-o", join(folder, "other"), ...both, "--box", "-1,1"]).output, /bound: unknown: y: Erf: there is no bound for the operator erf/);
});

test("the compiled C of a build with lemmas is within the bound of the model's real meaning", (t) => {
  if (!hasTools(t, "gcc")) return;
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, normalised()), join(folder, "out")];
  const built = obligato(["build", path, "-o", out, ...both, "--box", "-1,1", "--json"]);
  t.is(built.status, 0, built.errors);
  const bound = (JSON.parse(built.output) as { bound: readonly { approximately: number }[] }).bound[0]?.approximately ?? 0;
  const { graph: original } = importModel(path);
  for (const seed of [1, 2, 3]) {
    const x = tensorOf("f32", [1, 12], wave(12, 10 * seed));
    writeFileSync(join(folder, "x.json"), JSON.stringify({ type: "f32", shape: [1, 12], data: Array.from(x.data, Number) }));
    const ran = obligato(["run", out, "--input", join(folder, "x.json"), "--json"]);
    t.is(ran.status, 0, ran.errors);
    const y = (JSON.parse(ran.output) as { outputs: readonly { data: readonly number[] }[] }).outputs[0]?.data ?? [];
    const real = present(runReal(original, new Map([["x", Float64Array.from(x.data as Float32Array)]])).get("y"), "y");
    const error = Math.max(...y.map((v, k) => Math.abs(v - (real[k] ?? 0))));
    t.true(error <= bound && bound < 1e-4, `${error} and ${bound}`);
    const plain = present(evalGraph(original, new Map([["x", x]]), "separate").get("y"), "y");
    t.true(seed !== 1 || y.some((v, k) => v !== plain.data[k]), "the bits differ from the model's own");
  }
});

test("numeric: the table, and the bound beside what is attained", (t) => {
  const folder = folderFor(t);
  const path = modelIn(folder, normalised());
  const ran = obligato(["numeric", path, "--box", "-1,1"]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /node +low +high +propagated +introduced +total\n/);
  t.regex(ran.output, /output y: within \S+; attained on 20 inputs \S+, bound ÷ attained \d/);
  const { outputs } = JSON.parse(obligato(["numeric", path, "--box", "-1,1", "--json"]).output) as { outputs: readonly { ratio: number }[] };
  t.true(outputs.every(({ ratio }) => ratio >= 1));
  t.is(obligato(["numeric", modelIn(folder, normalised("Erf")), "--box", "-1,1"]).status, 2);
});

test("boxes: one range, ranges by input and by element; mistakes are refused", (t) => {
  const inputs = [{ name: "a", type: "f32", shape: [2] }, { name: "b", type: "f32", shape: [1] }] as const;
  t.deepEqual([...rangesIn(rangeOfText("-1,2") ?? [0, 0], inputs).values()], [[[-1, 2], [-1, 2]], [[-1, 2]]]);
  t.deepEqual([...rangesIn(parseBox(`{"a": [[0, 1], [2, 3]], "b": [4, 5]}`), inputs).values()], [[[0, 1], [2, 3]], [[4, 5]]]);
  t.is(rangeOfText("box.json"), undefined);
  for (const text of ["[", "[]", `{"a": 1}`, `{"a": [1, 0]}`, `{"a": [0, 1, 2]}`, `{"a": ["x", 1]}`]) refuses(t, "box", () => parseBox(text));
  for (const text of [`{"a": [0, 1]}`, `{"a": [0, 1], "b": [0, 1], "c": [0, 1]}`, `{"a": [[0, 1]], "b": [0, 1]}`]) refuses(t, "box", () => rangesIn(parseBox(text), inputs));
});

test("requests: lemmas and limits as text and in a schedule; mistakes are refused", (t) => {
  t.deepEqual(lemmaOfText("split-k:a:b:4:strided"), { lemma: "split-k", node: "a:b", parts: 4, order: "strided" });
  t.deepEqual(lemmaOfText("fold-batch-normalization:bn"), { lemma: "fold-batch-normalization", node: "bn" });
  t.deepEqual([replicationOfText("exact"), replicationOfText("1e-4"), replicationOfText("8ulp")], ["exact", { maxAbsError: 1e-4 }, { maxUlp: 8 }]);
  for (const wrong of ["split-k", "split-k:a", "relu-max", ""]) refuses(t, "lemma", () => lemmaOfText(wrong));
  for (const wrong of [{}, [{}], [{ lemma: "split-k", node: 1, parts: 2 }], [{ lemma: "fold-batch-normalization", parts: 2 }]]) refuses(t, "lemma", () => parseLemmas(wrong));
  for (const wrong of ["near", {}, { maxAbsError: -1 }, { other: 1 }]) refuses(t, "replication", () => parseReplication(wrong));
  const text = `{ "version": 1, "steps": [], "lemmas": [{ "lemma": "split-k", "node": "n", "parts": 2 }], "replication": { "maxAbsError": 0.5 } }`;
  const schedule = parseSchedule(text, "s.json");
  t.deepEqual(parseSchedule(printSchedule(schedule), "s.json"), schedule);
  t.deepEqual(schedule.lemmas, [{ lemma: "split-k", node: "n", parts: 2, order: "contiguous" }]);
});
