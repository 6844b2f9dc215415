/** The bound of the stack: against a painted stack under emulation, against the compiler's own figures, and every way it must be refused. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { compileFlags } from "../../backends/c/flags.js";
import { fileNames, runName } from "../../backends/c/names.js";
import { present } from "../../ir/prelude.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { countsFile } from "../../src/toolchain/board-harness.js";
import { type Board, boards } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { readElf } from "../../wcet/elf/elf.js";
import { type StackBound, stackBound } from "../../wcet/stack/depth.js";
import { boundablePrograms } from "../backends/programs.js";
import { inFolder, inputsOf } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

const subjects = boundablePrograms.flatMap((subject) => boards.map((board) => ({ subject, board })));

function stackOf(path: string, entry: string): StackBound {
  const elf = readElf(readFileSync(path), path);
  const code = codeGraph(elf, present(elf.functions.find(({ name }) => name === entry), entry));
  return code.problems.length > 0 ? { kind: "none", reasons: code.problems } : stackBound(elf, code);
}

/** The board's main file with the stack painted before the run; what it sends is the depth that was touched, in bytes. */
function painting(main: string, { target }: Board): string {
  const [call = "", args = ""] = present(/\*status = run\((.*)\);/.exec(main), "the call of the model");
  const probe = `__attribute__((naked, noinline)) static uint32_t stack_pointer(${args.split(",").map((_, k) => `const void *a${k}`).join(", ")})
{
    __asm__ volatile("${target === "rv32" ? "mv a0, sp\\n\\tret" : "mov r0, sp\\n\\tbx lr"}");
}

`;
  const painted = `const uint32_t top = stack_pointer(${args});
    for (uint32_t at = top - 65536U; at < top; at += 4U) { *(volatile uint32_t *)at = 0xA5C3F00DU; }
    ${call}
    uint32_t low = top - 65536U;
    while (low < top && *(volatile uint32_t *)low == 0xA5C3F00DU) { low += 4U; }`;
  const text = main.replace("static int counted_run", `${probe}static int counted_run`).replace(call, painted).replace("count() - before", "top - low");
  return text.replace("const uint32_t before = count();", "");
}

