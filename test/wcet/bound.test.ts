/** Bounds of linked binaries against instructions counted under emulation, and every way a bound must be refused. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { type Bound, type NoBound, analyse } from "../../wcet/analyse.js";
import type { Block } from "../../wcet/cfg/graph.js";
import { type Instruction, falls } from "../../wcet/cfg/instruction.js";
import { instructionMode } from "../../wcet/cores/instructions.js";
import { cv32e40p } from "../../wcet/cores/cv32e40p.js";
import { cortexM4 } from "../../wcet/cores/cortex-m4.js";
import { markSection } from "../../wcet/elf/marks.js";
import { optimise } from "../../wcet/ipet/highs.js";
import { ipetOf } from "../../wcet/ipet/ipet.js";
import { type LinearProgram, boundProvedBy, boundProvedByRounded, roundPrices } from "../../wcet/ipet/linear-program.js";
import { placeMarks } from "../../wcet/ipet/mark-places.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board, riscv32Board } from "../../src/toolchain/boards.js";
import { boundablePrograms } from "../backends/programs.js";
import { laneRecords } from "../backends/record-programs.js";
import { inFolder, inputsOf } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

const noWait = { flashWaitStates: 0, ramWaitStates: 0 };


for (const { subject, board } of boundablePrograms.flatMap((each) => [cortexM4Board, riscv32Board].map((board) => ({ subject: each, board })))) {
  test(`bound: ${subject.name} takes no more instructions on ${board.target} than its bound, at any level of optimisation`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
    const { name, program, weights } = subject;
    const { loops, guards, namesakes } = codeFactsOf(program);
    const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      for (const optimisation of ["O0", "O1", "O2", "O3", "Os"] as const satisfies readonly Optimisation[]) {
        const output = join(folder, optimisation);
        const { binary } = await compileForBoard({ board, folder, model: name, program, optimisation, output });
        const found = await analyse({ elf: readFileSync(binary), where: name, entry: runName(name), totals, guards: guards.map(({ taken }) => taken), namesakes, core: instructionMode, memory: noWait });
        if (found.kind === "none") return t.fail(`${optimisation}: ${found.reasons.join("; ")}`);
        const counts = await countOnBoard({ board, output, program }, binary, [1, 2, 3].map((seed) => inputsOf(subject, seed)));
        const observed = Math.max(...counts);
        t.log(`${optimisation}: bound ${found.bound}, observed ${observed}`);
        t.true(counts.length === 3 && observed > 0);
        t.true(found.bound >= BigInt(observed), `${optimisation}: ${found.bound} < ${observed}`);
        t.is(found.byLoop.reduce((sum, { cost }) => sum + cost, 0), Number(found.bound));
      }
    });
  });
}

test("bound: the record of pairs in lanes is a loop without a mark on a core without lanes, and refused by its name", async (t) => {
  if (!hasTools(t, `${cortexM4Board.prefix}gcc`, `${cortexM4Board.prefix}nm`)) return;
  const { name, program, weights } = laneRecords;
  const { loops, guards, namesakes } = codeFactsOf(program);
  await inFolder(async (folder) => {
    await writeEmission(folder, emitC(program, { model: name, weights }));
    const { binary } = await compileForBoard({ board: cortexM4Board, folder, model: name, program, optimisation: "O0", output: folder });
    const found = await analyse({ elf: readFileSync(binary), where: name, entry: runName(name), totals: new Map(loops.map(({ loop, total }) => [loop, total])), guards: guards.map(({ taken }) => taken), namesakes, core: instructionMode, memory: noWait });
    t.regex(found.kind === "none" ? found.reasons.join("; ") : "a bound", /a loop without a mark: dot2_lanes_i16 at 0x/);
  });
});

/** Compiles a C text with marks of its own and bounds `f`. */
async function boundOfText(text: string, totals: Readonly<Record<string, number>>, flags: readonly string[] = ["-O2"], core = instructionMode, guards?: readonly number[]): Promise<Bound | NoBound> {
  return inFolder(async (folder) => {
    const { marksHeader } = await import("../../wcet/elf/marks.js");
    const [source, header, elf] = ["f.c", "marks.h", "f.elf"].map((name) => join(folder, name));
    writeFileSync(String(source), text);
    writeFileSync(String(header), marksHeader);
    const target = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-ffreestanding", "-fno-optimize-sibling-calls"];
    const done = spawnSync("arm-none-eabi-gcc", [...target, ...flags, "-include", String(header), String(source), "-nostdlib", "-Wl,-e,f", "-o", String(elf)], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(done.stderr);
    return analyse({ elf: readFileSync(String(elf)), where: "f.elf", entry: "f", totals: new Map(Object.entries(totals)), ...(guards === undefined ? {} : { guards }), core, memory: noWait });
  });
}

function reasonsOf(found: Bound | NoBound): string {
  return found.kind === "none" ? found.reasons.join("; ") : `a bound of ${found.bound}`;
}

const sum = "int f(const int *x)\n{\n    int s = 0;\n    for (int i = 0; i < 40; i++) { s += x[i]; LOOP_BOUND(i, 40); }\n    return s;\n}\n";

test("bound: rotated, unrolled and peeled loops are bounded by the same totals", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  for (const flags of [["-O0"], ["-O1"], ["-O2"], ["-O2", "-funroll-loops"], ["-O3", "-fpeel-loops", "-funroll-all-loops"]]) {
    const found = await boundOfText(sum, { i: 40 }, flags);
    if (found.kind === "none") t.fail(`${flags.join(" ")}: ${reasonsOf(found)}`);
    else t.true(found.bound >= 80n && found.bound < 1000n, `${flags.join(" ")}: ${found.bound}`);
  }
});

