/**
 * Numbers that are known to be near 0 are rounded by a record of their own: where the bound of their magnitude says so
 * and nowhere else, and what the reader is told of others it refuses. The record itself is proved with the others
 * (records.test.ts).
 */
import { join } from "node:path";
import test from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { magnitudesOf } from "../../backends/c/magnitude.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { readBack } from "../../backends/c/readback.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { storesOf } from "../../ir/loop/visit.js";
import { Refusal, present } from "../../ir/prelude.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board as board } from "../../src/toolchain/boards.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { near } from "./record-programs.js";
import { bits, expected, inFolder, trappingFlags } from "./support.js";

const { program, weights } = near;
const files = emitC(program, { model: "near", weights }).files;

function sourceOf(all: readonly EmittedFile[], name = "near.c"): string {
  return present(all.find((file) => file.name === name), name).text;
}

/** Those that are called by the function of the node. */
function recordsIn(text: string): readonly string[] {
  return [...text.slice(text.indexOf("static void near_n")).matchAll(/((?:near|rounded)_[iu]8\w*)\(/g)].map(([, record = ""]) => record);
}

test("near: sums of integers times a scale are rounded as near numbers, floats and large products are not", (t) => {
  t.deepEqual(recordsIn(sourceOf(files)), ["near_i8", "near_i8_i32", "near_u8", "near_i8", "rounded_i8", "rounded_i8", "near_i8_f32", "near_u8_f32", "rounded_i8_i32"]);
  t.is(printProgram(checkedReadBack(files).program), printProgram(program));
});

/** Changes of the text: a number that may be far, another definition. */
const wrong: readonly (readonly [what: string, file: string, from: string, to: string, message?: RegExp])[] = [
  ["a float of the caller as a near number", "near.c", "rounded_i8(a[i]", "near_i8(a[i]", /may be far from 0/],
  ["a large product as a near number", "near.c", "rounded_i8(cast_i32_f32(acc[0]) * l[i]", "near_i8(cast_i32_f32(acc[0]) * l[i]", /may be far from 0/],
  ["a float of the caller as a near number less a zero point", "near.c", "cast_i32_f32(subw_i32(rounded_i8_i32(a[i], z[0]), cast_i8_i32(k[0])))", "near_i8_f32(a[i], z[0], k[0])", /may be far from 0/],
  ["a sum that is not started as a near number", "near.c", "sum[0] = m[i];", "sum[0] = a[i];", /may be far from 0/],
  ["a sum that grows by itself as a near number", "near.c", "sum[0] + (h[i] * m[j])", "sum[0] + (sum[0] * m[j])", /may be far from 0/],
  ["a zero point of the other type", "near.c", "near_i8_f32(h[i], z[0], k[0])", "near_i8_f32(h[i], z[0], u[0])"],
  ["no zero point to subtract", "near.c", "near_i8_f32(h[i], z[0], k[0])", "near_i8_f32(h[i], z[0])"],
  ["a near number less a zero point by its operators", "near.c", "near_i8_f32(h[i], z[0], k[0])", "cast_i32_f32(subw_i32(near_i8_i32(h[i], z[0]), cast_i8_i32(k[0])))"],
  ["held by another limit before the zero point is subtracted", "near.c", "0x4b40007f - z", "0x4b40003f - z"],
  ["another zero point subtracted by instructions", "near.c", "return (float)((n) - from);", "return (float)((n) - z);"],
  ["the wrong zero point subtracted", "near.c", "(0xc00000 - z) + from", "(0xc00000 - from) + z"],
  ["a scale that makes a near number far", "near_weights.c", "0x1p-8f", "0x1p+1f", /may be far from 0/],
  ["a scale that is infinite", "near_weights.c", "0x1p-8f", "0x1p+127f", /may be far from 0/],
  ["a divisor near 0", "near_weights.h", "{-0x1.8p-2f}", "{0x1p-126f}", /may be far from 0/],
  ["a near number as any", "near.c", "near_u8(h[i]", "rounded_u8(h[i]"],
  ["the record of the other type", "near.c", "near_u8(h[i]", "near_i8(h[i]"],
  ["truncation", "near.c", "vcvtr.s32.f32 %1, %2\\n\\tvmov", "vcvt.s32.f32 %1, %2\\n\\tvmov"],
  ["saturated to 7 bits", "near.c", "ssat %0, #8, %1", "ssat %0, #7, %1"],
  ["held before another zero point is added", "near.c", "(z == (-128))", "(z == 0)"],
  ["held by another limit", "near.c", "(low < 255) ? low : 255", "(low < 127) ? low : 127"],
  ["not told whether the compiler knows the zero point", "near.c", "__builtin_constant_p(z) && ", ""],
];

for (const [what, name, from, to, message] of wrong) {
  test(`near: ${what} is refused`, (t) => {
    t.true(sourceOf(files, name).includes(from), "the place is there");
    const edited = files.map((file) => (file.name === name ? { ...file, text: file.text.replace(from, to) } : file));
    t.throws(() => checkedReadBack(edited), { instanceOf: Refusal, code: "c-subset", ...(message === undefined ? {} : { message }) });
    if (message !== undefined) t.throws(() => readBack(edited), { instanceOf: Refusal, message }, "without the comparison of texts, too");
  });
}

test("near: zero points exchanged are another program", (t) => {
  const call = "near_i8_f32(h[i], z[0], k[0])";
  const other = files.map((file) => ({ ...file, text: file.text.replace(call, "near_i8_f32(h[i], k[0], z[0])") }));
  t.true(sourceOf(files).includes(call));
  t.not(printProgram(readBack(other).program), printProgram(program));
});

/** Two nodes of one form, whose functions are one. */
function twins(scales: readonly [number, number]): { readonly text: string; readonly files: readonly EmittedFile[] } {
  const part = (k: number): string => `for i${k} in 0..8 serial from "round${k}" by "lower" {
  s${k}: r${k}[i${k}] = cast.f32.i8(add.f32(rint.f32(mul.f32(cast.i16.f32(x${k}[i${k}]), m${k}[i${k}])), cast.i8.f32(r${k}[i${k}]))) from "round${k}" by "lower"
}
`;
  const buffers = ["x0 \"x0\" i16[8]", "x1 \"x1\" i16[8]"].map((b) => `input ${b}\n`).join("") + ["r0", "r1"].map((b) => `output ${b} "${b}" i8[8]\n`).join("") + ["m0", "m1"].map((b) => `weight ${b} f32[8] = "${b}"[d0]\n`).join("");
  const twin = parseProgram(`program twins\n${buffers}\n${part(0)}${part(1)}`);
  const made = emitC(twin, { model: "twins", weights: new Map(scales.map((scale, k) => [`m${k}`, tensorOf("f32", [8], new Array<number>(8).fill(scale))])) }).files;
  return { text: sourceOf(made, "twins.c"), files: made };
}

test("near: a function of several nodes rounds near numbers where those of all its nodes are", (t) => {
  for (const [scales, record] of [[[1, 2], "near_i8"], [[1, 2 ** 20], "rounded_i8"], [[2 ** 20, 1], "rounded_i8"]] as const) {
    const { text, files: made } = twins(scales);
    t.is([...text.matchAll(/^static void /gm)].length, 1);
    t.true(text.includes(`= ${record}(cast_i16_f32`) || text.includes(`${record}(cast_i16_f32`), record);
    checkedReadBack(made);
  }
  const { files: made } = twins([1, 2 ** 20]);
  const near = sourceOf(twins([1, 2]).files, "twins.c");
  t.throws(() => readBack(made.map((file) => (file.name === "twins.c" ? { ...file, text: near } : file))), { message: /may be far from 0/ });
});

/** The bound of what each store of a program holds. */
function bounds(text: string, given: ReadonlyMap<string, Tensor> = new Map()): readonly number[] {
  const parsed = parseProgram(text);
  const magnitude = magnitudesOf(parsed, given);
  return storesOf(parsed).map(({ store: { value } }) => magnitude(value));
}

test("near: what wraps around, sums of floats without a start, inputs and quotients of what may be 0 have the bound of their type", (t) => {
  const found = bounds(`program magnitudes
input a "a" f32[4]
input b "b" u8[4]
input c "c" i8[4]
output y "y" u8[4]
output v "v" i8[4]
output n "n" i32[4]
output m "m" i32[4]
output f "f" f32[4]
output g "g" f32[4]
output q "q" f32[4]
output p "p" f32[4]
output o "o" f32[4]
weight w f32[2] = "W"[d0]
local s f32[]

for i in 0..4 serial from "n" by "lower" {
  s0: y[i] = subw.u8(b[i], u8:0x01) from "n" by "lower"
  s1: v[i] = addw.i8(c[i], i8:0x01) from "n" by "lower"
  s2: n[i] = subw.i32(cast.i8.i32(c[i]), cast.u8.i32(b[i])) from "n" by "lower"
  s3: m[i] = mulw.i32(n[i], n[i]) from "n" by "lower"
  s4: s[] = add.f32(f32:0x3f800000, s[]) from "n" by "lower"
  s5: s[] = add.f32(s[], f32:0x3f800000) from "n" by "lower"
  s6: f[i] = s[] from "n" by "lower"
  s7: g[i] = mul.f32(f32:0x00000000, a[i]) from "n" by "lower"
  s8: q[i] = div.f32(f32:0x3f800000, w[0]) from "n" by "lower"
  s9: p[i] = div.f32(f32:0x3f800000, cast.i8.f32(c[i])) from "n" by "lower"
  s10: o[i] = mul.f32(f32:0x7f000000, f32:0x40800000) from "n" by "lower"
}
`, new Map([["w", tensorOf("f32", [2], [0, 4])]]));
  t.deepEqual(found, [256, 128, 128 + 256, 2 ** 31, Infinity, Infinity, Infinity, Infinity, Infinity, Infinity, Infinity]);
});

test("near: a quotient has no bound where a divisor is no number", (t) => {
  const text = `program quotient
output q "q" f32[2]
weight w f32[2] = "W"[d0]

for i in 0..2 serial from "n" by "lower" {
  s: q[i] = div.f32(f32:0x3f800000, w[i]) from "n" by "lower"
}
`;
  const of = (...values: readonly number[]): readonly number[] => bounds(text, new Map([["w", tensorOf("f32", [2], values)]]));
  t.true((of(2, -4)[0] ?? 0) < 0.5001);
  t.deepEqual([...of(2, NaN), ...of(2, 0)], [Infinity, Infinity]);
});

/** Sums on both sides of where rounding and saturation change, and floats that are no numbers. */
function inputsFor(): readonly Tensor[] {
  const sums = Array.from({ length: 64 }, (_, k) => [0, 1, -1, 5, 16, 64, -181, 32767, -32768, 256, 129, -90][k % 12] ?? 0);
  const floats = Array.from({ length: 64 }, (_, k) => [0, NaN, Infinity, -Infinity, 2.5, -0.5, 255.5, -1e30][k % 8] ?? 0);
  return [tensorOf("i16", [64], sums), tensorOf("f32", [64], floats)];
}

test("near: on the host they are what the operators are, and nothing overflows on the way", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  const inputs = inputsFor();
  const outputs = program.buffers.filter(({ kind }) => kind === "output");
  await inFolder(async (folder) => {
    for (const floatCompare of ["float", "integer"] as const) {
      const sources = join(folder, floatCompare);
      await writeEmission(sources, emitC(program, { model: "near", weights, floatCompare }));
      for (const compiler of await findCompilers()) {
        const { binary } = await compileModel({ folder: sources, model: "near", compiler, optimisation: "O2", extra: trappingFlags, output: join(sources, compiler.kind) });
        t.deepEqual((await runCompiled(binary, inputs, outputs)).map(bits), expected(near, inputs).map(bits), `${floatCompare} ${compiler.kind}`);
      }
    }
  });
});

test("near: by the instructions of a Cortex-M4 they are what the operators are, whether or not the compiler knows the zero point", async (t) => {
  if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
  const inputs = inputsFor();
  for (const optimisation of ["O0", "O2"] as const) {
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: "near", weights }));
      const { binary } = await compileForBoard({ board, folder, model: "near", program, optimisation, output: folder });
      t.deepEqual((await runOnBoard({ board, output: folder, program }, binary, [inputs])).map((found) => found.map(bits)), [expected(near, inputs).map(bits)]);
    });
  }
});
