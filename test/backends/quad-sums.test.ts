/**
 * The records of four sums or differences: their text means the loop that the reader expands it to, by a solver and by runs on the
 * host and on a core that has the instructions; a text that is wrong in one place is refused or reads as another program.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { readBack } from "../../backends/c/readback.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { Refusal } from "../../ir/prelude.js";
import { type Tensor, elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board } from "../../src/toolchain/boards.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers, requireTool } from "../../src/toolchain/tools.js";
import { randomFrom } from "../loop/support.js";
import { hasTools } from "../support/tools.js";
import { quadSumProblems } from "./quad-sum-problems.js";
import { quadSums } from "./record-programs.js";
import { bits, expected, inFolder, trappingFlags } from "./support.js";

const random = randomFrom(3);

/** Halves of all sizes, the least and the greatest among them. */
function halves(...shape: readonly number[]): Tensor {
  return tensorOf("i16", shape, Array.from({ length: elementCount(shape) }, (_, k) => [-32768, 32767][k % 5] ?? Math.floor(random() * 65536) - 32768));
}

const { program } = quadSums;
const weights = new Map([["W", halves(2, 8)]]);
const subject = { ...quadSums, weights };
const inputs = [halves(3, 8)];
const { files } = emitC(program, { model: "sums", weights });

function textOf(name: string): string {
  return files.find((file) => file.name === name)?.text ?? "";
}

const source = textOf("sums.c");

