/** Emitted C reads back as exactly the program it was printed from, and nothing else reads back at all. */
import test from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { readBack } from "../../backends/c/readback.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { loopsOf } from "../../ir/loop/visit.js";
import { materialiseWeight } from "../../ir/loop/weights.js";
import { Refusal } from "../../ir/prelude.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import { allocate, tensorOf } from "../../ir/tensor/tensor.js";
import { randomFrom } from "../loop/support.js";
import { programs } from "./programs.js";
import { type Case, bits, caseOf, expected, inputsOf } from "./support.js";

function filesOf(subject: Case): readonly EmittedFile[] {
  const inputs = inputsOf(subject, 5);
  return emitC(subject.program, { model: subject.name, weights: subject.weights, golden: { inputs, outputs: expected(subject, inputs) } }).files;
}

for (const subject of programs) {
  test(`readback: ${subject.name} reads as the program it was printed from`, (t) => {
    const { program, weights } = subject;
    const read = checkedReadBack(filesOf(subject));
    t.is(printProgram(read.program), printProgram(program));
    t.deepEqual(read.program, program);
    for (const buffer of program.buffers.filter(({ kind }) => kind === "weight")) {
      t.deepEqual(read.weights.get(buffer.name), { ...materialiseWeight(buffer, weights) });
    }
    t.deepEqual([...read.annotated.loops], loopsOf(program).map(({ variable, extent }) => [variable, extent]));
    for (const [op, found] of read.functions) t.deepEqual(found, scalarFunction(op));
    t.deepEqual(read.golden?.inputs.map(bits), inputsOf(subject, 5).map(bits));
  });
}

test("readback: an annotated bound stands where the printer says the loop is", (t) => {
  for (const subject of programs) {
    const { files, loopLines } = emitC(subject.program, { model: subject.name, weights: subject.weights });
    const read = readBack(files);
    t.deepEqual(new Map(read.bounds.map(({ loop, file, line }) => [loop, { file, line }])), loopLines);
  }
});

/** Consistent lies: the reader takes them for what they mean, which is another program. */
const otherTwins: readonly (readonly [what: string, from: RegExp, to: string])[] = [
  ["the weights of another part", /wb q \*\/([^;]*)&twins_w1/, "wc q */$1&twins_w2"],
  ["a place that is read before it is written", /lb p wb q \*\/([^;]*)&arena_f32\[0\], &twins_w1\[0\], &arena_f32\[8\]/, "lb q wb p */$1&arena_f32[8], &twins_w1[0], &arena_f32[0]"],
  ["two parts and not three", / {8}\/\* nodes "second"[^;]*;\n/, ""],
  ["the result of the part before", /(lc) q (wc y \*\/[^;]*)&arena_f32\[8\]/, "$1 p $2&arena_f32[0]"],
];

for (const [what, from, to] of otherTwins) {
  test(`readback: a function called for ${what} is read as that, and is another program`, (t) => {
    const subject = caseNamed("twins");
    const files = filesOf(subject).map((file) => {
      if (file.name !== "twins.c") return file;
      t.regex(file.text, from);
      return { ...file, text: file.text.replace(from, to) };
    });
    const { program } = readBack(files);
    t.not(printProgram(program), printProgram(subject.program));
    const inputs = inputsOf(subject, 5);
    const refused = problemsIn(() => expected({ ...subject, program }, inputs));
    t.notDeepEqual(refused ?? expected({ ...subject, program }, inputs).map(bits), expected(subject, inputs).map(bits));
  });
}

