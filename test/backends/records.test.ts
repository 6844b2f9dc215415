/**
 * Records: calls that stand for several operators. Their text means what the reader expands it
 * to, by a solver and by runs on the host and on a core that has the instructions; a text that
 * is wrong in one place is refused or reads as another program.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { Refusal } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board } from "../../src/toolchain/boards.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers, requireTool } from "../../src/toolchain/tools.js";
import { randomFrom } from "../loop/support.js";
import { hasTools } from "../support/tools.js";
import { quads, records } from "./record-programs.js";
import { bits, caseOf, expected, inFolder, inputsOf, trappingFlags } from "./support.js";
import { problems } from "./record-problems.js";

const files = emitC(records.program, { model: "records", weights: records.weights }).files;
const source = files.find(({ name }) => name === "records.c")?.text ?? "";

const quadFiles = emitC(quads.program, { model: "quads", weights: quads.weights }).files;

function textOf(name: string): string {
  return quadFiles.find((file) => file.name === name)?.text ?? "";
}

function edited(from: string, to: string): readonly EmittedFile[] {
  return files.map((file) => ({ ...file, text: file.text.replace(from, to) }));
}

test("records: pairs of steps and rounded values are calls, and weights of such pairs have 16 bits", (t) => {
  t.is([...source.matchAll(/ = dot2_i16\(/g)].length, 2);
  t.is([...source.matchAll(/= rounded_[iu]8\(/g)].length, 2);
  t.regex(source, /= subw_i32\(rounded_i8_i32\(a\[l\], z\[l\]\), cast_i8_i32\(z\[0\]\)\);/);
  t.regex(source, /const int16_t \*const w = &records_w0\[0\];/);
  t.false(/mulw_i32|rint_f32/.test(source), "what only records do is not defined beside them");
});

test("records: only the roundings that are called are defined, and that which they convert", (t) => {
  const text = printProgram(records.program).replaceAll("cast.f32.u8(add.f32(rint.f32(mul.f32(a[j], f32:0x42800000)), cast.u8.f32(u[j])))", "cast.f32.u8(a[j])").replace("cast.f32.i8(add.f32(rint.f32(a[i]), cast.i8.f32(z[i])))", "z[i]");
  const printed = emitC(parseProgram(text), { model: "records", weights: records.weights }).files.find(({ name }) => name === "records.c")?.text ?? "";
  t.deepEqual([...printed.matchAll(/^static inline .* (rounded_\w+)\(/gm)].map(([, name]) => name), ["rounded_i8_i32", "rounded_i8_i32", "rounded_i8_i32"], "in its three texts");
});

/** Changes of one call or definition; each would be another computation. */
const wrong: readonly (readonly [what: string, from: string | RegExp, to: string])[] = [
  ["the pair before", "&w[(((o * 4) + k) * 2) + 0]", "&w[(((o * 4) + k) * 2) + 1]"],
  ["another pair of x", "&x[(c * 8) + (2 * k)]", "&x[(c * 8) + k]"],
  ["operands exchanged", /&(x\[[^&]*\]), &(w\[[^;]*\])\);/, "&$2, &$1);"],
  ["another accumulator before", "dot2_i16(acc[c],", "dot2_i16(acc[0],"],
  ["another accumulator after", "acc[c] = dot2_i16", "acc[0] = dot2_i16"],
  ["no step but the definition", "dot2_i16(acc[c],", "dot3_i16(acc[c],"],
  ["weights of 8 bits under 16", "const int16_t *const w ", "const int8_t *const w "],
  ["the halves the other way round", "(uint32_t)x[0] * (uint32_t)y[0]", "(uint32_t)x[0] * (uint32_t)y[1]"],
  ["without sign", "const int16_t *x, const int16_t *y)\n{\n    return (int32_t)(((uint32_t)a", "const uint16_t *x, const uint16_t *y)\n{\n    return (int32_t)(((uint32_t)a"],
  ["the instruction that exchanges halves", "__builtin_arm_smlad(", "__builtin_arm_smladx("],
  ["three steps", "/* e in 0..2 unrolled", "/* e in 0..3 unrolled"],
  ["a loop of another kind", "/* e in 0..2 unrolled", "/* e in 0..2 serial"],
  ["another zero point", "rounded_i8(a[i], z[i])", "rounded_i8(a[i], z[0])"],
  ["the record of the other type", "rounded_i8(a[i], z[i])", "rounded_u8(a[i], z[i])"],
  ["the wide record of another value", "rounded_i8_i32(a[l], z[l])", "rounded_i8_i32(a[l], z[0])"],
  ["the wide record of the other type", "rounded_i8_i32(a[l], z[l])", "rounded_u8_i32(a[l], z[l])"],
  ["the narrow record where the wide one is meant", "rounded_i8_i32(a[l]", "rounded_i8(a[l]"],
  ["not held from above", "((low < most) ? low : most)", "low"],
  ["held by the zero point of nothing", "(float)((-128) - z)", "(float)(-128)"],
  ["truncation", "vcvtr.s32.f32", "vcvt.s32.f32"],
  ["saturated to 7 bits", "ssat %0, #8", "ssat %0, #7"],
  ["a range that the compiler is told and that is not", "(n > 127)", "(n > 63)"],
  ["flags that the compiler is not told of", '"cc", "vfpcc"', '"cc"'],
  ["too large a range", "0x4a800000", "0x4b800000"],
  ["a NaN that is not 0", "movvs %0, #0", "movvs %0, %3"],
  ["a NaN taken for a number", "movvs %0, #0", "moveq %0, #0"],
];