function callsIn(text: string): readonly string[] {
  return [...text.matchAll(/^ *((?:sum|difference)4_i16\(&.*);$/gm)].map(([, call = ""]) => call);
}

test("four sums: loops of four are calls, and what they touch starts where 8 divides the address", (t) => {
  t.deepEqual(callsIn(source), [
    "difference4_i16(&u[(r * 8) + (4 * c)], &t[(r * 8) + (4 * c)], &t[((r + 1) * 8) + (4 * c)])",
    "sum4_i16(&t[(2 * 8) + (4 * d)], &t[(2 * 8) + (4 * d)], &w[(e * 8) + (4 * d)])",
    "sum4_i16(&v[(((f * 2) + g) * 4) + 0], &u[(f * 8) + (4 * g)], &t[(f * 8) + (4 * g)])",
    "sum4_i16(&t[(1 * 8) + (4 * m)], &t[(1 * 8) + (4 * m)], &t[(1 * 8) + (4 * m)])",
  ]);
  t.regex(source, /\n {8}arena_i16 = &arena_i16\[quad_start\(arena_i16\)\];\n {8}sums_n/);
  t.regex(textOf("sums.h"), /SUMS_ARENA_I16 \(47\)/);
  t.regex(textOf("sums_weights.c"), /const int16_t sums_w0\[16\] STARTS_AT_8 = \{/);
  t.false(source.includes("subw_i32("), "what only records do is not defined beside them");
  t.is(printProgram(checkedReadBack(files).program), printProgram(program));
});

type Wrong = readonly [what: string, file: string, from: string | RegExp, to: string];

/** Changes of one place; each would be another computation. */
const wrong: readonly Wrong[] = [
  ["a result elsewhere", "sums.c", "&u[(r * 8) + (4 * c)], &t", "&u[4 * c], &t"],
  ["an operand elsewhere", "sums.c", "&t[((r + 1) * 8) + (4 * c)]", "&t[(r * 8) + (4 * c)]"],
  ["operands exchanged", "sums.c", /(&t\[\(r[^&]*\]), (&t\[\(\(r[^;]*\])\);/, "$2, $1);"],
  ["the other record", "sums.c", "difference4_i16(&u", "sum4_i16(&u"],
  ["a sum of products", "sums.c", "difference4_i16(&u", "dot4_i16(&u"],
  ["a result that starts anywhere", "sums.c", "&u[(r * 8) + (4 * c)], &t", "&u[(r * 8) + c], &t"],
  ["an operand that starts anywhere", "sums.c", "&t[((r + 1) * 8) + (4 * c)]", "&t[((r + 1) * 8) + c]"],
  ["four of the caller's", "sums.c", "&t[((r + 1) * 8) + (4 * c)]", "&x[((r + 1) * 8) + (4 * c)]"],
  ["five steps", "sums.c", "/* k in 0..4 unrolled", "/* k in 0..5 unrolled"],
  ["three steps", "sums.c", "/* k in 0..4 unrolled", "/* k in 0..3 unrolled"],
  ["a loop of another kind", "sums.c", "/* k in 0..4 unrolled", "/* k in 0..4 serial"],
  ["a result that is promised not to change", "sums.c", "    int16_t *const u = &arena_i16[28];", "    const int16_t *const u = &arena_i16[28];"],
  ["a place of three and a half quads", "sums.c", "int16_t *const u = &arena_i16[28]", "int16_t *const u = &arena_i16[30]"],
  ["an arena that starts anywhere", "sums.c", "        arena_i16 = &arena_i16[quad_start(arena_i16)];\n", ""],
  ["an arena that starts where 4 divides the address", "sums.c", "(uintptr_t)a & 7u", "(uintptr_t)a & 3u"],
  ["an arena without the elements before its start", "sums.h", "(47)", "(44)"],
  ["weights that start anywhere", "sums_weights.c", " STARTS_AT_8 =", " ="],
  ["another sign in C", "sums.c", "(int32_t)x[2] - (int32_t)z[2]", "(int32_t)x[2] + (int32_t)z[2]"],
  ["another element in C", "sums.c", "(int32_t)x[3] + (int32_t)z[3]", "(int32_t)x[3] + (int32_t)z[2]"],
  ["the instruction that saturates", "sums.c", "sadd16 %Q0", "qadd16 %Q0"],
  ["the instruction without its second word", "sums.c", "\\n\\tsadd16 %R0, %R0, %R1", ""],
  ["words exchanged", "sums.c", "ssub16 %Q0, %Q0, %Q1", "ssub16 %Q0, %Q0, %R1"],
  ["a register that is written too early", "sums.c", "+&r", "+r"],
  ["memory that the compiler may take for another type's", "sums.c", " __attribute__((may_alias))", ""],
  ["instructions that a compiler has another idea of", "sums.c", "!defined(__clang__) && ", ""],
  ["no definition", "sums.c", /#if defined\(__GNUC__\)[^\n]*\n#define DIFF[^]*?\n#endif\n/, ""],
];

for (const [what, name, from, to] of wrong) {
  test(`four sums: ${what} is refused or is another program`, (t) => {
    const text = textOf(name).replace(from, to);
    t.not(text, textOf(name), "the place is there");
    try {
      t.not(printProgram(checkedReadBack(files.map((file) => (file.name === name ? { ...file, text } : file))).program), printProgram(program));
    } catch (error) {
      t.true(error instanceof Refusal && error.code === "c-subset", String(error));
    }
  });
}

function withSource(text: string): readonly EmittedFile[] {
  return files.map((file) => (file.name === "sums.c" ? { ...file, text } : file));
}

test("four sums: the reader refuses by itself what the printer would have to avoid", (t) => {
  const alone: readonly (readonly [from: string | RegExp, to: string, message: RegExp])[] = [
    ["&u[(r * 8) + (4 * c)], &t", "&u[(r * 8) + c], &t", /an element of u does not start four/],
    ["&t[(r * 8) + (4 * c)]", "&t[(r * 8) + (2 * c)]", /an element of t does not start four/],
    [/t i16\[3,8\] @ 4/, "t i16[3,8] @ 2", /an element of t does not start four|is at 2 of its arena/],
    ["sum4_i16(&t[(2 * 8) + (4 * d)], &t", "sum4_i16(&w[(e * 8) + (4 * d)], &t", /w has no sums that can be written here/],
    ["/* k in 0..4", "/* k in 0..3", /no four steps/],
    [/#if defined\(__GNUC__\)[^\n]*\n#define DIFF[^]*?\n#endif\n/, "", /not defined above/],
  ];
  for (const [from, to, message] of alone) {
    const text = source.replace(from, to);
    t.not(text, source, String(from));
    t.throws(() => readBack(withSource(text)), { message }, String(from));
  }
});

test("four sums: what differs in one respect is a loop", (t) => {
  const text = printProgram(program);
  const others: readonly (readonly [what: string, from: string | RegExp, to: string, left: number])[] = [
    ["a result that starts anywhere", "temp t i16[3,8] @ 4", "temp t i16[3,8] @ 2", 0],
    ["operands of which one starts anywhere", "t[r + 1, 4*c + k]", "t[r + 1, c + k]", 3],
    ["neighbours the other way round", "t[r + 1, 4*c + k]", "t[r + 1, 4*c - k + 3]", 3],
    ["the same element four times", "t[r + 1, 4*c + k]", "t[r + 1, 4*c]", 3],
    ["lanes", "for k in 0..4 unrolled", "for k in 0..4 vector", 3],
    ["a serial loop", "for k in 0..4 unrolled", "for k in 0..4 serial", 3],
    ["a product", "subw.i32(cast.i16.i32(t[r, 4*c + k])", "mulw.i32(cast.i16.i32(t[r, 4*c + k])", 3],
    ["a sum of one operand that is not a load", "subw.i32(cast.i16.i32(t[r, 4*c + k])", "subw.i32(i32:0x00000001", 3],
  ];
  for (const [what, from, to, left] of others) {
    const other = text.replace(from, to);
    t.not(other, text, what);
    const printed = emitC(parseProgram(other), { model: "sums", weights });
    t.is(callsIn(printed.files.find(({ name }) => name === "sums.c")?.text ?? "").length, left, what);
    t.is(printProgram(checkedReadBack(printed.files).program), other, what);
  }
});

test("four sums: a result in an array of a function is a loop, since such an array starts anywhere", (t) => {
  const text = printProgram(program).replace("temp u i16[2,8] @ 28", "local u i16[2,8]");
  const printed = emitC(parseProgram(text), { model: "sums", weights });
  t.deepEqual(callsIn(printed.files.find(({ name }) => name === "sums.c")?.text ?? "").map((call) => call.slice(0, 12)), ["sum4_i16(&t[", "sum4_i16(&t["]);
  t.is(printProgram(checkedReadBack(printed.files).program), text);
});

/** Two parts that are equal but for names, of which the second stores to `target`. */
function alike(target: string): string {
  return `program alike
input x "x" i16[2,8]
output y "y" i16[8]
output z "z" i16[8]
temp t i16[2,8] @ 0
temp u i16[8] @ 16
temp v i16[8] @ 24

for b in 0..2 serial from "move" by "lower" {
  for a in 0..8 serial from "move" by "lower" {
    s0: t[b, a] = x[b, a] from "move" by "lower"
  }
}
for c in 0..2 serial from "one" by "tile" {
  for k in 0..4 unrolled from "one" by "unroll" {
    s1: u[4*c + k] = cast.i32.i16(subw.i32(cast.i16.i32(t[0, 4*c + k]), cast.i16.i32(t[1, 4*c + k]))) from "one" by "lower"
  }
}
for d in 0..2 serial from "two" by "tile" {
  for l in 0..4 unrolled from "two" by "unroll" {
    s2: ${target}[4*d + l] = cast.i32.i16(subw.i32(cast.i16.i32(t[0, 4*d + l]), cast.i16.i32(t[1, 4*d + l]))) from "two" by "lower"
  }
}
for e in 0..8 serial from "out" by "lower" {
  s3: z[e] = u[e] from "out" by "lower"
}
`;
}

test("four sums: parts that are alike share a function with a record only if all their arrays start where four elements can", (t) => {
  for (const [target, functions] of [["v", 1], ["y", 2]] as const) {
    const text = alike(target).replace(target === "v" ? "" : "temp v i16[8] @ 24\n", "");
    const printed = emitC(parseProgram(text), { model: "alike", weights: new Map() });
    const of = printed.files.find(({ name }) => name === "alike.c")?.text ?? "";
    t.is([...of.matchAll(/cast_i32_i16\(subw_i32|difference4_i16\(&/g)].length, functions);
    t.is(callsIn(of).length, 1);
    t.is(printProgram(checkedReadBack(printed.files).program), text);
    const elsewhere = printed.files.map((file) => ({ ...file, text: file.text.replace("arena_i16[24]", "arena_i16[26]").replace("v i16[8] @ 24", "v i16[8] @ 26") }));
    if (target === "v") t.throws(() => readBack(elsewhere), { message: /v does not start at an address that 8 divides/ });
  }
});

test("four sums: on the host they are the loops, and nothing overflows on the way", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  const outputs = program.buffers.filter(({ kind }) => kind === "output");
  await inFolder(async (folder) => {
    await writeEmission(folder, emitC(program, { model: "sums", weights }));
    for (const compiler of await findCompilers()) {
      for (const [optimisation, extra] of [["O0", []], ["O2", []], ["O2", trappingFlags]] as const) {
        const { binary } = await compileModel({ folder, model: "sums", compiler, optimisation, extra, output: join(folder, `${compiler.kind}-${optimisation}-${extra.length}`) });
        t.deepEqual((await runCompiled(binary, inputs, outputs)).map(bits), expected(subject, inputs).map(bits), `${compiler.kind} ${optimisation} ${extra.join(" ")}`);
      }
    }
  });
});

test("four sums: by the instructions of a Cortex-M4 they are the loops, wherever the arena starts; saturated or moved by an element they are not", async (t) => {
  t.timeout(300_000);
  const board = cortexM4Board;
  if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, `${board.prefix}objdump`, board.qemu)) return;
  const start = "        arena_i16 = &arena_i16[quad_start(arena_i16)];\n";
  const run = async (text: string, optimisation: "O0" | "O1" | "O2" | "Os"): Promise<{ readonly found: unknown; readonly code: string }> => inFolder(async (folder) => {
    const roomy = withSource(text).map((file) => ({ ...file, text: file.text.replace("I16 (47)", "I16 (60)") }));
    await writeEmission(folder, { files: roomy, harness: [] });
    const { binary } = await compileForBoard({ board, folder, model: "sums", program, optimisation, output: folder });
    const { output } = await runProcess(requireTool(`${board.prefix}objdump`, "to see instructions"), ["-d", binary], { timeLimit: 60_000 });
    return { found: (await runOnBoard({ board, output: folder, program }, binary, [inputs])).map((of) => of.map(bits)), code: output.toString("utf8") };
  });
  const wanted = [expected(subject, inputs).map(bits)];
  for (const optimisation of ["O0", "O1", "O2", "Os"] as const) {
    const { found, code } = await run(source, optimisation);
    t.deepEqual(found, wanted, optimisation);
    t.regex(code, /\tsadd16\t[^]*\tstrd\t|\tstrd\t[^]*\tsadd16\t/, optimisation);
    if (optimisation === "O2") t.regex(code, /\tldrd\t.*\n.*\tldrd\t.*\n(?:.*\n)?.*\tssub16\t.*\n.*\tssub16\t.*\n(?:.*\n)?.*\tstrd\t/, "five instructions, a step of the loop among them at most twice");
  }
  for (const elements of [1, 2, 3]) t.deepEqual((await run(source.replace(start, `        arena_i16 = &arena_i16[${elements}];\n${start}`), "O2")).found, wanted);
  t.notDeepEqual((await run(source.replaceAll("sadd16 %", "qadd16 %"), "O2")).found, wanted);
  await t.throwsAsync(run(source.replace(start, "        arena_i16 = &arena_i16[quad_start(arena_i16) + 1];\n"), "O2"));
});

for (const { name, text, holds } of quadSumProblems) {
  test.serial(`four sums: ${name}: ${holds ? "proved" : "refuted"} by Z3`, async (t) => {
    t.timeout(300_000);
    if (!hasTools(t, "z3")) return;
    await inFolder(async (folder) => {
      const path = join(folder, "problem.smt2");
      writeFileSync(path, text);
      const { output } = await runProcess(requireTool("z3", "to prove records"), [path], { timeLimit: 290_000 });
      t.is(output.toString("utf8").trim(), holds ? "unsat" : "sat");
    });
  });
}