test("bound: of two copies of a mark at a label, one before and one behind it, only the last is counted with the block", async (t) => {
  const at = (address: number, flow: Instruction["flow"]): Instruction => ({ address, size: 2, flow, class: "alu" });
  const blocks: readonly Block[] = [
    { id: 0, instructions: [at(0, falls)], successors: [1], calls: undefined, exits: false },
    { id: 1, instructions: [at(2, falls), at(4, { kind: "branch", target: 2 })], successors: [1, 2], calls: undefined, exits: false },
    { id: 2, instructions: [at(6, { kind: "return", conditional: false })], successors: [], calls: undefined, exits: true },
  ];
  const code = { functions: [{ name: "f", address: 0, blocks }], problems: [] };
  const marks = [1, 2].map(() => ({ address: 2, loop: "i", bound: 10 }));
  t.deepEqual(placeMarks(code, marks).places.map(({ kind }) => kind), ["either", "block"]);
  const { program } = ipetOf({ code, marks, totals: new Map([["i", 10]]), cost: { costOf: () => 1 } });
  const optimum = await optimise(program);
  if (optimum.kind !== "optimal") return t.fail(optimum.kind);
  // One passage falls into the loop past the first copy, nine iterations pass the second: were both in the block, it would run five times.
  t.is(boundProvedBy(program, roundPrices(program, optimum.prices)), 1n + 2n * 9n + 1n);
});

test("bound: what enters a loop behind the mark at its test is not counted with the mark", async (t) => {
  const at = (address: number, flow: Instruction["flow"]): Instruction => ({ address, size: 2, flow, class: "alu" });
  const block = (id: number, flow: Instruction["flow"], successors: readonly number[]): Block => ({ id, instructions: [at(2 * id, flow)], successors, calls: undefined, exits: successors.length === 0 });
  const blocks = [
    block(0, { kind: "jump", target: 6 }, [3]), // to the test, past the mark
    block(1, { kind: "branch", target: 6 }, [3, 2]), // past the guarded part, to the mark
    block(2, falls, [3]),
    block(3, { kind: "branch", target: 2 }, [1, 4]), // the mark, then the test
    block(4, { kind: "return", conditional: false }, []),
  ];
  const code = { functions: [{ name: "f", address: 0, blocks }], problems: [] };
  const marks = [{ address: 6, loop: "i", bound: 10 }];
  const [place] = placeMarks(code, marks).places;
  t.deepEqual(place?.kind === "either" ? place.certain.map((way) => (way === "entry" ? way : way.id)) : place?.kind, [1, 2]);
  const { program } = ipetOf({ code, marks, totals: new Map([["i", 10]]), cost: { costOf: () => 1 } });
  const optimum = await optimise(program);
  if (optimum.kind !== "optimal") return t.fail(optimum.kind);
  t.is(boundProvedBy(program, roundPrices(program, optimum.prices)), 1n + 10n + 10n + 11n + 1n); // the test runs once more than the body
});

