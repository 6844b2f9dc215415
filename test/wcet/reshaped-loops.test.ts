/** Loops that the compiler rotates, unrolls, peels, writes out or splits have exact facts; calls it makes are refused by name. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { fileNames, runName } from "../../backends/c/names.js";
import { Refusal, present } from "../../ir/prelude.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { type Board, cortexM4Board, riscv32Board } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { type FactOutcome, factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import { loopForest } from "../../wcet/cfg/loops.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { halfWordAt, readElf } from "../../wcet/elf/elf.js";
import { marksHeader, marksOf } from "../../wcet/elf/marks.js";
import { type Case, caseOf, inFolder, inputsOf } from "../backends/support.js";
import { hasTools } from "../support/tools.js";
import { exported, reasonsOf } from "./support.js";

const by = 'from "/n" by "lower"';
const scale = caseOf(`program scale\ninput x "x" f32[1,1000]\noutput y "y" f32[1,1000]\n\nfor i in 0..1000 serial ${by} {\n  s0: y[0, i] = mul.f32(x[0, i], x[0, 3]) ${by}\n}\n`);
const copy = caseOf(`program copy\ninput x "x" f32[1,300]\noutput y "y" f32[1,300]\n\nfor i in 0..300 serial ${by} {\n  s0: y[0, i] = x[0, i] ${by}\n}\n`);
const fill = caseOf(`program fill\ninput x "x" f32[1,3]\noutput y "y" f32[1,300]\n\nfor i in 0..300 serial ${by} {\n  s0: y[0, i] = f32:0x00000000 ${by}\n}\n`);
const sums = caseOf(`program sums\ninput x "x" f32[40,3]\noutput y "y" f32[40]\n\nfor i in 0..40 serial ${by} {\n  s0: y[i] = f32:0x00000000 ${by}\n  for k in 0..3 serial ${by} {\n    s1: y[i] = add.f32(y[i], x[i, k]) ${by}\n  }\n}\n`);
const odd = caseOf(`program odd\ninput x "x" f32[1,307]\noutput y "y" f32[1,307]\n\nfor i in 0..307 serial ${by} {\n  s0: y[0, i] = x[0, i] ${by}\n}\n`);
const columns = caseOf(`program columns\ninput x "x" f32[3]\noutput y "y" f32[60,50]\n\nfor i in 0..50 serial ${by} {\n  for j in 0..60 serial ${by} {\n    s0: y[j, i] = f32:0x3f800000 ${by}\n  }\n}\n`);
const exchanging = ["-floop-interchange", "-floop-unroll-and-jam", "-floop-nest-optimize"];

interface Shape {
  readonly what: string;
  readonly subject: Case;
  readonly optimisation: Optimisation;
  readonly extra: readonly string[];
  /** Copies of each mark and natural loops left: what shows that the compiler did it. */
  readonly copies: Readonly<Record<string, number>>;
  readonly loops: number;
  /** Back edges per entry of the loops, and in one run. */
  readonly facts: readonly (readonly [max: number, total: number])[];
}

const shapes: readonly Shape[] = [
  { what: "tested at the top", subject: scale, optimisation: "O0", extra: [], copies: { i: 1 }, loops: 1, facts: [[1000, 1000]] },
  { what: "rotated", subject: scale, optimisation: "O2", extra: [], copies: { i: 1 }, loops: 1, facts: [[999, 999]] },
  { what: "unrolled by eight", subject: scale, optimisation: "O2", extra: ["-funroll-loops"], copies: { i: 8 }, loops: 1, facts: [[124, 124]] },
  { what: "peeled once and unrolled by nine", subject: odd, optimisation: "O2", extra: ["-funroll-loops"], copies: { i: 10 }, loops: 1, facts: [[33, 34]] },
  { what: "an inner loop peeled away", subject: sums, optimisation: "O3", extra: ["-fpeel-loops"], copies: { i: 1, k: 3 }, loops: 1, facts: [[39, 39]] },
  { what: "an inner loop peeled away, the outer one unrolled", subject: sums, optimisation: "O3", extra: ["-fpeel-loops", "-funroll-all-loops"], copies: { i: 4, k: 12 }, loops: 1, facts: [[9, 9]] },
  { what: "a nest under the passes that exchange, jam and fuse loops", subject: columns, optimisation: "O3", extra: exchanging, copies: { i: 1, j: 1 }, loops: 2, facts: [[49, 49], [59, 2950]] },
  { what: "a copy under the passes that make memcpy", subject: copy, optimisation: "O2", extra: ["-fbuiltin", "-ftree-loop-distribute-patterns"], copies: { i: 1 }, loops: 1, facts: [[299, 299]] },
  { what: "a fill under the passes that make memset", subject: fill, optimisation: "O2", extra: ["-fbuiltin", "-ftree-loop-distribute-patterns"], copies: { i: 1 }, loops: 1, facts: [[299, 299]] },
];