for (const { subject, board } of subjects) {
  test(`stack: ${subject.name} on ${board.target} touches no more than its bound, and all but a few words of it`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
    const { name, program, weights } = subject;
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      for (const optimisation of ["O0", "O2", "O3", "Os"] as const) {
        const output = join(folder, optimisation);
        const { objects } = await compileForBoard({ board, folder, model: name, program, optimisation, output });
        const main = join(output, "main.c");
        writeFileSync(main, painting(readFileSync(main, "utf8"), board));
        const binary = join(output, "painted.elf");
        const machine = compileFlags({ compiler: "gcc", target: board.target, optimisation: "O1" }).filter((flag) => flag.startsWith("-m"));
        const linked = spawnSync(`${board.prefix}gcc`, [...machine, "-std=gnu99", "-O1", "-ffreestanding", "-nostdlib", "-fno-pie", "-static", `-I${folder}`, "-T", join(output, "board.ld"), main, ...objects, "-lgcc", "-o", binary], { encoding: "utf8" });
        t.is(linked.status, 0, linked.stderr);
        await runOnBoard({ board, output, program }, binary, [1, 2].map((seed) => inputsOf(subject, seed)));
        const counts = readFileSync(join(output, countsFile));
        const touched = Array.from({ length: counts.length / 4 - 1 }, (_, k) => counts.readUInt32LE(4 * k + 4));
        const found = stackOf(binary, runName(name));
        if (found.kind === "none") return t.fail(`${optimisation}: ${found.reasons.join("; ")}`);
        const deepest = Math.max(...touched);
        t.log(`${optimisation}: bound ${found.bytes}, touched ${deepest}`);
        t.true(touched.length === 2 && (deepest > 0 || found.bytes === 0));
        t.true(found.bytes >= deepest, `${optimisation}: ${found.bytes} < ${deepest}`);
        t.true(found.bytes <= deepest + 64, `${optimisation}: ${found.bytes} for ${deepest}`); // slots for alignment and arrays not filled
      }
    });
  });

  test(`stack: each function of ${subject.name} on ${board.target} has the frame that gcc says`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`)) return;
    const { name, program, weights } = subject;
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      for (const optimisation of ["O0", "O2", "Os"] as const) {
        const output = join(folder, optimisation);
        const { binary } = await compileForBoard({ board, folder, model: name, program, optimisation, output });
        const flags = compileFlags({ compiler: "gcc", target: board.target, optimisation });
        const again = join(output, "again.o");
        const done = spawnSync(`${board.prefix}gcc`, [...flags, "-include", join(output, "loop_marks.h"), "-fstack-usage", "-c", join(folder, fileNames(name).source), "-o", again], { encoding: "utf8" });
        t.is(done.status, 0, done.stderr);
        const usage = readdirSync(output).filter((file) => file.endsWith(".su")).map((file) => readFileSync(join(output, file), "utf8")).join("");
        const due = new Map(usage.split("\n").flatMap((line) => {
          const [, of, bytes] = /:([\w.]+)\t([0-9]+)\tstatic$/.exec(line) ?? [];
          return of === undefined ? [] : [[of, Number(bytes)] as const];
        }));
        const found = stackOf(binary, runName(name));
        if (found.kind === "none") return t.fail(`${optimisation}: ${found.reasons.join("; ")}`);
        const compared = found.functions.filter(({ name: of }) => due.has(of));
        t.true(compared.length > 0);
        for (const { name: of, own } of compared) t.is(due.get(of), own, `${optimisation}: ${of}`);
      }
    });
  });
}

/** Bounds `f` of a C text for a board; `flags` go last. */
async function stackOfText(text: string, board: Board, flags: readonly string[] = ["-O2"]): Promise<StackBound> {
  return inFolder((folder) => {
    const [source, elf] = [join(folder, "f.c"), join(folder, "f.elf")];
    writeFileSync(source, text);
    const machine = compileFlags({ compiler: "gcc", target: board.target, optimisation: "O1" }).filter((flag) => flag.startsWith("-m"));
    const done = spawnSync(`${board.prefix}gcc`, [...machine, "-ffreestanding", ...flags, source, "-nostdlib", "-Wl,-e,f", "-o", elf], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(done.stderr);
    return Promise.resolve(stackOf(elf, "f"));
  });
}

for (const board of boards) {
  test(`stack: frames of every size are read on ${board.target}`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`)) return;
    for (const bytes of [16, 256, 1024, 2048, 4096, 5000, 70_000, 1_000_004]) {
      const text = `void g(char *);\nvoid f(void) { char a[${bytes}]; g(a); }\n__attribute__((noinline)) void g(char *a) { __asm__ volatile("" : : "r"(a) : "memory"); }\n`;
      for (const flags of [["-O0"], ["-O2"], ["-Os"], ["-O2", "-fno-omit-frame-pointer"]]) {
        const found = await stackOfText(text, board, flags);
        if (found.kind === "none") t.fail(`${bytes} ${flags.join(" ")}: ${found.reasons.join("; ")}`);
        else t.true(found.bytes >= bytes && found.bytes <= bytes + 64, `${bytes} ${flags.join(" ")}: ${found.bytes}`);
      }
    }
  });

  test(`stack: what cannot be followed on ${board.target} is refused with its address`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`)) return;
    const sink = '__attribute__((noinline)) void g(char *a) { __asm__ volatile("" : : "r"(a) : "memory"); }\n';
    const [grow, set] = board.target === "rv32" ? ["addi sp, sp, -16", "mv sp, a0"] : ["sub sp, #16", "mov sp, r0"];
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ["an array whose size is computed", `${sink}void f(int n) { char a[n]; g(a); }`, /f at 0x[0-9a-f]+: the stack pointer takes a value that is not known/],
      ["a stack that grows in a loop", `void f(int n) { for (int i = 0; i < n; i++) { __asm__ volatile("${grow}"); } }`, /f at 0x[0-9a-f]+: paths with different depths/],
      ["a pointer from elsewhere", `void f(int n) { __asm__ volatile("${set}" : : "r"(n)); }`, /f at 0x[0-9a-f]+: the stack pointer takes a value that is not known/],
      ["a return with a rest on the stack", `void f(void) { __asm__ volatile("${grow}"); }`, /f at 0x[0-9a-f]+: the function returns with 16 bytes on the stack/],
      ["recursion", "int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }", /f calls itself/],
    ];
    for (const [what, text, reason] of cases) {
      const found = await stackOfText(text, board);
      t.regex(found.kind === "none" ? found.reasons.join("; ") : `a bound of ${found.bytes}`, reason, what);
    }
  });
}