test("bound: of marks of a guarded body and of the loop around it at one address, only the last is passed by what jumps over the body", async (t) => {
  const at = (address: number, flow: Instruction["flow"]): Instruction => ({ address, size: 2, flow, class: "alu" });
  const block = (id: number, flow: Instruction["flow"], successors: readonly number[]): Block => ({ id, instructions: [at(2 * id, flow)], successors, calls: undefined, exits: successors.length === 0 });
  const blocks = [
    block(0, { kind: "jump", target: 4 }, [2]),
    block(1, { kind: "branch", target: 8 }, [4, 2]), // both marks, then the end of the round
    block(2, { kind: "branch", target: 2 }, [1, 3]), // over the body, to the second mark
    block(3, { kind: "jump", target: 2 }, [1]), // the body, to the first
    block(4, { kind: "return", conditional: false }, []),
  ];
  const code = { functions: [{ name: "f", address: 0, blocks }], problems: [] };
  const marks = [{ address: 2, loop: "k", bound: 1 }, { address: 2, loop: "i", bound: 10 }];
  t.deepEqual(placeMarks(code, marks).places.map(({ kind }) => kind), ["either", "block"]);
  const { program } = ipetOf({ code, marks, totals: new Map([["k", 7], ["i", 10]]), cost: { costOf: () => 1 } });
  const optimum = await optimise(program);
  if (optimum.kind !== "optimal") return t.fail(optimum.kind);
  t.is(boundProvedBy(program, roundPrices(program, optimum.prices)), 1n + 3n * 10n + 1n);
});

test("bound: where it stays open which of two marks a round passes, rounds are as many as both are passed, and not free", async (t) => {
  const at = (address: number, flow: Instruction["flow"]): Instruction => ({ address, size: 2, flow, class: "alu" });
  const block = (id: number, flow: Instruction["flow"], successors: readonly number[]): Block => ({ id, instructions: [at(2 * id, flow)], successors, calls: undefined, exits: successors.length === 0 });
  // Two selections that became branches in each round, a mark at either join: one label may stand behind its mark, not both.
  const blocks = [
    block(0, falls, [1]),
    block(1, { kind: "branch", target: 6 }, [3, 2]),
    block(2, falls, [3]),
    block(3, { kind: "branch", target: 10 }, [5, 4]),
    block(4, falls, [5]),
    block(5, { kind: "branch", target: 2 }, [1, 6]),
    block(6, { kind: "return", conditional: false }, []),
  ];
  const code = { functions: [{ name: "f", address: 0, blocks }], problems: [] };
  const marks = [6, 10].map((address) => ({ address, loop: "i", bound: 20 }));
  t.deepEqual(placeMarks(code, marks).places.map(({ kind }) => kind), ["either", "either"]);
  const { program } = ipetOf({ code, marks, totals: new Map([["i", 20]]), cost: { costOf: () => 1 } });
  const optimum = await optimise(program);
  if (optimum.kind !== "optimal") return t.fail(optimum.kind);
  const bound = boundProvedBy(program, roundPrices(program, optimum.prices));
  // Ten rounds if both joins are before their marks; twenty if one is behind, and its shorter side is always taken.
  const least = 1n + 20n * 4n + 1n;
  t.true(bound !== undefined && bound >= least && bound <= 1n + 21n * 5n + 1n, String(bound));
});

test("bound: prices that are no multiples of any unit are repaired, and then prove no less than the optimum", (t) => {
  // Two edges of a flow, one of them with a factor that no unit divides, below an upper bound.
  const program: LinearProgram = { costs: [1, 1], rows: [
    { name: "flow", kind: "le", terms: [[0, 1], [1, -29]], right: 0 },
    { name: "total", kind: "le", terms: [[1, 37]], right: 370 },
  ] };
  const prices = [1, 30 / 37];
  t.is(boundProvedBy(program, roundPrices(program, prices)), undefined);
  t.is(boundProvedByRounded(program, prices), 300n);
  t.is(boundProvedByRounded(program, [0.5, 30 / 37]), undefined);
});

const guarded = "int f(const int *x, int *y)\n{\n    for (int i = 0; i < 40; i++) {\n        if (i < 3) { GUARD_START(0, 3); y[i] = x[i] / (x[i + 1] | 1) + x[i + 2] * x[i + 3]; GUARD_END(0, 3); }\n        LOOP_BOUND(i, 40);\n    }\n    return 0;\n}\n";

