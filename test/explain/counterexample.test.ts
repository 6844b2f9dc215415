/** What a person is shown of a refuted claim, and the test that is made of it: it compiles, runs and shows the difference. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { atLeast, equals, literal, minus, plus, shift, variable } from "../../ir/loop/index-expr.js";
import { present } from "../../ir/prelude.js";
import { and, condition, falsehood, not, or } from "../../proofs/kernel/obligation.js";
import { infix } from "../../src/explain/infix.js";
import { sourceLoops } from "../../src/explain/source-loops.js";
import { catalogue } from "../../src/mutate/catalogue.js";
import { explainPass } from "../../src/mutate/explain.js";
import { runCatalogue } from "../../src/mutate/index.js";
import { printTensorsAsBits, readTensorsAsBits } from "../../src/run/loop-file.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { folderFor, modelIn, obligato } from "../cli/support.js";
import { hasTools } from "../support/tools.js";

async function explained(name: string, folder?: string): Promise<string> {
  const pass = present(catalogue.find((it) => it.name === name), name);
  const [row] = await runCatalogue({ only: name });
  return (await explainPass(pass, row, folder)).join("\n");
}

const [i, j] = [variable("i"), variable("j")];

test("infix: negative terms stand on the other side, implications are arrows", (t) => {
  t.is(infix(condition(atLeast(shift(i, 2), j))), "i + 2 ≥ j");
  t.is(infix(condition(atLeast(literal(3), i))), "i ≤ 3");
  t.is(infix(not(condition(equals(plus(i, j), literal(4))))), "i + j ≠ 4");
  t.is(infix(or(not(condition(atLeast(i, j))), condition(equals(minus(i, j), literal(0))))), "i ≥ j ⇒ i = j");
  t.is(infix(not(and(condition(atLeast(i, literal(1))), condition(atLeast(j, literal(1)))))), "¬(i ≥ 1 ∧ j ≥ 1)");
  t.is(infix(falsehood), "false");
});

test("source loops: the statements of a claim, the loops around them, lines as in the file", (t) => {
  const { after } = present(catalogue.find(({ name }) => name === "missing-double-buffer"), "entry");
  t.deepEqual(sourceLoops(after, new Map([["next", ">"]])), [
    "      9  for i in 0..4 serial {",
    "     10    if -i + 2 >= 0 {",
    "     11      for b in 0..3 serial {",
    "> ".concat("   12        next: l[b] = neg.f32(x[i + 1, b])"),
  ]);
});

test("counterexample: instances with values, elements, order, both programs, the values that differ", async (t) => {
  const text = await explained("missing-double-buffer");
  t.regex(text, /^claim {4}No store of next to the element comes between first and load 0 of s\./m);
  t.regex(text, /^reader {5}s\[i = 0, j = 0\] reads l\[0\], writes y\[0, 0\]; θ = \(1, 0, 1, 0, 0\)$/m);
  t.regex(text, /^writer {5}next\[i = 0, b = 0\] reads x\[1, 0\], writes l\[0\]/m);
  t.regex(text, /^order {6}producer first\[e = 0\] then writer next\[i = 0, b = 0\] then reader s\[i = 0, j = 0\]$/m);
  t.regex(text, /^before:\n[^]*s: y\[i, j\] = sqrt[^]*^after: local l f32\[3\]\n/m);
  t.regex(text, /^replayed \(ordinary, seed 1\): output y\[0, 1\], element 1\n {2}before 0x[0-9a-f]{8} = [-\d.e]+\n {2}after {2}0x[0-9a-f]{8} = [-\d.e]+ {2}\(\d+ ulp apart\)$/m);
});

test("counterexample: an instance that does not exist is said not to", async (t) => {
  t.regex(await explained("halo-short-by-one"), /^producer {3}p\[t = \d, v = 5\] does not exist: outside of its loops or guards$/m);
});

for (const name of ["missing-double-buffer", "bias-indexed-by-batch", "packed-axes-swapped", "scan-vectorised"]) {
  test.serial(`emitted test: ${name} compiles as C99, runs, and shows the difference`, async (t) => {
    if (!hasTools(t, "gcc")) return;
    const folder = join(folderFor(t), "test");
    const text = await explained(name, folder);
    const binary = join(folder, "difference");
    const sources = readdirSync(folder).filter((file) => file.endsWith(".c")).map((file) => join(folder, file));
    const built = spawnSync("gcc", ["-std=c99", "-Wall", "-Wextra", "-ffp-contract=off", ...sources, "-o", binary, "-lm"], { encoding: "utf8" });
    t.is(built.status, 0, built.stderr);
    const ran = spawnSync(binary, [], { encoding: "utf8" });
    t.is(ran.status, 1, ran.stdout);
    t.regex(ran.stdout, /^output y, element \d+: before 0x[0-9a-f]+ = .*, after 0x[0-9a-f]+ = .*\n$/);
    const [, element] = /element (\d+)\n/.exec(text) ?? [];
    if (name !== "packed-axes-swapped") t.true(ran.stdout.includes(`element ${element ?? ""}:`), `${text}\n${ran.stdout}`);
  });
}

test.serial("emitted test: both programs run from their text, and differ", async (t) => {
  const folder = join(folderFor(t), "test");
  await explained("bias-indexed-by-batch", folder);
  const run = (name: string) => obligato(["run", join(folder, `${name}.loop`), "--inputs", join(folder, "inputs.json"), "--tensors", join(folder, "tensors.json"), "--json"]);
  const [before, after] = [run("before"), run("after")];
  t.deepEqual([before.status, after.status], [0, 0], before.errors + after.errors);
  t.not(before.output, after.output);
});

test.serial("emitted test: a program that leaves its buffers comes without C", async (t) => {
  const folder = join(folderFor(t), "test");
  await explained("prefetch-past-the-end", folder);
  t.deepEqual(readdirSync(folder).toSorted(), ["README.md", "after.loop", "before.loop", "inputs.json", "tensors.json"]);
});

test("tensors as bits: every bit pattern comes back, and what is none is refused", (t) => {
  const folder = folderFor(t);
  const tensors = new Map([["a", tensorOf("f32", [4], [-0, NaN, Infinity, 2 ** -149])], ["b", tensorOf("i64", [2], [-1n, 2n ** 62n])], ["c", tensorOf("u8", [], [255])]]);
  const path = modelIn(folder, Buffer.from(printTensorsAsBits(tensors)), "t.json");
  t.is(printTensorsAsBits(readTensorsAsBits(path)), readFileSync(path, "utf8"));
  const bad = modelIn(folder, Buffer.from('{"a": {"type": "f32", "shape": [1], "bits": ["0x123456789"]}}'), "bad.json");
  t.throws(() => readTensorsAsBits(bad), { message: /element 0 is no bit pattern of f32/ });
  t.true(existsSync(path));
});
