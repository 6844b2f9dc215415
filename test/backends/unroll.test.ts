/** The lines that ask a compiler to take an unrolled loop apart, and to leave a serial one a loop: where they stand and where they must not. */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import type { EmittedFile } from "../../backends/backend.js";
import { printProgram } from "../../ir/loop/print.js";
import { refuses } from "../support/refusals.js";
import { caseOf } from "./support.js";

const tile = (mode: "serial" | "vector"): ReturnType<typeof caseOf> => caseOf(`program tile
input x "x" f32[8,4]
output y "y" f32[4]

for k in 0..8 serial from "sum" by "lower" {
  for i in 0..4 unrolled from "sum" by "unroll-loops" {
    s: y[i] = x[k, i] from "sum" by "lower"
  }
}
for j in 0..4 ${mode} from "sum" by "lower" {
  c: y[j] = x[0, j] from "sum" by "lower"
}
`, []);

const filesOf = ({ program, weights }: ReturnType<typeof caseOf>): readonly EmittedFile[] => emitC(program, { model: "tile", weights }).files;

/** The files with one change in the source. */
function changed(from: string | RegExp, to: string): readonly EmittedFile[] {
  return filesOf(tile("serial")).map((file) => (file.name === "tile.c" ? { ...file, text: file.text.replace(from, to) } : file));
}

test("a program without lanes asks for its unrolled loops, and reads back", (t) => {
  const subject = tile("serial");
  const files = filesOf(subject);
  t.is(files.find(({ name }) => name === "tile.c")?.text.match(/^#pragma GCC unroll 4\n +for \(int32_t i = 0/gm)?.length, 1);
  t.is(printProgram(checkedReadBack(files).program), printProgram(subject.program));
});

test("beside a vector loop nothing is asked", (t) => {
  t.false(filesOf(tile("vector")).some(({ text }) => text.includes("GCC unroll")));
});

const refused: Readonly<Record<string, readonly [string | RegExp, string]>> = {
  "another factor": ["#pragma GCC unroll 4", "#pragma GCC unroll 2"],
  "no line": ["#pragma GCC unroll 4\n", ""],
  "the line above a serial loop": [/( +for \(int32_t k = 0)/, "#pragma GCC unroll 8\n$1"],
  "another line": ["#pragma GCC unroll 4", "#pragma GCC ivdep"],
};

for (const [what, [from, to]] of Object.entries(refused)) {
  test(`refused: ${what}`, (t) => {
    refuses(t, "c-subset", () => checkedReadBack(changed(from, to)));
  });
}

/** A sum over a window of two loops, for lanes. */
const window = ({ tap = "serial", taps = 3, lanes = "vector", step = "add.f32(y[c], mul.f32(x[a, b], v[a, b]))" }): ReturnType<typeof caseOf> => caseOf(`program window
input x "x" f32[2,${taps}]
input v "v" f32[2,${taps}]
output y "y" f32[8]

for i in 0..8 vector from "sum" by "lower" {
  z: y[i] = f32:0x00000000 from "sum" by "lower"
}
for a in 0..2 serial from "sum" by "lower" {
  for b in 0..${taps} ${tap} from "sum" by "lower" {
    for c in 0..8 ${lanes} from "sum" by "vectorise-loops" {
      s: y[c] = ${step} from "sum" by "lower"
    }
  }
}
`, []);

const keptIn = (subject: ReturnType<typeof caseOf>): readonly (string | undefined)[] =>
  filesOf(subject).flatMap(({ text }) => [...text.matchAll(/^#pragma GCC unroll 1\n +for \(int32_t (\w+)/gm)].map(([, name]) => name));

test("a serial loop over taps around the lanes of a sum stays a loop, and reads back", (t) => {
  const subject = window({});
  t.deepEqual(keptIn(subject), ["b"], "the one inside another loop");
  t.is(printProgram(checkedReadBack(filesOf(subject)).program), printProgram(subject.program));
});

test("other loops are left to the compiler", (t) => {
  t.deepEqual(keptIn(window({ tap: "unrolled" })), [], "one that is unrolled");
  t.deepEqual(keptIn(window({ taps: 9 })), [], "a long one, which nobody writes out");
  t.deepEqual(keptIn(window({ lanes: "serial" })), [], "one without lanes");
  t.deepEqual(keptIn(window({ step: "mul.f32(x[a, b], v[a, b])" })), [], "one without a sum");
});

const refusedAround: Readonly<Record<string, readonly [string | RegExp, string]>> = {
  "a loop that need not stay one": ["#pragma GCC unroll 1\n", ""],
  "another loop that shall": [/( +for \(int32_t a = 0)/, "#pragma GCC unroll 1\n$1"],
  "lanes that shall stay a loop": [/#pragma omp simd\n( +for \(int32_t c = 0)/, "#pragma GCC unroll 1\n$1"],
  "taps that are taken apart": ["#pragma GCC unroll 1", "#pragma GCC unroll 3"],
};

for (const [what, [from, to]] of Object.entries(refusedAround)) {
  test(`refused: ${what}`, (t) => {
    const files = filesOf(window({}));
    const edited = files.map((file) => ({ ...file, text: file.text.replace(from, to) }));
    t.notDeepEqual(edited, files, "the place is there");
    refuses(t, "c-subset", () => checkedReadBack(edited));
  });
}
