/** Weights of i8 that vector loops convert to i16 stand in the text as 16 bits: everywhere or nowhere, with the same values. */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { Refusal } from "../../ir/prelude.js";
import { laneWeights } from "./programs.js";

const { program, weights } = laneWeights;
const { files } = emitC(program, { model: "wide", weights });
const source = files.find(({ name }) => name === "wide.c")?.text ?? "";

test("widened: a weight that a vector loop converts is an array of 16 bits, and no conversion stands in the text", (t) => {
  t.regex(source, /= addw_i32\(y\[c\], mulw_i32\(cast_i16_i32\(x\[\(k \* 16\) \+ c\]\), cast_i16_i32\(w\[\(k \* 16\) \+ c\]\)\)\);/);
  t.regex(source, /= addw_i32\(y\[0\], cast_i16_i32\(w\[0\]\)\);/, "elsewhere too");
  t.regex(source, /const int16_t w\[restrict 48\]/);
  t.false(source.includes("cast_i8_i16"));
  t.is(printProgram(checkedReadBack(files).program), printProgram(program));
});

const wrong: readonly (readonly [what: string, file: string, from: string, to: string])[] = [
  ["an array of 8 bits in one place", "wide.c", "const int16_t w[", "const int8_t w["],
  ["an array of 16 bits without sign", "wide.c", "const int16_t w[", "const uint16_t w["],
  ["another element", "wide.c", "cast_i16_i32(w[(k * 16) + c])", "cast_i16_i32(w[(k * 16) + 0])"],
  ["a value of 8 bits", "wide.c", "cast_i16_i32(w[0])", "cast_i8_i32(w[0])"],
  ["a value that is no i8", "wide_weights.c", "{\n    ", "{\n    300, "],
];

for (const [what, name, from, to] of wrong) {
  test(`widened: ${what} is refused or is another program`, (t) => {
    const edited = files.map((file) => (file.name === name ? { ...file, text: file.text.replace(from, to) } : file));
    t.notDeepEqual(edited, files, "the place is there");
    try {
      t.not(printProgram(checkedReadBack(edited).program), printProgram(program));
    } catch (error) {
      t.true(error instanceof Refusal, String(error));
    }
  });
}

test("widened: what is read as bytes anywhere, or in no vector loop, keeps its 8 bits", (t) => {
  const text = printProgram(program);
  const others = [
    text.replace("cast.i16.i32(cast.i8.i16(w[0, 0]))", "cast.i8.i32(w[0, 0])"),
    text.replace("for c in 0..16 vector", "for c in 0..16 serial"),
  ];
  for (const other of others) {
    t.not(other, text);
    const again = emitC(parseProgram(other), { model: "wide", weights }).files;
    t.regex(again.find(({ name }) => name === "wide.c")?.text ?? "", /const int8_t w\[restrict 48\]/);
    t.is(printProgram(checkedReadBack(again).program), other);
  }
});