for (const [what, from, to] of wrong) {
  test(`records: ${what} is refused or is another program`, (t) => {
    const text = source.replace(from, to);
    t.not(text, source, "the place is there");
    try {
      t.not(printProgram(checkedReadBack(edited(source, text)).program), printProgram(records.program));
    } catch (error) {
      t.true(error instanceof Refusal && error.code === "c-subset", String(error));
    }
  });
}

test("records: three and four steps are calls, and what four are read from starts where 8 divides the address", (t) => {
  const text = textOf("quads.c");
  t.deepEqual([...text.matchAll(/ = (dot[0-9]_i16)\(/g)].map(([, name]) => name), ["dot4_i16", "dot3_i16"]);
  t.regex(text, /\n {8}arena_i16 = &arena_i16\[quad_start\(arena_i16\)\];\n {8}quads_n/);
  t.regex(textOf("quads_weights.c"), /const int16_t quads_w0\[6\] = \{[^]*const int16_t quads_w1\[24\] STARTS_AT_8 = \{/);
  t.regex(textOf("quads.h"), /QUADS_ARENA_I16 \(23\)/);
});

/** Changes of one place in one file, or of two that belong together; each would read elsewhere, or where no word starts. */
const wrongQuads: readonly (readonly [what: string, file: string, ...changes: readonly (readonly [from: string, to: string])[]])[] = [
  ["an address that 4 elements do not divide", "quads.c", ["&t[(c * 8) + (4 * k)]", "&t[(c * 8) + (2 * k)]"]],
  ["a place that 4 elements do not divide", "quads.c", ["@ 4", "@ 2"], ["&arena_i16[4]", "&arena_i16[2]"]],
  ["an arena that starts anywhere", "quads.c", ["arena_i16 = &arena_i16[quad_start(arena_i16)];", ""]],
  ["an arena that starts at the next element", "quads.c", ["arena_i16[quad_start(arena_i16)]", "arena_i16[1]"]],
  ["an address that 4 divides", "quads.c", ["(uintptr_t)a & 7u", "(uintptr_t)a & 3u"]],
  ["an arena without the elements before its start", "quads.h", ["(23)", "(20)"]],
  ["weights that start anywhere", "quads_weights.c", [" STARTS_AT_8 =", " ="]],
  ["weights that start where 4 divides the address", "quads_weights.h", ["aligned(8)", "aligned(4)"]],
  ["words exchanged", "quads.c", ["(int32_t)(v >> 32)", "(int32_t)v"]],
  ["four steps as three", "quads.c", ["dot4_i16(acc", "dot3_i16(acc"]],
  ["three steps as two", "quads.c", ["dot3_i16(own", "dot2_i16(own"]],
  ["the third step twice", "quads.c", ["dot2_i16(a, x, y) + ((uint32_t)x[2]", "dot2_i16(a, x, y) + ((uint32_t)x[1]"]],
  ["a byte of 16 bits that is not cast", "quads.c", ["(int8_t)v[", "v["]],
  ["a byte of 16 bits as another type", "quads.c", ["(int8_t)v[", "(uint8_t)v["]],
  ["four from an input", "quads.c", ["&t[(c * 8) + (4 * k)]", "&x[(c * 8) + (4 * k)]"]],
];

for (const [what, name, ...changes] of wrongQuads) {
  test(`records: ${what} is refused or is another program`, (t) => {
    const text = changes.reduce((before, [from, to]) => {
      t.true(before.includes(from), "the place is there");
      return before.replace(from, to);
    }, textOf(name));
    try {
      t.not(printProgram(checkedReadBack(quadFiles.map((file) => (file.name === name ? { ...file, text } : file))).program), printProgram(quads.program));
    } catch (error) {
      t.true(error instanceof Refusal && error.code === "c-subset", String(error));
    }
  });
}

test("records: four steps that do not start where 8 divides the address are a loop", (t) => {
  const text = printProgram(quads.program);
  for (const other of [text.replace("@ 4", "@ 2"), text.replace("e + 4*k]", "e + 3*k]"), text.replace("t i16[2,8] @ 4", "t i16[2,9] @ 4").replace("e + 4*k]", "e + 4*k + 1]")]) {
    t.not(other, text);
    const printed = emitC(parseProgram(other), { model: "quads", weights: quads.weights }).files.find(({ name }) => name === "quads.c")?.text ?? "";
    t.false(printed.includes("= dot4_i16("));
  }
});

test("records: wherever an arena of a Cortex-M4 starts, four steps read what they mean; without its start moved they fault", async (t) => {
  const board = cortexM4Board;
  if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
  const inputs = inputsOf(quads, 5);
  const { program } = quads;
  const start = "        arena_i16 = &arena_i16[quad_start(arena_i16)];\n";
  const run = async (lines: string): Promise<unknown> => inFolder(async (folder) => {
    const files = quadFiles.map((file) => ({ ...file, text: file.text.replace(start, lines).replace("I16 (23)", "I16 (40)") }));
    await writeEmission(folder, { files, harness: [] });
    const { binary } = await compileForBoard({ board, folder, model: "quads", program, optimisation: "O2", output: folder });
    return (await runOnBoard({ board, output: folder, program }, binary, [inputs])).map((found) => found.map(bits));
  });
  for (const elements of [0, 1, 2, 3, 5]) t.deepEqual(await run(`        arena_i16 = &arena_i16[${elements}];\n${start}`), [expected(quads, inputs).map(bits)]);
  await t.throwsAsync(run("        arena_i16 = &arena_i16[quad_start(arena_i16) + 1];\n"));
});

test("records: a weight that does not fit its 8 bits is refused", (t) => {
  const weights = files.map((file) => (file.name === "records_weights.c" ? { ...file, text: file.text.replace(/\{\n {4}-?[0-9]+/, "{\n    300") } : file));
  t.throws(() => checkedReadBack(weights), { message: /a value of w is no i8/ });
});

test("records: what differs in one respect from a pair of steps is a loop", (t) => {
  const text = printProgram(records.program);
  const others = [
    text.replaceAll("for e in 0..2 unrolled", "for e in 0..2 serial").replaceAll("for h in 0..2 unrolled", "for h in 0..2 vector"),
    text.replace("addw.i32(acc[c], mulw", "subw.i32(acc[c], mulw").replace("x[f, 2*g + h + 1]", "x[f, 2*g + 2*h]"),
    text.replace("acc[c], mulw", "acc[0], mulw").replace("cast.i16.i32(x[f, g + h])", "mulw.i32(cast.i16.i32(x[f, g + h]), i32:0x00000001)"),
  ];
  for (const other of others) {
    t.not(other, text);
    const printed = emitC(parseProgram(other), { model: "records", weights: records.weights }).files.find(({ name }) => name === "records.c")?.text ?? "";
    t.false(printed.includes("= dot2_i16("));
  }
});

/** Numbers around which rounding and saturation change, each with every zero point that matters. */
function roundingCase(): { readonly subject: ReturnType<typeof caseOf>; readonly inputs: readonly ReturnType<typeof tensorOf>[] } {
  const random = randomFrom(11);
  const special = [0, 0.5, 1.5, 2.5, 126.5, 127.5, 128.5, 254.5, 255.5, 383.5, 2 ** 22 - 0.5, 2 ** 22, 2 ** 22 + 0.5, 2 ** 22 + 1, 2 ** 23, 1.5 * 2 ** 23 - 1, 1.5 * 2 ** 23, 1.5 * 2 ** 23 + 1, 2 ** 31, 2 ** 32, 1e38, 1e-40, Infinity];
  const drawn = Array.from({ length: 3000 }, (_, k) => (random() - 0.5) * 2 ** (k % 34));
  const numbers = [...special, ...special.map((x) => -x), NaN, ...drawn].map(Math.fround);
  const pairs = numbers.flatMap((a, k) => [-128, -1, 0, 127, (k % 256) - 128].map((z) => [a, z] as const));
  const subject = caseOf(`program rounding
input a "a" f32[${pairs.length}]
input z "z" i8[${pairs.length}]
input u "u" u8[${pairs.length}]
output r "r" i8[${pairs.length}]
output s "s" u8[${pairs.length}]
output v "v" i32[${pairs.length}]
output h "h" i16[${pairs.length}]

for i in 0..${pairs.length} serial from "round" by "lower" {
  s0: r[i] = cast.f32.i8(add.f32(rint.f32(a[i]), cast.i8.f32(z[i]))) from "round" by "lower"
}
for j in 0..${pairs.length} serial from "round" by "lower" {
  s1: s[j] = cast.f32.u8(add.f32(rint.f32(a[j]), cast.u8.f32(u[j]))) from "round" by "lower"
}
for l in 0..${pairs.length} serial from "round" by "lower" {
  s3: h[l] = cast.u8.i16(cast.f32.u8(add.f32(rint.f32(a[l]), cast.u8.f32(u[l])))) from "round" by "lower"
}
for k in 0..${pairs.length} serial from "round" by "lower" {
  s2: v[k] = cast.i8.i32(cast.f32.i8(add.f32(rint.f32(a[k]), cast.i8.f32(z[k])))) from "round" by "lower"
}
`);
  const shape = [pairs.length];
  return { subject, inputs: [tensorOf("f32", shape, pairs.map(([a]) => a)), tensorOf("i8", shape, pairs.map(([, z]) => z)), tensorOf("u8", shape, pairs.map(([, z]) => z + 128))] };
}

test("records: rounded values on the host are those of the operators, and nothing overflows on the way", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  const { subject, inputs } = roundingCase();
  await inFolder(async (folder) => {
    const outputs = subject.program.buffers.filter(({ kind }) => kind === "output");
    for (const floatCompare of ["float", "integer"] as const) {
      const sources = join(folder, floatCompare);
      const emission = emitC(subject.program, { model: "rounding", weights: new Map(), floatCompare });
      t.is(printProgram(checkedReadBack(emission.files).program), printProgram(subject.program));
      await writeEmission(sources, emission);
      for (const compiler of await findCompilers()) {
        for (const extra of [[], trappingFlags]) {
          const { binary } = await compileModel({ folder: sources, model: "rounding", compiler, optimisation: "O2", extra, output: join(sources, `${compiler.kind}-${extra.length}`) });
          t.deepEqual((await runCompiled(binary, inputs, outputs)).map(bits), expected(subject, inputs).map(bits), `${floatCompare} ${compiler.kind} ${extra.join(" ")}`);
        }
      }
    }
  });
});

test("records: rounded values by the instructions of a Cortex-M4 are those of the operators", async (t) => {
  const board = cortexM4Board;
  if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
  const { subject, inputs } = roundingCase();
  await inFolder(async (folder) => {
    await writeEmission(folder, emitC(subject.program, { model: "rounding", weights: new Map() }));
    const { program } = subject;
    const { binary } = await compileForBoard({ board, folder, model: "rounding", program, optimisation: "O2", output: folder });
    t.deepEqual((await runOnBoard({ board, output: folder, program }, binary, [inputs])).map((found) => found.map(bits)), [expected(subject, inputs).map(bits)]);
  });
});

for (const { name, text, holds } of problems) {
  test.serial(`records: ${name}: ${holds ? "proved" : "refuted"} by Z3`, async (t) => {
    t.timeout(900_000);
    if (!hasTools(t, "z3")) return;
    await inFolder(async (folder) => {
      const path = join(folder, "problem.smt2");
      writeFileSync(path, text);
      const { output } = await runProcess(requireTool("z3", "to prove records"), [path], { timeLimit: 890_000 });
      t.is(output.toString("utf8").trim(), holds ? "unsat" : "sat");
    });
  });
}
