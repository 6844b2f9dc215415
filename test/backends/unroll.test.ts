/** The line that asks a compiler to take an unrolled loop apart: where it stands and where it must not. */
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
