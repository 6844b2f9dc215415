/**
 * Where arrays of weights start: which have a mark, that text without it or with another is refused, and that
 * compilers heed it.
 */
import { join } from "node:path";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { Refusal } from "../../ir/prelude.js";
import { elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { findTool } from "../../src/toolchain/tools.js";
import { hasTools, runsOn } from "../support/tools.js";
import { inFolder } from "./support.js";

/** Lanes over w, in each row again; v is read by a serial loop, u beside lanes but for all of them, r by lanes once. */
const program = parseProgram(`program starts
input x "x" f32[5,24]
output y "y" f32[5,24]
output z "z" f32[5]
weight v f32[5] = "V"[d0]
weight w f32[24] = "W"[d0]
weight u f32[5] = "U"[d0]
weight r f32[5,24] = "R"[d0, d1]

for i in 0..5 serial from "scale" by "lower" {
  s0: z[i] = v[i] from "scale" by "lower"
  for c in 0..24 vector from "scale" by "vectorise-loops" {
    s1: y[i, c] = add.f32(mul.f32(x[i, c], w[c]), add.f32(u[i], r[i, c])) from "scale" by "lower"
  }
}
`);
const numbers = (name: string, ...shape: readonly number[]) => [name, tensorOf("f32", shape, Array.from({ length: elementCount(shape) }, (_, k) => k + 0.5))] as const;
const { files } = emitC(program, { model: "starts", weights: new Map([numbers("V", 5), numbers("W", 24), numbers("U", 5), numbers("R", 5, 24)]) });
const textOf = (name: string): string => files.find((file) => file.name === name)?.text ?? "";

test("starts: arrays that lanes read again and again start at a line of the cache, others anywhere", (t) => {
  const heads = (name: string): readonly string[] => [...textOf(name).matchAll(/starts_w\d\[\d+\][^;=]*/g)].map(([head]) => head.trim());
  for (const name of ["starts_weights.h", "starts_weights.c"]) t.deepEqual(heads(name), ["starts_w0[5]", "starts_w1[24] STARTS_AT_64", "starts_w2[5] STARTS_AT_64", "starts_w3[120]"]);
  t.false(textOf("starts_weights.h").includes("STARTS_AT_8"), "a mark that nobody uses is not defined");
});

test("starts: wrong marks are refused", (t) => {
  for (const [from, to] of [
    ["aligned(64)", "aligned(4)"],
    ["extern const float starts_w1[24] STARTS_AT_64", "extern const float starts_w1[24]"],
    ["\nconst float starts_w1[24] STARTS_AT_64", "\nconst float starts_w1[24]"],
    ["\nconst float starts_w0[5]", "\nconst float starts_w0[5] STARTS_AT_64"],
    ["extern const float starts_w0[5]", "extern const float starts_w0[5] STARTS_AT_64"],
  ] as const) {
    const edited = files.map((file) => ({ ...file, text: file.text.replace(from, to) }));
    t.notDeepEqual(edited, files, `the place is there: ${from}`);
    const error = t.throws(() => checkedReadBack(edited), { instanceOf: Refusal });
    t.is(error.code, "c-subset", from);
  }
});

for (const compiler of ["gcc", "clang"]) {
  test(`starts: ${compiler} puts the array where its mark says`, async (t) => {
    if (!hasTools(t, compiler, "nm") || !runsOn(t, "x64")) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, { files, harness: [] });
      const object = join(folder, "weights.o");
      t.is((await runProcess(findTool(compiler) ?? "", ["-std=c99", "-Wall", "-Werror", "-c", join(folder, "starts_weights.c"), "-o", object])).status, 0);
      const { output } = await runProcess(findTool("nm") ?? "", [object]);
      const at = Number.parseInt(/^([0-9a-f]+) \w starts_w1$/m.exec(output.toString("utf8"))?.[1] ?? "1", 16);
      t.is(at % 64, 0);
    });
  });
}
