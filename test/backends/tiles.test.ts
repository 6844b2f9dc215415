/**
 * The records of tiles: their text is a call for exactly the loops that they stand for, means them by a solver
 * (tile-problems.ts) and by runs with the instructions and without, and a text that is wrong in one place, of
 * which the addresses go elsewhere, is refused or reads as another program.
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
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board } from "../../src/toolchain/boards.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers, requireTool } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { bits, expected, inFolder, inputsOf, trappingFlags } from "./support.js";
import { tileProblems } from "./tile-problems.js";
import { tiles } from "./tile-program.js";

const { program, weights } = tiles;
const { files } = emitC(program, { model: "tiles", weights });
const source = files.find(({ name }) => name === "tiles.c")?.text ?? "";

function withSource(text: string): readonly EmittedFile[] {
  return files.map((file) => (file.name === "tiles.c" ? { ...file, text } : file));
}

test("tiles: loops of rows, columns and quads are calls, and the text says how their addresses move", (t) => {
  t.deepEqual([...source.matchAll(/^ *(tile\w+\(&tile_now, .*);$/gm)].map(([, call]) => call), [
    "tile2x2_i16(&tile_now, acc, &t[((((k0 + m) * 6) + (k1 + (2 * n))) * 8) + (4 * q)], &t[((((k0 + m) * 6) + ((k1 + (2 * n)) + 1)) * 8) + (4 * q)], &w[(((((((k0 * 3) + k1) * 2) + q) * 2) + 0) * 4) + 0])",
    "tile_moved(&tile_now, 24, 0)",
    "tile2x1_i16(&tile_now, own, &t[(((r0 * 6) + (r1 + 4)) * 8) + (4 * e)], &w[(((((((r0 * 3) + r1) * 2) + e) * 2) + 0) * 4) + 0])",
    "tile_moved(&tile_now, 32, 16)",
    "tile2x2_i16(&tile_now, one, &u[4 * z], &u[(1 * 64) + (4 * z)], &v[(((z * 2) + 0) * 4) + 0])",
    "tile4x1_i16(&tile_now, four, &u[(1 * 64) + ((4 * ki) + (16 * kt))], &f[((((ki + (4 * kt)) * 4) + 0) * 4) + 0])",
  ]);
  t.is(printProgram(checkedReadBack(files).program), printProgram(program));
});

/** Changes of one place, or of all that are alike; each would be another computation. */
const wrong: readonly (readonly [what: string, from: string | RegExp, to: string])[] = [
  ["addresses that do not move far enough", "tile_moved(&tile_now, 24, 0)", "tile_moved(&tile_now, 16, 0)"],
  ["addresses that move too far in the weights", "tile_moved(&tile_now, 24, 0)", "tile_moved(&tile_now, 24, 16)"],
  ["weights that do not move", "tile_moved(&tile_now, 32, 16)", "tile_moved(&tile_now, 32, 0)"],
  ["addresses that move in another loop", /( *)LOOP_BOUND\(k1, 3\);\n *\}\n *(tile_moved.*;)/, "$1$2\n$1LOOP_BOUND(k1, 3);\n$1}"],
  ["addresses that move before the tile", /( *\/\* k1 in[^]*?)\n *(tile_moved\(&tile_now, 24, 0\);)/, "$2\n$1"],
  ["addresses that never move", "tile_moved(&tile_now, 32, 16);", ""],
  ["addresses that move twice", "tile_moved(&tile_now, 32, 16);", "tile_moved(&tile_now, 32, 16); tile_moved(&tile_now, 32, 16);"],
  ["addresses that begin a column later", "tile_at(&t[(((m * 6) + (2 * n)) * 8) + 0]", "tile_at(&t[(((m * 6) + ((2 * n) + 1)) * 8) + 0]"],
  ["a second column that begins at the first", /tile_at\((&t\[[^&]*), &t\[[^&]*, &w/, "tile_at($1, $1, &w"],
  ["weights that begin a row later", "8) + 0], &w[0])", "8) + 0], &w[8])"],
  ["addresses in another array", "= tile_at(&u[0]", "= tile_at(&t[0]"],
  ["columns further apart", "((k1 + (2 * n)) + 1)) * 8) + (4 * q)], &w[(", "((k1 + (2 * n)) + 2)) * 8) + (4 * q)], &w[("],
  ["a tile elsewhere than its addresses", "&t[((((k0 + m) * 6) + (k1 + (2 * n))) * 8) + (4 * q)], &t", "&t[((((k1 + m) * 6) + (k0 + (2 * n))) * 8) + (4 * q)], &t"],
  ["weights elsewhere than their addresses", "&w[(((((((k0 * 3) + k1)", "&w[(((((((k1 * 3) + k0)"],
  ["weights of the second row first", "+ q) * 2) + 0) * 4) + 0]);", "+ q) * 2) + 1) * 4) + 0]);"],
  ["the same four again", "(4 * q)], &w", "(4 * 0)], &w"],
  ["more of them", "q < 2; q++", "q < 3; q++"],
  ["loops of another kind", "/* c in 0..2 unrolled", "/* c in 0..2 serial"],
  ["rows of another number", "/* p in 0..2 unrolled", "/* p in 0..3 unrolled"],
  ["other sums", "tile2x1_i16(&tile_now, own", "tile2x1_i16(&tile_now, acc"],
  ["another row of four", "pj in 0..4", "pj in 0..2"],
  ["the record of two rows", "tile4x1_i16(&tile_now, four", "tile2x1_i16(&tile_now, four"],
  ["the record of one column", "tile2x2_i16(&tile_now, one", "tile2x1_i16(&tile_now, one"],
  ["a tile without addresses", /tile_of_i16 tile_now = tile_at\(&u.*\n/, "\n"],
  ["addresses for two tiles", /( *)(\/\* pd in 0\.\.2 unrolled[^]*?tile2x1_i16\(&tile_now, own.*;)/, "$1$2\n$1$2"],
  ["a column that stays", "ldrd r12, r14, [%[y]], #8", "ldrd r12, r14, [%[y]]"],
  ["registers that the compiler is not told of", '"r12", "r14", "memory"', '"r12", "memory"'],
  ["memory that the compiler is not told of", ', "memory")', ")"],
  ["a sum in the register of another", "a1 TILE_REGISTER(r1) = s1", "a1 TILE_REGISTER(r2) = s1"],
  ["a sum that is not kept", "    a[3] = s3;\n", ""],
  ["an address that is not kept", "    at->y = y_at;\n", ""],
  ["addresses in bytes", "2u * (uintptr_t)weights", "(uintptr_t)weights"],
  ["the wrong row of weights in C", "&w[4]", "w"],
  ["the instructions where a compiler has another idea of them", "!defined(__clang__) && defined(__OPTIMIZE__)", "defined(__OPTIMIZE__)"],
];

for (const [what, from, to] of wrong) {
  test(`tiles: ${what} is refused or is another program`, (t) => {
    const text = source.replace(from, to);
    t.not(text, source, "the place is there");
    try {
      t.not(printProgram(checkedReadBack(withSource(text)).program), printProgram(program));
    } catch (error) {
      t.true(error instanceof Refusal && error.code === "c-subset", String(error));
    }
  });
}

/** What the reader has to notice by itself: the comparison with what is printed would trust the printer. */
const elsewhere: readonly (readonly [from: string | RegExp, to: string])[] = [
  ["tile_moved(&tile_now, 24, 0)", "tile_moved(&tile_now, 16, 0)"],
  ["tile_moved(&tile_now, 24, 0)", "tile_moved(&tile_now, 24, 16)"],
  ["tile_moved(&tile_now, 32, 16);", ""],
  [/( *)LOOP_BOUND\(k1, 3\);\n *\}\n *(tile_moved.*;)/, "$1$2\n$1LOOP_BOUND(k1, 3);\n$1}"],
  ["tile_at(&t[(((m * 6) + (2 * n)) * 8) + 0]", "tile_at(&t[(((m * 6) + ((2 * n) + 1)) * 8) + 0]"],
  [/tile_at\((&t\[[^&]*), &t\[[^&]*, &w/, "tile_at($1, $1, &w"],
  ["8) + 0], &w[0])", "8) + 0], &w[8])"],
  ["&w[(((((((k0 * 3) + k1)", "&w[(((((((k1 * 3) + k0)"],
  [/\(4 \* q\)(.*)\(4 \* q\)/, "(4 * 0)$1(4 * 0)"],
  [/q in 0\.\.2(.*\n#pragma GCC unroll )2([^]*?)q < 2;([^]*?)\(q, 2\)/, "q in 0..3$13$2q < 3;$3(q, 3)"],
];

test("tiles: the reader adds up how addresses move", (t) => {
  for (const [from, to] of elsewhere) {
    const text = source.replace(from, to);
    t.not(text, source, "the place is there");
    t.throws(() => readBack(withSource(text)), { message: /the addresses do not move as the tile says that it reads/ }, to);
  }
});

/** The calls of the text of a program. */
function callsIn(text: string): readonly string[] {
  const printed = emitC(parseProgram(text), { model: "tiles", weights }).files.find(({ name }) => name === "tiles.c")?.text ?? "";
  return [...printed.matchAll(/(\w+)\(&tile_now, (\w+)/g)].map(([, name = "", of = ""]) => `${name} ${of}`);
}

test("tiles: what differs in one respect from a tile is none", (t) => {
  const text = printProgram(program);
  const all = ["tile2x2_i16 acc", "tile_moved 24", "tile2x1_i16 own", "tile_moved 32", "tile2x2_i16 one", "tile4x1_i16 four"];
  t.deepEqual(callsIn(text), all);
  const others: readonly (readonly [what: string, from: string, to: string, left: readonly string[]])[] = [
    ["too few tiles", "for z in 0..12", "for z in 0..11", [...all.slice(0, 4), "tile4x1_i16 four"]],
    ["rows that do not lie side by side", "w[r0, r1, e, pd, sd]", "w[r0, r1, pd, e, sd]", [...all.slice(0, 2), "tile2x2_i16 one", "tile4x1_i16 four"]],
    ["a loop of another kind", "for cg in 0..2 unrolled", "for cg in 0..2 serial", [...all.slice(0, 4), "tile4x1_i16 four"]],
    ["addresses that go back", "t[r0, r1 + 4", "t[-r0 + 2, r1 + 4", [...all.slice(0, 2), "tile2x2_i16 one", "tile4x1_i16 four"]],
    ["addresses that move by rests", "u[cg, sg + 4*z]", "u[cg, 4*mod(z, 7) + sg]", [...all.slice(0, 4), "tile4x1_i16 four"]],
  ];
  for (const [what, from, to, left] of others) {
    const other = text.replace(from, to);
    t.not(other, text, what);
    t.deepEqual(callsIn(other), left, what);
  }
});

const inputs = inputsOf(tiles, 7);

test("tiles: on the host they are the loops, and nothing overflows on the way", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  const outputs = program.buffers.filter(({ kind }) => kind === "output");
  await inFolder(async (folder) => {
    await writeEmission(folder, emitC(program, { model: "tiles", weights }));
    for (const compiler of await findCompilers()) {
      for (const [optimisation, extra] of [["O0", []], ["O2", []], ["O2", trappingFlags]] as const) {
        const { binary } = await compileModel({ folder, model: "tiles", compiler, optimisation, extra, output: join(folder, `${compiler.kind}-${optimisation}-${extra.length}`) });
        t.deepEqual((await runCompiled(binary, inputs, outputs)).map(bits), expected(tiles, inputs).map(bits), `${compiler.kind} ${optimisation} ${extra.join(" ")}`);
      }
    }
  });
});

test("tiles: by the instructions of a Cortex-M4 they are the loops, and an address one element on is noticed", async (t) => {
  const board = cortexM4Board;
  if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, `${board.prefix}objdump`, board.qemu)) return;
  const run = async (text: string, optimisation: "O0" | "O1" | "O2" | "Os"): Promise<{ readonly found: unknown; readonly code: string }> => inFolder(async (folder) => {
    await writeEmission(folder, { files: withSource(text), harness: [] });
    const { binary } = await compileForBoard({ board, folder, model: "tiles", program, optimisation, output: folder });
    const { output } = await runProcess(requireTool(`${board.prefix}objdump`, "to see instructions"), ["-d", binary], { timeLimit: 60_000 });
    return { found: (await runOnBoard({ board, output: folder, program }, binary, [inputs])).map((of) => of.map(bits)), code: output.toString("utf8") };
  });
  const wanted = [expected(tiles, inputs).map(bits)];
  for (const optimisation of ["O0", "O1", "O2", "Os"] as const) {
    const { found, code } = await run(source, optimisation);
    t.deepEqual(found, wanted, optimisation);
    t.is(/ldmia\.w\tr4!, \{r8, r9, sl, fp\}/.test(code), optimisation !== "O0", optimisation);
  }
  t.notDeepEqual((await run(source.replace("tile_moved(&tile_now, 24, 0)", "tile_moved(&tile_now, 26, 0)"), "O2")).found, wanted);
});

for (const { name, text, holds } of tileProblems) {
  test.serial(`tiles: ${name}: ${holds ? "proved" : "refuted"} by Z3`, async (t) => {
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
