/** The self test of the emitted code reports what it is there to report. */
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Emission } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runSelftest } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { programs } from "./programs.js";
import { expected, inFolder, inputsOf } from "./support.js";

function perceptron(): Emission {
  const [subject] = programs;
  if (subject === undefined) throw new Error("no program");
  const inputs = inputsOf(subject, 9);
  return emitC(subject.program, { model: subject.name, weights: subject.weights, golden: { inputs, outputs: expected(subject, inputs) } });
}

/** The status of the self test after a change of the text. */
async function statusAfter(file: string, from: string | RegExp, to: string): Promise<number> {
  const emission = perceptron();
  const change = (f: { name: string; text: string }): { name: string; text: string } => (f.name === file ? { name: f.name, text: f.text.replace(from, to) } : f);
  return inFolder(async (folder) => {
    await writeEmission(folder, { files: emission.files.map(change), harness: emission.harness.map(change) });
    const [compiler] = await findCompilers();
    if (compiler === undefined) throw new Error("no compiler");
    const { binary } = await compileModel({ folder, model: "perceptron", compiler, optimisation: "O2" });
    return runSelftest(binary);
  });
}

/** The harness reports what `before` set up. */
function disturbed(include: string, before: string): Promise<number> {
  return statusAfter("perceptron_test_main.c", /#include <stdio.h>([\s\S]*int failed = 0;)/, `${include}\n#include <stdio.h>$1\n    ${before}`);
}

const cases: readonly (readonly [what: string, status: number, run: () => Promise<number>])[] = [
  ["an unchanged build is sound", 0, () => statusAfter("none", "", "")],
  ["one changed weight is found", 3, () => statusAfter("perceptron_weights.c", /0x1\.(.)/, "0x1.$18")],
  ["a changed sign of a zero weight is found", 3, () => statusAfter("perceptron_weights.c", " 0.0f", " -0.0f")],
  ["another output is found", 4, () => statusAfter("perceptron.c", "acc[b] + (", "acc[b] - (")],
  ["a null argument is reported", 1, () => statusAfter("perceptron_test_main.c", "perceptron_selftest(y,", "perceptron_selftest(NULL,")],
];

async function check(t: ExecutionContext, status: number, run: () => Promise<number>): Promise<void> {
  if (hasTools(t, "gcc", "nm")) t.is(await run(), status);
}

for (const [what, status, run] of cases) test(`selftest: ${what}`, (t) => check(t, status, run));

if (process.arch === "x64") {
  test("selftest: subnormal results that become zero are found", (t) =>
    check(t, 2, () => disturbed("#include <xmmintrin.h>", "_mm_setcsr(_mm_getcsr() | 0x8000U);")));
  test("selftest: subnormal operands that become zero are found", (t) =>
    check(t, 2, () => disturbed("#include <xmmintrin.h>", "_mm_setcsr(_mm_getcsr() | 0x0040U);")));
  for (const mode of ["0x2000U", "0x4000U", "0x6000U"]) {
    test(`selftest: rounding mode ${mode} of the control register is found`, (t) =>
      check(t, 2, () => disturbed("#include <xmmintrin.h>", `_mm_setcsr(_mm_getcsr() | ${mode});`)));
  }
}

test("selftest: fast-math is refused by the text itself", async (t) => {
  if (!hasTools(t, "gcc")) return;
  await inFolder(async (folder) => {
    await writeEmission(folder, perceptron());
    const [compiler] = await findCompilers();
    const { status, errors } = await runProcess(compiler?.path ?? "", ["-std=c99", "-ffast-math", "-c", join(folder, "perceptron.c"), "-o", join(folder, "x.o")]);
    t.not(status, 0);
    t.regex(errors, /without -ffast-math/);
  });
});
