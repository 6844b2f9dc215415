/** The decoders against binutils: every reachable instruction has the size and the target that objdump prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { runName } from "../../backends/c/names.js";
import { present } from "../../ir/prelude.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { compileForBoard } from "../../src/toolchain/board.js";
import { type Board, cortexM4Board, riscv32Board } from "../../src/toolchain/boards.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { loopForest } from "../../wcet/cfg/loops.js";
import { readElf } from "../../wcet/elf/elf.js";
import { boundablePrograms } from "../backends/programs.js";
import { inFolder } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

interface Line {
  readonly size: number;
  readonly text: string;
}

/** By address; the encoding is one or two half words. */
function disassembly({ prefix }: Board, elf: string, ...options: readonly string[]): ReadonlyMap<number, Line> {
  const { stdout } = spawnSync(`${prefix}objdump`, ["-d", ...options, elf], { encoding: "utf8", maxBuffer: 2 ** 26 });
  const lines = stdout.split("\n").flatMap((line) => {
    const [, address, code, text] = /^ *([0-9a-f]+):\t((?:[0-9a-f]{4} ?)+?) *\t(.*)$/.exec(line) ?? [];
    return address === undefined || code === undefined ? [] : [[Number.parseInt(address, 16), { size: code.replaceAll(" ", "").length / 2, text: text ?? "" }] as const];
  });
  return new Map(lines);
}

/** A jump, branch or call as objdump prints it, with its target. */
const transfer = /^(?:b|bl|cbn?z|b[a-z]{2,4}|j|jal|c\.[a-z]+)(?:\.[nw])?\t(?:[a-z][a-z0-9]*,){0,2}(?: ?r\d+, )?(?:0x)?([0-9a-f]+) </;

/** Literals, and what fills up to the next address that a jump may want. */
const besidesCode = /^\.(?:word|short)\b|^nop\b/;

const subjects = boundablePrograms.flatMap((subject) => [cortexM4Board, riscv32Board].map((board) => ({ ...subject, board })));

for (const { name, program, weights, board } of subjects) {
  test(`decode: ${name} for ${board.target} as objdump reads it`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}objdump`, `${board.prefix}nm`)) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      for (const optimisation of ["O0", "O2", "O3"] as const) {
        const { binary } = await compileForBoard({ board, folder, model: name, program, optimisation, output: join(folder, optimisation) });
        const elf = readElf(readFileSync(binary), name);
        const entry = present(elf.functions.find((f) => f.name === runName(name)), "entry");
        const { functions, problems } = codeGraph(elf, entry);
        t.deepEqual(problems, []);
        const due = disassembly(board, binary);
        const seen = new Set<number>();
        for (const { address, size, flow } of functions.flatMap((f) => f.blocks.flatMap((b) => b.instructions))) {
          const line = present(due.get(address), `0x${address.toString(16)}`);
          seen.add(address);
          t.true(size === line.size, line.text);
          const target = transfer.exec(line.text)?.[1];
          const found = "target" in flow ? flow.target.toString(16) : undefined;
          t.is(found, target, line.text);
          if (/pc}|^bx.*lr|^ret$/.test(line.text)) t.is(flow.kind, "return", line.text);
        }
        const spans = elf.functions.filter((f) => functions.some(({ address }) => address === f.address));
        const unseen = [...due].filter(([address, { text }]) => !seen.has(address) && !besidesCode.test(text) && spans.some((f) => address >= f.address && address < f.address + f.size));
        t.deepEqual(unseen, [], "every instruction of these functions was decoded");
        t.true(seen.size > 0 && spans.length === functions.length);
      }
    });
  });
}

for (const { name, program, weights, board } of subjects.filter((subject) => subject.board === riscv32Board)) {
  test(`decode: registers of ${name} for ${board.target} as objdump names them`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}objdump`, `${board.prefix}nm`)) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      for (const optimisation of ["O0", "O2", "Os"] as const) {
        const { binary } = await compileForBoard({ board, folder, model: name, program, optimisation, output: join(folder, optimisation) });
        const elf = readElf(readFileSync(binary), name);
        const { functions } = codeGraph(elf, present(elf.functions.find((f) => f.name === runName(name)), "entry"));
        const due = disassembly(board, binary, "-M", "numeric,no-aliases");
        for (const { address, reads = [], writes = [] } of functions.flatMap((f) => f.blocks.flatMap((b) => b.instructions))) {
          const { text } = present(due.get(address), `0x${address.toString(16)}`);
          const found = new Set([...reads, ...writes].map((register) => (register < 32 ? `x${register}` : `f${register - 32}`)));
          const implied = /^c\.(?:jal|addi4spn|addi16sp|lwsp|swsp|flwsp|fswsp)/.test(text) ? ["x1", "x2"] : [];
          const unused = /^(?:fcvt|fclass|fsqrt)/.test(text) ? ["f0", "f1"] : [];
          const named = [...new Set(text.replace(/#.*/, "").match(/\b[xf]\d+\b/g))].filter((register) => register !== "x0");
          t.deepEqual(named.filter((register) => !found.has(register)), [], text);
          t.deepEqual([...found].filter((register) => ![...named, ...implied, ...unused].includes(register)), [], text);
          if (writes[0] !== undefined && named[0] !== undefined && !text.startsWith("c.jal")) t.is(writes[0] < 32 ? `x${writes[0]}` : `f${writes[0] - 32}`, named[0], text);
        }
      }
    });
  });
}

test("decode: loops of a function nest as they do in the source", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const { name, program, weights } = present(boundablePrograms.find((subject) => subject.name === "perceptron"), "perceptron");
  await inFolder(async (folder) => {
    await writeEmission(folder, emitC(program, { model: name, weights }));
    const { binary } = await compileForBoard({ board: cortexM4Board, folder, model: name, program, optimisation: "O1" });
    const elf = readElf(readFileSync(binary), name);
    const { functions } = codeGraph(elf, present(elf.functions.find((f) => f.name === runName(name)), "entry"));
    const forests = functions.map(loopForest);
    t.deepEqual(forests.flatMap(({ irreducible }) => irreducible), []);
    const depth = (forest: (typeof forests)[number], k: number | undefined): number => (k === undefined ? 0 : 1 + depth(forest, forest.loops[k]?.parent));
    t.is(Math.max(...forests.flatMap((forest) => forest.loops.map((_, k) => depth(forest, k)))), 3, "o, k, b");
  });
});