/** The subject on a board, compiled with flags after the pinned ones; without marks if `bare`. */
async function withElf<T>(board: Board, { subject: { name, program, weights }, optimisation, extra }: Pick<Shape, "subject" | "optimisation" | "extra">, bare: boolean, use: (binary: string, output: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const { files, harness } = emitC(program, { model: name, weights });
    const text = (file: string, code: string): string => (bare && file === fileNames(name).source ? `#undef LOOP_BOUND\n${code}` : code);
    await writeEmission(folder, { files: files.map((file) => ({ ...file, text: text(file.name, file.text) })), harness });
    const output = join(folder, "build");
    return use((await compileForBoard({ board, folder, model: name, program, optimisation, extra, output })).binary, output);
  });
}

for (const board of [cortexM4Board, riscv32Board]) {
  for (const shape of shapes) {
    test(`reshaped: ${shape.what} on ${board.target}, the facts are the true counts and give the true number of instructions`, async (t) => {
      if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
      const { subject } = shape;
      await withElf(board, shape, false, async (binary, output) => {
        const bytes = readFileSync(binary);
        const elf = readElf(bytes, "x");
        const copies: Record<string, number> = {};
        for (const { loop } of marksOf(elf, "x")) copies[loop] = (copies[loop] ?? 0) + 1;
        t.deepEqual(copies, shape.copies);
        const code = codeGraph(elf, present(elf.functions.find(({ name }) => name === runName(subject.name)), "entry"));
        t.is(code.functions.reduce((sum, graph) => sum + loopForest(graph).loops.length, 0), shape.loops);
        const [observed] = await countOnBoard({ board, output, program: subject.program }, binary, [inputsOf(subject, 1)]);
        t.is(typeof observed, "number");
        for (const format of factFormats.filter(({ byLine }) => byLine !== true)) {
          const found = await exported(bytes, format, subject);
          if (found.kind === "none") return t.fail(reasonsOf(found));
          t.is(Number(found.replayed), observed ?? 0, format.name);
          const read = format.parse(found.text, code).map(({ max, total }): readonly [number, number | undefined] => [max, total]).toSorted(([a], [b]) => a - b);
          t.deepEqual(read.map(([max]) => max), shape.facts.map(([max]) => max).toSorted((a, b) => a - b), format.name);
          if (format.name === "csv") t.deepEqual(read, shape.facts.toSorted(([a], [b]) => a - b));
        }
      });
    });
  }

  test(`reshaped: without marks the same passes exchange loops and call memset on ${board.target}; both are refused`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`)) return;
    const codeOf = (binary: string): string => {
      const elf = readElf(readFileSync(binary), "x");
      const { functions } = codeGraph(elf, present(elf.functions.find(({ name }) => name === runName("columns")), "entry"));
      return functions.flatMap(({ address, blocks }) => blocks.flatMap(({ instructions }) => instructions.map((it) => [it.address - address, halfWordAt(elf, it.address)].join(" ")))).join();
    };
    const shapeOf = (binary: string): string => {
      const elf = readElf(readFileSync(binary), "x");
      const { functions } = codeGraph(elf, present(elf.functions.find(({ name }) => name === runName("columns")), "entry"));
      return functions.map((graph) => loopForest(graph).loops.map(({ parent }) => parent ?? "outermost").join()).join(" ");
    };
    const made = (bare: boolean, extra: readonly string[]): Promise<string> => withElf(board, { subject: columns, optimisation: "O3", extra }, bare, (binary) => Promise.resolve(codeOf(binary)));
    const not = exchanging.map((flag) => flag.replace("-f", "-fno-"));
    t.is(await made(false, exchanging), await made(false, not), "a marked nest stays");
    t.not(await made(true, ["-floop-interchange"]), await made(true, not), "a bare one is exchanged");
    const shape = (extra: readonly string[]): Promise<string> => withElf(board, { subject: columns, optimisation: "O3", extra }, true, (binary) => Promise.resolve(shapeOf(binary)));
    t.is(await shape(["-floop-interchange"]), await shape(not), "and has the shape it had: no bound can be told from the tree of loops");
    await withElf(board, { subject: columns, optimisation: "O3", extra: exchanging }, true, async (binary) => {
      await t.throwsAsync(exported(readFileSync(binary), present(factFormats[0], "f4"), columns), { instanceOf: Refusal, message: /no loop marks/ });
    });
    for (const [subject, called] of [[fill, "memset"]] as const) {
      const extra = ["-fbuiltin", "-ftree-loop-distribute-patterns"];
      await t.throwsAsync(withElf(board, { subject, optimisation: "O2", extra }, true, () => Promise.resolve()), { instanceOf: Refusal, code: "needs-library", message: new RegExp(`calls ${called}$`) });
    }
  });
}

const [m4, rv32] = [["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"], ["riscv64-unknown-elf-gcc", "-msmall-data-limit=0", "--specs=picolibc.specs"]] as const;
const cores = {
  "m4": [...m4, "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"], "m4 without FPU": [...m4, "-mfloat-abi=soft"],
  "rv32": [...rv32, "-march=rv32imafc", "-mabi=ilp32f"], "rv32 without FPU": [...rv32, "-march=rv32imac", "-mabi=ilp32"],
} as const;

const forty = (body: string): string => `    for (int i = 0; i < 40; i++) { ${body} LOOP_BOUND(i, 40); }\n`;
const program = (body: string, type = "float", before = ""): string => `${before}void f(${type} *restrict y, const ${type} *restrict x)\n{\n${body}}\n`;

/** [what, C, core, the reason]; a number where there are facts: no fewer instructions than this. */
const foreign: readonly (readonly [what: string, text: string, core: keyof typeof cores, due: RegExp | number])[] = [
  ["a copy turned into memcpy", program(`${forty("y[i] = x[i] * 2.0f;")}    for (int j = 0; j < 300; j++) y[40 + j] = x[40 + j];\n`), "m4", /^memcpy \(0x[0-9a-f]+\), called at f\+0x[0-9a-f]+: 4 loops without marks, at 0x[0-9a-f]+: the compiler made a call of a loop or of a copy: compile with -fno-tree-loop-distribute-patterns$/],
  ["a copy turned into memcpy", program(`${forty("y[i] = x[i] * 2.0f;")}    for (int j = 0; j < 300; j++) y[40 + j] = x[40 + j];\n`), "rv32", /^memcpy \(0x[0-9a-f]+\), called at f\+0x[0-9a-f]+: a loop without marks, at/],
  ["a fill turned into memset", program(`${forty("y[i] = x[i] * 2.0f;")}    for (int j = 0; j < 300; j++) y[40 + j] = 0.0f;\n`), "m4", /^memset \(0x[0-9a-f]+\), called at f\+/],
  ["a fill turned into memset", program(`${forty("y[i] = x[i] * 2.0f;")}    for (int j = 0; j < 300; j++) y[40 + j] = 0.0f;\n`), "rv32", /^memset \(0x[0-9a-f]+\), called at f\+/],
  ["an array set to zero by memset", program(`    float a[64] = {0};\n${forty("a[(int)x[i] & 63] += x[i];")}    y[0] = a[(int)x[0] & 63];\n`), "m4", /^memset .*compile with -fno-tree-loop-distribute-patterns$/],
  ["sums in software, without a loop", program(forty("y[i] = x[i] + 2.0f;")), "m4 without FPU", 40 * 20],
  ["sums in software, without a loop", program(forty("y[i] = x[i] + 2.0f;")), "rv32 without FPU", 40 * 20],
  ["division in software", program(forty("y[i] = 1.0f / x[i];")), "m4 without FPU", /^__divsf3 \(0x[0-9a-f]+\), called at .*: 3 loops without marks, .*: floating-point arithmetic in software: build for a core that has the instruction/],
  ["division in software, through a table", program(forty("y[i] = 1.0f / x[i];")), "rv32 without FPU", /^__divsf3 at 0x[0-9a-f]+: a computed jump$/],
  ["doubles divided in software", program(forty("y[i] = 1.0 / x[i];"), "double"), "m4", /__aeabi_ddiv .*floating-point arithmetic in software/],
  ["long division, without a loop", program(forty("y[i] = x[i] / x[i + 1];"), "long long"), "m4", 40 * 20],
  ["an exponential of the library, without a loop", program(forty("y[i] = expf(x[i]);"), "float", "float expf(float);\n"), "m4", 40 * 20],
  ["an exponential of the library", program(forty("y[i] = expf(x[i]);"), "float", "float expf(float);\n"), "rv32", /^expf at 0x[0-9a-f]+: /],
  ["a sine of the library", program(forty("y[i] = sinf(x[i]);"), "float", "float sinf(float);\n"), "m4", /__kernel_rem_pio2f/],
];

for (const [what, text, core, due] of foreign) {
  test(`reshaped: ${what}, on ${core}, ${typeof due === "number" ? "has facts" : "is refused by name"}`, async (t) => {
    const [compiler, ...flags] = cores[core];
    if (!hasTools(t, compiler)) return;
    for (const format of factFormats.filter(({ byLine }) => byLine !== true)) {
      const found = await factsOfText(compiler, flags, text, { i: { extent: 40, total: 40, parent: undefined } }, format);
      if (typeof due === "number") t.true(found.kind === "facts" && found.loops === 1 && found.replayed >= BigInt(due), reasonsOf(found));
      else t.regex(reasonsOf(found), due, format.name);
    }
  });
}

async function factsOfText(compiler: string, flags: readonly string[], text: string, loops: Readonly<Record<string, { extent: number; total: number; parent: string | undefined }>>, format = present(factFormats[0], "f4")): Promise<FactOutcome> {
  return inFolder((folder) => {
    const [source, header, elf] = [join(folder, "f.c"), join(folder, "marks.h"), join(folder, "f.elf")];
    writeFileSync(source, text);
    writeFileSync(header, marksHeader);
    const done = spawnSync(compiler, [...flags, "-O2", "-ftree-loop-distribute-patterns", "-fno-optimize-sibling-calls", "-include", header, source, "-nostartfiles", "-Wl,-e,f,--no-gc-sections", "-lm", "-o", elf], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(done.stderr);
    return factFileOf({ elf: readFileSync(elf), where: "f.elf", entry: "f", loops: new Map(Object.entries(loops)), format });
  });
}

test("reshaped: loops that were merged are refused by the names of both, and by the address", async (t) => {
  if (!hasTools(t, m4[0])) return;
  const merged = program("    for (int i = 0; i < 40; i++) { y[i] = x[i] * 2.0f; LOOP_BOUND(i, 40); y[i + 40] = x[i] + 1.0f; LOOP_BOUND(j, 40); }\n");
  const loops = { i: { extent: 40, total: 40, parent: undefined }, j: { extent: 40, total: 40, parent: undefined } };
  const [compiler, ...flags] = cores.m4;
  t.regex(reasonsOf(await factsOfText(compiler, flags, merged, loops)), /^f\+0x[0-9a-f]+: marks of separate loops of the program, which the compiler merged: i, j: compile with the pinned flags$/);
});