function problemsIn(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function caseNamed(name: string): Case {
  return programs.find((subject) => subject.name === name) ?? caseOf("");
}

/** Operators whose text depends on how floats are compared. */
const ordered = caseOf(`program ordered
input x "x" f32[4]
output y "y" f32[4]

for i in 0..4 serial from "order" by "test" {
  s: y[i] = select.f32(or.bool(lt.f32(x[i], f32:0x3f000000), eq.f32(x[i], x[i])), sqrt.f32(x[i]), neg.f32(x[i])) from "order" by "test"
}
`);

function orderedFiles(): readonly EmittedFile[] {
  return emitC(ordered.program, { model: "ordered", weights: new Map(), floatCompare: "integer" }).files;
}

test("readback: floats compared as integers read as the program it was printed from", (t) => {
  const read = checkedReadBack(orderedFiles());
  t.deepEqual(read.program, ordered.program);
  t.is(read.floatCompare, "integer");
});

/** What would compute something else, or is not what is printed. */
const wrongOrders: readonly (readonly [from: string, to: string, refusal: RegExp])[] = [
  ["return (p < q) &&", "return (p <= q) &&", /expected `<`/],
  ["0U - (x.bits >> 31)", "0U - (x.bits >> 30)", /expected `31`/],
  ["+ 0x7f800000U;", "+ 0x7f800001U;", /expected `0x7f800000U`/],
  ["x.bits ^ 0x80000000U", "x.bits ^ 0x00000000U", /expected `0x80000000U`/],
  ["(r + guess) < square", "(r + guess) <= square", /expected `<`/],
  ["/* Floats are compared by their bits, as integers. */\n", "", /lt.f32 is no function in this file/],
  ["lt_f32(x[i], 0x1p-1f)", "(x[i] < 0x1p-1f)", /not what is printed/],
];

for (const [from, to, refusal] of wrongOrders) {
  test(`readback: floats compared as integers with "${to}" for ${from} are refused`, (t) => {
    const files = orderedFiles().map((file) => {
      if (file.name !== "ordered.c") return file;
      t.true(file.text.includes(from));
      return { ...file, text: file.text.replace(from, to) };
    });
    const error = t.throws(() => checkedReadBack(files), { instanceOf: Refusal });
    t.regex(error?.message ?? "", refusal);
  });
}

/** A change of the emitted text and a part of the refusal it must meet. */
const wrong: readonly (readonly [model: string, file: string, from: string | RegExp, to: string, refusal: RegExp])[] = [
  ["perceptron", "perceptron.c", "for (int32_t o = 0; o < 2; o++)", "for (int32_t o = 0; o < 3; o++)", /comment says 2 iterations/],
  ["perceptron", "perceptron.c", "LOOP_BOUND(o, 2);", "LOOP_BOUND(o, 3);", /has 2 iterations/],
  ["perceptron", "perceptron.c", "o in 0..2", "o in 0..3", /says 3 iterations/],
  ["perceptron", "perceptron.c", "LOOP_BOUND(k, 5);", "", /expected/],
  ["convolution", "convolution.c", "GUARD_START(0, ", "GUARD_START(1, ", /numbered in their order/],
  ["convolution", "convolution.c", /GUARD_END\(0, (\d+)\)/, "GUARD_END(0, 1$1)", /marks of a guard differ/],
  ["convolution", "convolution.c", /GUARD_START\(0, \d+\)/, "GUARD_START(0, 99999999999999999999)", /no count/],
  ["convolution", "convolution.c", /GUARD_START\(0, \d+\);/, "", /expected/],
  ["convolution", "convolution.c", /GUARD_END\(0, \d+\);/, "", /expected/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0.0;", /of type f64 is stored/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0.1f;", /no integer literal/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0x1.0000001p+0f;", /no integer literal/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "k = 0;\n        acc[a] = 0.0f;", /not writable here/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0.0f; /* fine */", /expected the comment of an assignment/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0.0f; // fine", /`\/\/` comments/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] += 0.0f;", /expected `=`/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[acc] = 0.0f;", /no loop variable in scope/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[k] = 0.0f;", /no loop variable in scope/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[2147483647 * (a + a)] = 0.0f;", /may leave int32_t/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "x[a] = 0.0f;", /not writable here/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a / 0] = 0.0f;", /divisor must be a positive literal/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0.0f;\n#pragma omp simd", /expected the comment of an assignment/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = \\\n0.0f;", /not allowed anywhere/],
  ["perceptron", "perceptron.c", "acc[a] = 0.0f;", "acc[a] = 0.0f; goto end;", /expected the comment/],
  ["perceptron", "perceptron.c", "float acc[4];", "float acc[5];", /acc has 4 elements/],
  ["perceptron", "perceptron.c", "float acc[4];", "", /`acc` is not writable/],
  ["perceptron", "perceptron.c", "float acc[4];", "float acc[4];\n    float stray[4];", /`stray` is no buffer/],
  ["perceptron", "perceptron.c", "float *const h = &arena_f32[0];", "float *const h = &arena_f32[4];", /h is at 0/],
  ["perceptron", "perceptron.c", "float *const h = &arena_f32[0];", "float *const h = (float *)&arena_f32[0];", /expected `&`/],
  ["perceptron", "perceptron.c", "= &perceptron_w0[0];", "= &perceptron_w1[0];", /expected `perceptron_w0`/],
  ["perceptron", "perceptron.c", "* 5) + k) * 4)", "* 4) + k) * 4)", /extent 5 is flattened with 4/],
  ["perceptron", "perceptron.c", "(x < 0.0f) ? 0.0f : x", "(x <= 0.0f) ? 0.0f : x", /definition of relu.f32 is not its term/],
  ["perceptron", "perceptron.c", "relu_f32(h[i])", "max_f32(h[i], h[i])", /not defined above/],
  ["perceptron", "perceptron.c", "relu_f32(h[i])", "expf(h[i])", /not defined above/],
  ["perceptron", "perceptron.c", /perceptron_n1_relu_Relu\((x, )?arena_f32, 0, 1\);/, "", /perceptron_n1_relu_Relu is not called/],
  ["perceptron", "perceptron.c", "        perceptron_n2", "        perceptron_n1_relu_Relu(arena_f32);\n        perceptron_n2", /called again, for names that no comment gives/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "&arena_f32[8], &twins_w1[0], &arena_f32[8]", /p is at 0 of its arena/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "&arena_f32[8], &twins_w1[0], &arena_f32[0]", /p is at 0 of its arena/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "&arena_f32[0], &twins_w1[0], &arena_f32[16]", /q is at 8 of its arena/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "&arena_f32[0], &twins_w2[0], &arena_f32[8]", /expected `twins_w1`/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "&arena_f32[0], &twins_w1[1], &arena_f32[8]", /expected `0`/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "x, &twins_w1[0], &arena_f32[8]", /expected `&`/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "arena_f32, &twins_w1[0], &arena_f32[8]", /expected `&`/],
  ["twins", "twins.c", "&arena_f32[0], &twins_w1[0], &arena_f32[8]", "&arena_f32[0], &twins_w1[0]", /expected `,`/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb p wb p */", /two arrays of a function are one/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb q wb p */", /q is at 8 of its arena/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb p wc q */", /expected `twins_w2`/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb p q wb */", /q is not of the type and shape of wa/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers la p wb q */", /la is declared already/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers wc p wb q */", /one is a local/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb p wb x */", /x is constant, and the function may write it/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb p wb q y */", /has 4 buffers/],
  ["twins", "twins.c", "/* buffers lb p wb q */", "/* buffers lb p wb stray */", /`stray` is no buffer/],
  ["twins", "twins.c", "/* loops b0 b1 b2 b3 */", "/* loops b0 b1 b2 */", /has 4 loops/],
  ["twins", "twins.c", "/* loops b0 b1 b2 b3 */", "/* loops b0 b1 a2 b3 */", /`a2` is declared already/],
  ["twins", "twins.c", "/* stores sb0 sb1 sb2 */", "/* stores sb0 sa1 sb2 */", /sa1/],
  ["twins", "twins.c", "/* nodes \"second\" \"second/relu\" */", "/* nodes \"second\" */", /has 2 nodes/],
  ["twins", "twins.c", /        twins_n0_first\(x,[^;]*;\n/, "", /called for other names before its own/],
  ["twins", "twins.c", "twins_n0_first(const float x[8], const float wa[4]", "twins_n0_first(float x[8], const float wa[4]", /input x must be constant/],
  ["twins", "twins.c", "twins_n0_first(const float x[8], const float wa[4]", "twins_n0_first(const float x[8], float wa[4]", /weight wa must be constant/],
  ["twins", "twins.c", "twins_n0_first(const float x[8], const float wa[4]", "twins_n0_first(const float x[8], const float wa[5]", /wa has 4 elements/],
  ["lanes", "lanes.c", "const float x[24]", "const float x[restrict 24]", /x is no weight/],
  ["lanes", "lanes.c", "float y[16]", "float y[restrict 16]", /y is no weight/],
  ["lanes", "lanes.c", "const float w[restrict 16]", "float w[restrict 16]", /weight w must be constant/],
  ["lanes", "lanes.c", "lanes_n0_rows(x, y, &lanes_w0[0])", "lanes_n0_rows(x, y, x)", /expected `&`/],
  ["perceptron", "perceptron.c", "(y != NULL) && ", "", /expected `y`/],
  ["perceptron", "perceptron.c", "y[3], float arena_f32[PERCEPTRON_ARENA_F32])\n{\n    int32_t status", "y[4], float arena_f32[PERCEPTRON_ARENA_F32])\n{\n    int32_t status", /y has 3 elements/],
  ["perceptron", "perceptron.c", "#include <float.h>", "#include <float.h>\n#define acc arena_f32", /expected `#include <limits.h>`/],
  ["perceptron", "perceptron.c", "temp r f32[8] @ 8", "temp r f32[8] @ 0", /r is at 0/],
  ["perceptron", "perceptron.c", 'Node "/relu/Relu"', 'Node "/relu"', /not from node "\/relu"/],
  ["perceptron", "perceptron.c", /$/, "int extra;\n", /text after the entry point/],
  ["perceptron", "perceptron.h", "ARENA_F32 (16)", "ARENA_F32 (15)", /PERCEPTRON_ARENA_F32 \(16\)/],
  ["perceptron", "perceptron.h", "#define PERCEPTRON_OK (0)", "#define PERCEPTRON_OK (1)", /PERCEPTRON_OK \(0\)/],
  ["perceptron", "perceptron.h", "const float x[5], float y[3]", "float y[3], const float x[5]", /expected `const`/],
  ["perceptron", "perceptron_weights.h", "perceptron_w0[40]", "perceptron_w0[41]", /expected "extern const float perceptron_w0\[40\]/],
  ["perceptron", "perceptron_weights.c", /, [^,]*f\n\};/, "\n};", /expected ","/],
  ["perceptron", "perceptron_weights.c", /\n\};/, ", 0.0f\n};", /expected "}"/],
  ["perceptron", "perceptron_weights.c", /0x1\.[0-9a-f]+p/, "0x3.0p", /expected an element of type f32/],
  ["perceptron", "perceptron_weights.c", /0x1\.[0-9a-f]{4,6}p/, "0x1.0000001p", /expected an element of type f32/],
  ["perceptron", "perceptron_selftest.c", "return status;", "return 0;", /expected/],
  ["quantised", "quantised.c", "(int8_t)-128", "(uint8_t)-128", /`-` is no integer literal/],
  ["quantised", "quantised.c", "-2147483647 - 1", "-2147483647 - 2", /ends in `- 1`/],
  ["quantised", "quantised.c", "^ (0U - (uint32_t)", "^ (1U - (uint32_t)", /expected `0U`/],
  ["convolution", "convolution.c", "-INFINITY", "-HUGE_VALF", /no integer literal/],
  ["corners", "corners.c", "float l[2];", "float l[2];\n    float l[2];", /declared already/],
  ["corners", "corners.c", "-0x0.000002p-126f", "-0x0.000002p-127f", /no integer literal/],
];

for (const [model, file, from, to, refusal] of wrong) {
  test(`readback: ${file} with ${JSON.stringify(to).slice(0, 60)} for ${String(from).replaceAll("\n", " ").slice(0, 60)} is refused`, (t) => {
    const subject = programs.find(({ name }) => name === model);
    const files = filesOf(subject ?? caseOf("")).map((f) => (f.name === file ? { name: f.name, text: f.text.replace(from, to) } : f));
    t.not(JSON.stringify(files), JSON.stringify(subject === undefined ? [] : filesOf(subject)), "the change applies");
    const error = t.throws(() => readBack(files), { instanceOf: Refusal });
    t.is(error?.refusal, "invalid");
    t.is(error?.code, "c-subset");
    t.regex(error?.message ?? "", refusal);
    t.true(error?.where === undefined || error.where.includes(model));
  });
}

test("readback: a file missing, added or doubled is refused", (t) => {
  const [perceptron] = programs;
  const files = perceptron === undefined ? [] : filesOf(perceptron);
  for (const changed of [files.slice(1), files.slice(0, -1), [...files, { name: "perceptron_extra.c", text: "" }], [...files, ...files.slice(0, 1)], []]) {
    t.throws(() => readBack(changed), { instanceOf: Refusal });
  }
});

test("readback: another layout of the same tokens is the same program, and still refused as text", (t) => {
  const [perceptron] = programs;
  const files = (perceptron === undefined ? [] : filesOf(perceptron)).map((f) => (f.name.endsWith("n.c") ? { ...f, text: f.text.replace("for (", "for  (") } : f));
  t.is(printProgram(readBack(files).program), printProgram(perceptron?.program ?? readBack(files).program));
  t.throws(() => checkedReadBack(files), { instanceOf: Refusal, message: /not what is printed/ });
});

test("readback: every f32 and f64 pattern of a weight survives, NaN canonical", (t) => {
  const random = randomFrom(3);
  const patterns = Array.from({ length: 4000 }, (_, k) => (k < 512 ? k * 2 ** 23 : k < 1024 ? (k - 512) * 2 ** 23 + 1 : Math.floor(random() * 2 ** 32)));
  const single = new Float32Array(new Uint32Array(patterns).buffer);
  const double = new Float64Array(new Uint32Array(patterns).buffer);
  const subject = parseProgram(
    `program patterns\noutput y "y" f32[4000]\noutput z "z" f64[2000]\nweight v f32[4000] = "V"[d0]\nweight w f64[2000] = "W"[d0]\n\n` +
      `for i in 0..4000 serial from "a" by "t" {\n  s0: y[i] = v[i] from "a" by "t"\n}\nfor j in 0..2000 serial from "b" by "t" {\n  s1: z[j] = w[j] from "b" by "t"\n}\n`,
  );
  const weights = new Map([["V", { type: "f32", shape: [4000], data: single }], ["W", { type: "f64", shape: [2000], data: double }]] as const);
  const read = checkedReadBack(emitC(subject, { model: "patterns", weights }).files);
  t.deepEqual([...read.weights.values()].map(bits), [...weights.values()].map(bits));
});

test("readback: a quarter of a million weights come back", (t) => {
  const size = 264_000;
  const random = randomFrom(11);
  const data = allocate("f32", size).map(() => random() as never);
  const weights = new Map([["W", tensorOf("f32", [size], data)]]);
  const program = parseProgram(`program large\noutput y "y" f32[1]\nweight w f32[${size}] = "W"[d0]\n\ns0: y[0] = w[0] from "a" by "t"\n`);
  const { files } = emitC(program, { model: "large", weights });
  t.deepEqual(readBack(files).weights.get("w")?.data, weights.get("W")?.data);
});