test("bound: a guarded body is counted as often as its guard holds", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  for (const flags of [["-O0"], ["-O1"], ["-O2"], ["-Os"], ["-O3"], ["-O2", "-funroll-loops"]]) {
    const [longer, exact, never] = [await boundOfText(guarded, { i: 40 }, flags), await boundOfText(guarded, { i: 40 }, flags, instructionMode, [3]), await boundOfText(guarded, { i: 40 }, flags, instructionMode, [4])];
    if (longer.kind === "none" || exact.kind === "none") return t.fail(reasonsOf(exact));
    t.true(exact.bound < longer.bound && exact.bound > 40n, `${flags.join(" ")}: ${exact.bound} and ${longer.bound}`);
    t.regex(reasonsOf(never), /marks a guard 0 passed 3 times, which the program does not have/);
  }
});

test("bound: a larger total gives a larger bound, one for one", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  const [few, more] = [await boundOfText(sum, { i: 40 }), await boundOfText(sum, { i: 50 })];
  if (few.kind === "none" || more.kind === "none") return t.fail(reasonsOf(few));
  t.is((more.bound - few.bound) % 10n, 0n);
  t.true(more.bound > few.bound);
});

test("bound: a core's table costs more than one per instruction", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  const [count, cycles] = [await boundOfText(sum, { i: 40 }), await boundOfText(sum, { i: 40 }, ["-O2"], cortexM4)];
  if (count.kind === "none" || cycles.kind === "none") return t.fail(reasonsOf(count));
  t.true(cycles.bound > count.bound);
});

test("bound: a core's table is for the code of that core only", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  t.regex(reasonsOf(await boundOfText(sum, { i: 40 }, ["-O2"], cv32e40p)), /cv32e40p does not run code for arm/);
});

test("bound: what cannot be bounded is refused with its place", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  const marked = "LOOP_BOUND(i, 40);";
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["a loop without a mark", sum.replace("int s = 0;", "int s = 0; for (const int *p = x; *p; p++) { s += *p; }"), /a loop without a mark: f at 0x/],
    ["a call through a pointer", "int f(int (*g)(void)) { for (int i = 0; i < 3; i++) { g(); LOOP_BOUND(i, 3); } return 0; }", /f at 0x[0-9a-f]+: a call through a register/],
    ["recursion", "int f(int n) { for (int i = 0; i < 3; i++) { LOOP_BOUND(i, 3); } return n < 2 ? n : f(n - 1) + f(n - 2); }", /f calls itself|a loop without a mark/],
    ["a supervisor call", sum.replace(marked, `${marked} __asm__ volatile("svc 0");`), /a supervisor call/],
    ["a table branch", "int h(int); int f(int n) { for (int i = 0; i < 40; i++) { LOOP_BOUND(i, 40); } switch (n) { case 0: return 7; case 1: return 9; case 2: return n * 3; case 3: return n - 8; case 4: return n ^ 5; case 5: return n / 3; case 6: return n % 7; default: return 0; } }", /a table branch|at most|bound of/],
  ];
  for (const [what, text, reason] of cases) t.regex(reasonsOf(await boundOfText(text, { i: 40 })), reason, what);
});

test("bound: facts that do not fit the file are refused", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  t.regex(reasonsOf(await boundOfText(sum, { other: 40 })), /marks the loop i, which the program does not have/);
  const nested = "int f(int *x)\n{\n    for (int i = 0; i < 6; i++) { for (int j = 0; j < 5; j++) { x[j] += i; LOOP_BOUND(j, 5); } LOOP_BOUND(i, 6); }\n    return 0;\n}\n";
  t.is((await boundOfText(nested, { i: 6, j: 30 }, ["-O1"])).kind, "bound");
  t.regex(reasonsOf(await boundOfText(nested, { i: 6, j: 0 }, ["-O1"])), /contradict/);
});

test("bound: a file that is no ELF, has no marks or damaged ones is refused", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  const about = { where: "x", entry: "f", totals: new Map([["i", 40]]), core: instructionMode, memory: noWait };
  await t.throwsAsync(analyse({ ...about, elf: new Uint8Array(100) }), { message: /not an ELF file/ });
  await t.throwsAsync(boundOfText("int f(void) { return 3; }", {}), { message: /no loop marks/ });
  const damaged = `${sum}__asm__(".pushsection ${markSection}\\n.4byte 1, 2\\n.ascii \\"??\\"\\n.popsection");\n`;
  await t.throwsAsync(boundOfText(damaged, { i: 40 }), { message: /damaged|marks/ });
});
