/**
 * The record that reads weights in pairs: where it stands, that its text is refused or means another
 * program when it is wrong in one place, and that any float arrives with its bits, by one load of two
 * registers where a core has it.
 */
import test from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { Refusal } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board as board } from "../../src/toolchain/boards.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers, requireTool } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { pairs } from "./pair-program.js";
import { bits, caseOf, expected, inFolder, outputsOf, trappingFlags } from "./support.js";

const files = emitC(pairs.program, { model: "pairs", weights: pairs.weights }).files;

function textOf(printed: readonly EmittedFile[], name: string): string {
  return printed.find((file) => file.name === name)?.text ?? "";
}

const source = textOf(files, "pairs.c");

test("pairs: what is a pair for every value of the loops around is read by the record", (t) => {
  const calls = [...source.matchAll(/pair_f32\((&[^;]*?\], [a-z])\)/g)].map(([, call]) => call);
  t.deepEqual(calls, ["&w[(((((o * 4) + k) * 2) + c) * 2) + 0], e", "&v[(f * 6) + ((2 * g) + 2)], h"]);
  t.true(source.includes("v[(f * 6) + (((2 * g) + h) + 1)]"), "a pair that starts at an odd place is none");
  for (const array of ["pairs_w0[48]", "pairs_w1[18]"]) for (const file of ["pairs_weights.h", "pairs_weights.c"]) t.true(textOf(files, file).includes(`${array} STARTS_AT_8`));
});

/** Changes of one place in one of the files. */
const wrong: readonly (readonly [what: string, from: string, to: string])[] = [
  ["the element of another loop", "+ 0], e)", "+ 0], c)"],
  ["the element of a loop that is no pair", "+ 0], e)", "+ 0], k)"],
  ["the next pair", "+ ((2 * g) + 2)], h)", "+ ((2 * g) + 4)], h)"],
  ["a pair at an odd place", "+ ((2 * g) + 2)], h)", "+ ((2 * g) + 3)], h)"],
  ["an element of no pair", "&w[(((((o * 4) + k) * 2) + c) * 2) + 0], e", "&x[k], e"],
  ["an element read alone", "pair_f32(&v[(f * 6) + ((2 * g) + 2)], h)", "v[(f * 6) + (((2 * g) + h) + 2)]"],
  ["a pair where there is none", "v[(f * 6) + (((2 * g) + h) + 1)]", "pair_f32(&v[(f * 6) + ((2 * g) + 1)], h)"],
  ["a loop of another kind", "/* e in 0..2 unrolled", "/* e in 0..2 serial"],
  ["the elements exchanged", "pair.each[k]", "pair.each[1 - k]"],
  ["one element for both", "return x[k];", "return x[0];"],
  ["a double that is computed with", "*(const both_f32 *)x;", "*(const both_f32 *)x + 0.0;"],
  ["arrays that start anywhere", "aligned(8)", "aligned(4)"],
  ["a declaration that does not say where it starts", "extern const float pairs_w0[48] STARTS_AT_8", "extern const float pairs_w0[48]"],
  ["a definition that does not", "\nconst float pairs_w1[18] STARTS_AT_8", "\nconst float pairs_w1[18]"],
];

for (const [what, from, to] of wrong) {
  test(`pairs: ${what} is refused or is another program`, (t) => {
    const edited = files.map((file) => ({ ...file, text: file.text.replace(from, to) }));
    t.notDeepEqual(edited, files, "the place is there");
    try {
      t.not(printProgram(checkedReadBack(edited).program), printProgram(pairs.program));
    } catch (error) {
      t.true(error instanceof Refusal && error.code === "c-subset", String(error));
    }
  });
}

test("pairs: what differs in one respect is read as it was", (t) => {
  const text = printProgram(pairs.program);
  const others = [
    text.replace("for e in 0..2 unrolled", "for e in 0..2 serial"),
    text.replace("w[o, k, c, e]", "w[o, k, e, c]").replace("for c in 0..2 unrolled", "for c in 0..2 serial"),
    text.replace("w[o, k, c, e]", "w[o, k, 0, 0]"),
    text.replace("weight w f32[3,4,2,2]", "weight w f32[3,4,2,3]").replace("2*d2 + d3, d1]", "d2 + d3, d1]"),
  ];
  for (const other of others) {
    t.not(other, text);
    const printed = emitC(parseProgram(other), { model: "pairs", weights: pairs.weights }).files;
    t.false(textOf(printed, "pairs.c").includes("pair_f32(&w"));
    t.true(textOf(printed, "pairs.c").includes("pair_f32(&v"));
    t.false(textOf(printed, "pairs_weights.h").includes("_w0[48] STARTS_AT_8"));
  }
});

test("pairs: an array with an odd number of elements may end in half a pair, and is read as it was", (t) => {
  const odd = parseProgram(printProgram(pairs.program).replace("weight v f32[3,6]", "weight v f32[3,7]").replaceAll("v[f, 2*g + h + ", "v[2, 2*g + h + "));
  t.false(textOf(emitC(odd, { model: "pairs", weights: new Map([...pairs.weights, ["V", tensorOf("f32", [3, 7], Array.from({ length: 21 }, (_, k) => k))]]) }).files, "pairs.c").includes("pair_f32(&v"));
});

/** Every float of a list, copied from the weights in pairs. */
function copies(numbers: readonly number[]): ReturnType<typeof caseOf> {
  const { program } = caseOf(`program copies
output y "y" f32[${numbers.length}]
weight w f32[${numbers.length}] = "W"[d0]

for i in 0..${numbers.length / 2} serial from "copy" by "tile" {
  for k in 0..2 unrolled from "copy" by "tile" {
    s0: y[2*i + k] = w[2*i + k] from "copy" by "lower"
  }
}
`);
  return { name: "copies", program, weights: new Map([["W", tensorOf("f32", [numbers.length], numbers)]]) };
}

const numbers = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126), 2 ** 127, 3.5, Math.fround(0.1), 0x7fffff * 2 ** -149, -Math.fround(1e38)];

for (const subject of [pairs, copies(numbers)]) {
  const inputs = pairs === subject ? [tensorOf("f32", [4], [1, -0.5, Infinity, 2 ** -140])] : [];

  test(`pairs: ${subject.name} on the host`, async (t) => {
    if (!hasTools(t, "gcc", "nm")) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(subject.program, { model: subject.name, weights: subject.weights }));
      for (const compiler of await findCompilers()) {
        const { binary } = await compileModel({ folder, model: subject.name, compiler, optimisation: "O2", extra: trappingFlags, output: folder });
        t.deepEqual((await runCompiled(binary, inputs, outputsOf(subject))).map(bits), expected(subject, inputs).map(bits), compiler.kind);
      }
    });
  });

  test(`pairs: ${subject.name} on a Cortex-M4, two registers by one load`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, `${board.prefix}objdump`, board.qemu)) return;
    await inFolder(async (folder) => {
      const { name: model, program, weights } = subject;
      await writeEmission(folder, emitC(program, { model, weights }));
      const { binary, objects } = await compileForBoard({ board, folder, model, program, optimisation: "O2", output: folder });
      t.deepEqual((await runOnBoard({ board, output: folder, program }, binary, [inputs])).map((found) => found.map(bits)), [expected(subject, inputs).map(bits)]);
      const { output } = await runProcess(requireTool(`${board.prefix}objdump`, "to read code"), ["-d", objects.find((object) => object.endsWith(`/${model}.o`)) ?? ""], {});
      t.regex(output.toString("utf8"), /vldr\td[0-9]+, \[|vldmia\tr[0-9]+!, \{d[0-9]+\}/);
    });
  });
}
