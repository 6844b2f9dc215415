/**
 * Single weights stand in the header, where the compiler of the program knows them. A function that several nodes run
 * names those that hold the same number for all of them, and the reader compares the numbers.
 */
import test from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC, printCandidate } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { readBack } from "../../backends/c/readback.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { Refusal, present } from "../../ir/prelude.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { bits, expected, inFolder } from "./support.js";

/** Two nodes of one form, each with a number of its own and a row of them; `mode` is that of the first loop. */
function twins(numbers: readonly [number, number], mode = "serial"): { readonly program: ReturnType<typeof parseProgram>; readonly weights: ReadonlyMap<string, Tensor>; readonly files: readonly EmittedFile[] } {
  const part = (k: number): string => `for i${k} in 0..8 ${k === 0 ? mode : "serial"} from "add${k}" by "lower" {
  s${k}: r${k}[i${k}] = add.f32(mul.f32(x${k}[i${k}], m${k}[i${k}]), z${k}[]) from "add${k}" by "lower"
}
`;
  const lines = [0, 1].map((k) => `input x${k} "x${k}" f32[8]`).concat([0, 1].map((k) => `output r${k} "r${k}" f32[8]`), [0, 1].flatMap((k) => [`weight m${k} f32[8] = "m${k}"[d0]`, `weight z${k} f32[] = "z${k}"[]`]));
  const program = parseProgram(`program twins\n${lines.join("\n")}\n\n${part(0)}${part(1)}`);
  const weights = new Map(numbers.flatMap((number, k) => [[`m${k}`, tensorOf("f32", [8], [1, 2, 3, 4, 5, 6, 7, k])], [`z${k}`, tensorOf("f32", [], [number])]] as const));
  return { program, weights, files: emitC(program, { model: "twins", weights }).files };
}

function textOf(files: readonly EmittedFile[], name: string): string {
  return present(files.find((file) => file.name === name), name).text;
}

function edited(files: readonly EmittedFile[], name: string, from: string, to: string): readonly EmittedFile[] {
  return files.map((file) => (file.name === name ? { ...file, text: file.text.replace(from, to) } : file));
}

test("header weights: a single number is defined in the header and nowhere else; under lanes, or where it is none, it is declared", (t) => {
  const { program, files } = twins([0.5, 0.25]);
  t.regex(textOf(files, "twins_weights.h"), /\nstatic const float twins_w1\[1\] = \{0x1p-1f\};\n/);
  t.regex(textOf(files, "twins_weights.h"), /\nextern const float twins_w0\[8\];\n/);
  t.false(textOf(files, "twins_weights.c").includes("twins_w1"));
  t.is(printProgram(checkedReadBack(files).program), printProgram(program));
  for (const other of [twins([0.5, 0.25], "vector"), twins([Infinity, 0.25])]) {
    t.regex(textOf(other.files, "twins_weights.h"), /\nextern const float twins_w1\[1\];\n/);
    t.regex(textOf(other.files, "twins_weights.c"), /\nconst float twins_w1\[1\] = \{\n/);
    t.is(printProgram(checkedReadBack(other.files).program), printProgram(other.program));
  }
});

test("header weights: a number in the header that is another one, or another text, is refused", (t) => {
  const { files } = twins([0.5, 0.25]);
  t.throws(() => readBack(edited(files, "twins_weights.h", "{0x1p-1f}", "{0x1p-3f}")), { instanceOf: Refusal, message: /weights_are_intact/ }, "the self-test has the sum of all");
  for (const [from, to] of [["{0x1p-1f}", "{0x1p-1f, 0x1p-1f}"], ["{0x1p-1f}", "{}"], ["{0x1p-1f}", "{1}"], ["static const float twins_w1[1]", "static float twins_w1[1]"], ["#endif", "#endif\nextern int w;"]] as const) {
    t.throws(() => readBack(edited(files, "twins_weights.h", from, to)), { instanceOf: Refusal, code: "c-subset" });
  }
});

test("header weights: a function of several nodes names the numbers that they have in common and is told of others", (t) => {
  const common = textOf(twins([0.5, 0.5]).files, "twins.c");
  t.true(common.includes("    const float *const z0 = &twins_w1[0];"));
  t.false(common.includes("const float z0[1]"));
  const told = textOf(twins([0.5, 0.25]).files, "twins.c");
  t.true(told.includes("const float z0[1]"));
  for (const numbers of [[0.5, 0.5], [0.5, 0.25], [0, -0]] as const) {
    const { program, files } = twins(numbers);
    t.is([...textOf(files, "twins.c").matchAll(/^static void /gm)].length, 1);
    t.is(printProgram(checkedReadBack(files).program), printProgram(program));
  }
});

test("header weights: a number that is not common, or an array that a function is not told of, is refused", (t) => {
  const text = textOf(twins([0.5, 0.5]).files, "twins.c");
  for (const numbers of [[0.5, 0.25], [0.5, -0.5]] as const) {
    const files = twins(numbers).files.map((file) => (file.name === "twins.c" ? { ...file, text } : file));
    t.throws(() => readBack(files), { instanceOf: Refusal, message: /z0 stands for z1, which holds something else/ });
  }
  t.throws(() => readBack(twins([0, -0]).files.map((file) => (file.name === "twins.c" ? { ...file, text } : file))), { message: /holds something else/ });
});

test("header weights: a candidate without any other weight has the files that it includes", (t) => {
  const program = parseProgram(`program single
input x "x" f32[8]
output r "r" f32[8]
weight z f32[] = "z"[]

for i in 0..8 serial from "add" by "lower" {
  s: r[i] = add.f32(x[i], z[]) from "add" by "lower"
}
`);
  const weights = new Map([["z", tensorOf("f32", [], [0.5])]]);
  for (const files of [printCandidate(program, { model: "single", weights }), emitC(program, { model: "single", weights }).files]) {
    const included = files.flatMap(({ text }) => [...text.matchAll(/^#include "(.*)"$/gm)].map(([, name]) => name));
    t.true(included.includes("single_weights.h"));
    t.deepEqual(included.filter((name) => files.every((file) => file.name !== name)), []);
  }
});

test("header weights: what compilers make of them is what the program means", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  for (const numbers of [[0.5, 0.5], [0.5, 0.25]] as const) {
    const { program, weights } = twins(numbers);
    const inputs = [0, 1].map((k) => tensorOf("f32", [8], [0, 1.5, -2, 3e38, -0, 5, 6, k]));
    const outputs = program.buffers.filter(({ kind }) => kind === "output");
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: "twins", weights }));
      for (const compiler of await findCompilers()) {
        const { binary } = await compileModel({ folder, model: "twins", compiler, optimisation: "O2", output: `${folder}/${compiler.kind}` });
        t.deepEqual((await runCompiled(binary, inputs, outputs)).map(bits), expected({ name: "twins", program, weights }, inputs).map(bits));
      }
    });
  }
});
