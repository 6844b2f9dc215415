/** The text of programs: print and parse are inverse, and nothing but canonical text is read. */
import test from "ava";
import { constant, indexValue, load, loop, op, store } from "../../ir/loop/build.js";
import { literal, variable } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printLines, printProgram } from "../../ir/loop/print.js";
import type { Node, Program } from "../../ir/loop/program.js";
import { maxNesting, maxValueDepth } from "../../ir/loop/visit.js";
import { Refusal } from "../../ir/prelude.js";
import { caseNames, readCase } from "./support.js";

for (const name of caseNames) {
  test(`${name}: printing what was parsed gives the same text`, (t) => {
    const text = readCase(name);
    const program = parseProgram(text);
    t.is(printProgram(program), text);
    t.deepEqual(parseProgram(printProgram(program)), program);
    t.is([...printLines(program)].join("\n") + "\n", text);
  });
}

test("a program built from constructors survives its text", (t) => {
  const origin = { node: 'a "b"\u2028\n', pass: "p" };
  const value = op("add.f32", load("x"), constant("f32", -0));
  const program: Program = {
    name: "built",
    buffers: [
      { name: "x", type: "f32", shape: [], kind: "input", label: "" },
      { name: "y", type: "i64", shape: [3], kind: "output", label: "é" },
      { name: "t", type: "f32", shape: [1], kind: "temp", place: { offset: 0 } },
    ],
    body: [
      store("s", { buffer: "t", index: [literal(0)] }, value, origin),
      loop({ variable: "i", extent: 3, mode: "parallel" }, origin, [
        store("n", { buffer: "y", index: [variable("i")] }, indexValue(variable("i")), origin),
      ]),
    ],
  };
  t.deepEqual(parseProgram(printProgram(program)), program);
  t.true(printProgram(program).includes("add.f32(x[], f32:0x80000000)"));
});

const base = readCase("tile-tail.loop");

/** Each line: what is wrong, the text to replace in tile-tail.loop, by what, and where the refusal points. */
const malformed: readonly (readonly [title: string, from: string, to: string, where: string, what: RegExp])[] = [
  ["an unknown buffer kind", "local acc", "scratch acc", "5:1", /input, output, weight, temp, local/],
  ["an unknown element type", "f32[8]\n", "f24[8]\n", "5:11", /element type/],
  ["an unknown loop mode", "0..4 serial", "0..4 block", "7:15", /serial, unrolled, vector, parallel/],
  ["a loop that does not start at 0", "t in 0..4", "t in 1..4", "7:11", /starts at 0/],
  ["an extent beyond the safe integers", "0..4", "0..9007199254740993", "7:13", /below 2\^53/],
  ["a hexadecimal extent", "0..4", "0..0x4", "7:13", /integer/],
  ["a missing origin", ' from "dense" by "tile" {', " {", "7:22", /expected `from`/],
  ["an unclosed string", '"dense" by', '"dense by', "7:38", /expected `by`/],
  ["a broken escape", '"dense"', '"den\\xse"', "7:27", /no JSON string/],
  ["a short constant", "f32:0x80000000", "f32:0x8000", "9:24", /8 hexadecimal digits/],
  ["a constant of no type", "f32:0x80000000", "f31:0x80000000", "9:24", /no element type/],
  ["a divisor of zero", "x[8*t + u]", "x[floordiv(u, 0)]", "13:46", /floordiv by 0/],
  ["an unknown index function", "x[8*t + u]", "x[div(u, 4)]", "13:36", /no function of an index/],
  ["an index that overflows", "x[8*t + u]", "x[9007199254740991 + 9007199254740991]", "13:67", /left the safe integers/],
  ["a condition that compares with 1", "+ 29 >= 0", "+ 29 >= 1", "12:27", /compares with 0/],
  ["a condition with another relation", "+ 29 >= 0", "+ 29 < 0", "12:22", /unexpected character/],
  ["an index not in canonical form", "x[8*t + u]", "x[u + 8*t]", "13:1", /not canonical/],
  ["a wrong indentation", "    zero:", "   zero:", "9:1", /not canonical/],
  ["a tab", "    zero:", "\tzero:", "9:1", /unexpected character/],
  ["a comment", "    zero:", "    # zero\n    zero:", "9:5", /unexpected character/],
  ["trailing blanks", "local acc f32[8]", "local acc f32[8] ", "5:1", /not canonical/],
  ["a leading zero", "0..4", "0..04", "7:1", /not canonical/],
  ["a missing brace", "  }\n}\n", "  }\n", "21:1", /expected `}`/],
  ["a brace too many", "  }\n}\n", "  }\n}\n}\n", "22:1", /expected a loop, guard or store/],
  ["no blank line after the buffers", "[8]\n\nfor", "[8]\nfor", "6:1", /one of input/],
  ["a carriage return", "[8]\n\n", "[8]\r\n\n", "5:17", /unexpected character/],
  ["no line end at the end", "}\n}\n", "}\n}", "21:2", /end of the line/],
  ["an empty text", base, "", "1:1", /expected `program`/],
];

for (const [title, from, to, where, what] of malformed) {
  test(`refuses ${title}`, (t) => {
    t.true(base.includes(from));
    const error = t.throws(() => parseProgram(base.replace(from, () => to)), { instanceOf: Refusal });
    t.is(error.refusal, "usage");
    t.is(error.code, "loop-syntax");
    t.is(error.where, where);
    t.regex(error.message, what);
  });
}

test("a truncated text is refused unless it ends after a top-level node", (t) => {
  for (let length = 0; length < base.length; length++) {
    const text = base.slice(0, length);
    if (text.endsWith("f32[8]\n\n")) t.is(parseProgram(text).body.length, 0);
    else t.throws(() => parseProgram(text), { instanceOf: Refusal }, text.slice(-20));
  }
});

function nested(depth: number): Program {
  const origin = { node: "n", pass: "p" };
  let body: readonly Node[] = [];
  for (let d = depth - 1; d >= 0; d--) body = [loop({ variable: `i${d}`, extent: 1 }, origin, body)];
  return { name: "deep", buffers: [], body };
}

test("nesting up to the limit is read, beyond it refused", (t) => {
  t.deepEqual(parseProgram(printProgram(nested(maxNesting))), nested(maxNesting));
  t.throws(() => parseProgram(printProgram(nested(maxNesting + 1))), { instanceOf: Refusal, message: /nest deeper than 128/ });
  const hostile = `program p\n\n${"if 0 >= 0 {\n".repeat(100_000)}`;
  t.throws(() => parseProgram(hostile), { instanceOf: Refusal, message: /nest deeper/ });
});

test("values and indices nested without end are refused, not a stack overflow", (t) => {
  const text = (value: string, index: string): string => `program p\n\ns: y[${index}] = ${value} from "n" by "p"\n`;
  const value = (depth: number): string => `${"neg.f32(".repeat(depth)}x[]${")".repeat(depth)}`;
  t.notThrows(() => parseProgram(text(value(maxValueDepth), "")));
  t.throws(() => parseProgram(text(value(maxValueDepth + 1), "")), { instanceOf: Refusal, message: /operators nest deeper/ });
  t.throws(() => parseProgram(text(value(500_000), "")), { instanceOf: Refusal, message: /operators nest deeper/ });
  t.throws(() => parseProgram(text("x[]", "mod(".repeat(500_000))), { instanceOf: Refusal, message: /floordiv and mod nest deeper/ });
});
