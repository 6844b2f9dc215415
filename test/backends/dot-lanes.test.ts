/**
 * The record of pairs in lanes: its text is a call for exactly the loops that it stands for, means them by a solver
 * (record-problems.ts, in records.test.ts) and by runs with and without the instruction, and a text that is wrong in one
 * place is refused or reads as another program.
 */
import { join } from "node:path";
import { readFileSync } from "node:fs";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { Refusal } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers, requireTool } from "../../src/toolchain/tools.js";
import { randomFrom } from "../loop/support.js";
import { hasTools } from "../support/tools.js";
import { laneRecords } from "./programs.js";
import { bits, expected, inFolder, trappingFlags } from "./support.js";

const { program, weights } = laneRecords;
const { files } = emitC(program, { model: "lanes", weights });
const source = files.find(({ name }) => name === "lanes.c")?.text ?? "";

test("lanes: pairs of steps in lanes are calls, and their weights have 16 bits", (t) => {
  t.deepEqual([...source.matchAll(/^ *dot2_lanes_i16\((.*)\);$/gm)].map(([, operands]) => operands), [
    "&acc[(r * 8) + 0], &x[(r * 6) + (2 * k)], &w[(((k * 8) + 0) * 2) + 0], 8",
    "&own[0], &x[(g * 6) + 1], &v[(((g * 16) + 0) * 2) + 0], 16",
  ]);
  t.regex(source, /const int16_t \*const w = &lanes_w0\[0\];/);
  t.false(/mulw_i32|dot2_i16/.test(source), "what only the record does is not defined beside it");
});

/** Changes of one call or definition; each would be another computation. */
const wrong: readonly (readonly [what: string, from: string | RegExp, to: string])[] = [
  ["another row of sums", "(&acc[(r * 8) + 0]", "(&acc[0 + 0]"],
  ["sums that begin at another lane", "(&own[0]", "(&own[1]"],
  ["another pair of x", "(2 * k)], &w", "k], &w"],
  ["the pairs of another step", "&w[(((k * 8) + 0) * 2) + 0]", "&w[(((0 * 8) + 0) * 2) + 0]"],
  ["pairs that begin at their second half", "&v[(((g * 16) + 0) * 2) + 0]", "&v[(((g * 16) + 0) * 2) + 1]"],
  ["fewer lanes", "* 2) + 0], 16)", "* 2) + 0], 8)"],
  ["lanes as the comment does not say", "/* h in 0..16 vector", "/* h in 0..8 vector"],
  ["another kind of loop", "/* h in 0..16 vector", "/* h in 0..16 serial"],
  ["steps of another kind", "/* i in 0..2 unrolled", "/* i in 0..2 serial"],
  ["three steps", "/* i in 0..2 unrolled", "/* i in 0..3 unrolled"],
  ["operands exchanged", /&(x\[[^&]*\]), &(v\[[^;]*\]), 16/, "&$2, &$1, 16"],
  ["the record of one lane", "    dot2_lanes_i16(&own", "    dot2_i16(&own"],
  ["weights of 8 bits under 16", "const int16_t *const w ", "const int8_t *const w "],
  ["the instruction that saturates", "__builtin_ia32_pmaddwd256(", "__builtin_ia32_pmaddubsw256("],
  ["lanes that are left out", "c += 8)", "c += 16)"],
  ["lanes of the wide instruction twice", "c += 16)", "c += 8)"],
  ["lanes that the wide instruction keeps", "0xffffU", "0xfffeU"],
  ["a sum that is not added to", "*sums = *sums + (lanes8", "*sums = (lanes8"],
  ["the same half of both", "(uint32_t)x[1] * (uint32_t)y[(2 * c) + 1]", "(uint32_t)x[1] * (uint32_t)y[2 * c]"],
  ["weights without sign", "const int16_t *x, const int16_t *y, int32_t lanes)\n{\n    for", "const int16_t *x, const uint16_t *y, int32_t lanes)\n{\n    for"],
];

for (const [what, from, to] of wrong) {
  test(`lanes: ${what} is refused or is another program`, (t) => {
    const text = source.replace(from, to);
    t.not(text, source, "the place is there");
    const edited = files.map((file) => (file.name === "lanes.c" ? { ...file, text } : file));
    try {
      t.not(printProgram(checkedReadBack(edited).program), printProgram(program));
    } catch (error) {
      t.true(error instanceof Refusal && error.code === "c-subset", String(error));
    }
  });
}

test("lanes: what differs in one respect from pairs in lanes is a loop", (t) => {
  const text = printProgram(program);
  const others = [
    text.replace("for c in 0..8 vector", "for c in 0..8 serial").replace("for h in 0..16 vector", "for h in 0..12 vector"),
    text.replaceAll("w[k, c, e]", "w[e, c, 0]").replace("v[g, h, i]", "v[g, h, 0]"),
    text.replace("x[r, e + 2*k]", "x[r, c - 2]").replaceAll("own[h]", "own[-h + 15]"),
    text.replace("for e in 0..2 unrolled", "for e in 0..2 serial").replace("addw.i32(own[h]", "subw.i32(own[h]"),
  ];
  for (const other of others) {
    t.not(other, text);
    const printed = emitC(parseProgram(other), { model: "lanes", weights }).files.find(({ name }) => name === "lanes.c")?.text ?? "";
    t.false(printed.includes("dot2_lanes_i16(&"));
  }
});

/** The largest products, one of each sign, and drawn ones. */
function inputsOf(): readonly ReturnType<typeof tensorOf>[] {
  const random = randomFrom(5);
  const extremes = [-32768, -32768, 32767, -32768, -1, 32767];
  const drawn = (count: number): readonly number[] => Array.from({ length: count }, () => Math.floor((random() - 0.5) * 65536));
  return [tensorOf("i16", [2, 6], [...extremes, ...drawn(6)]), tensorOf("i16", [2, 16, 2], [...Array.from({ length: 8 }, () => -32768), ...drawn(56)])];
}

test("lanes: sums with the instruction and without are those of the operators, and nothing overflows on the way", async (t) => {
  if (!hasTools(t, "gcc", "nm", "objdump")) return;
  const [inputs, outputs] = [inputsOf(), program.buffers.filter(({ kind }) => kind === "output")];
  const flags = process.arch === "x64" ? readFileSync("/proc/cpuinfo", "utf8").split(/\s+/) : [];
  const wide = [["avx2", "-mavx2"], ["avx512bw", "-mavx512bw"]].flatMap(([flag, option]) => (flag !== undefined && option !== undefined && flags.includes(flag) ? [[option], [option, ...trappingFlags]] : []));
  await inFolder(async (folder) => {
    await writeEmission(folder, emitC(program, { model: "lanes", weights }));
    for (const compiler of await findCompilers()) {
      for (const extra of [[], trappingFlags, ...wide]) {
        const { binary } = await compileModel({ folder, model: "lanes", compiler, optimisation: "O2", extra, output: join(folder, `${compiler.kind}-${extra.join("")}`) });
        t.deepEqual((await runCompiled(binary, inputs, outputs)).map(bits), expected(laneRecords, inputs).map(bits), `${compiler.kind} ${extra.join(" ")}`);
        const { output } = await runProcess(requireTool("objdump", "to see instructions"), ["-d", binary], { timeLimit: 60_000 });
        if (extra.includes("-mavx512bw")) t.regex(output.toString("utf8"), /\bvpmaddwd\b.*%zmm/);
        t.is(/\bvpmaddwd\b/.test(output.toString("utf8")), extra[0]?.startsWith("-mavx") === true, `${compiler.kind} ${extra.join(" ")}`);
      }
    }
  });
});
