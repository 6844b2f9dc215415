/** What the marks inside a natural loop say about it: bounds per entry and in all, whatever the compiler wrote out or copied. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { compileFlags } from "../../backends/c/flags.js";
import { present } from "../../ir/prelude.js";
import { loopFacts } from "../../wcet/bind/loop-facts.js";
import type { ProgramLoops } from "../../wcet/bind/nesting.js";
import { type Block, codeGraph } from "../../wcet/cfg/graph.js";
import { type Instruction, falls } from "../../wcet/cfg/instruction.js";
import { readElf } from "../../wcet/elf/elf.js";
import { marksHeader, marksOf } from "../../wcet/elf/marks.js";
import { inFolder } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

/** A thousand iterations, each of three that the compiler writes out. */
const unrolled = "int f(volatile int *x)\n{\n    for (int i = 0; i < 1000; i++) {\n        for (int j = 0; j < 3; j++) { x[j] += i * x[j + 3]; LOOP_BOUND(j, 3); }\n        LOOP_BOUND(i, 1000);\n    }\n    return 0;\n}\n";

type NamedLoop = readonly [loop: string, counts: { readonly parent: string | undefined; readonly extent: number; readonly total: number }];

function loopOf(loop: string, parent: string | undefined, extent: number, entries: number): NamedLoop {
  return [loop, { parent, extent, total: entries * extent }];
}

function loopsOf(...loops: readonly NamedLoop[]): ProgramLoops {
  return new Map(loops);
}

test("facts: a loop whose inner loop was unrolled away runs as often as itself, not as the inner one", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  await inFolder((folder) => {
    const [source, header, binary] = [join(folder, "f.c"), join(folder, "marks.h"), join(folder, "f.elf")];
    writeFileSync(source, unrolled);
    writeFileSync(header, marksHeader);
    const flags = compileFlags({ compiler: "gcc", target: "cortex-m4", optimisation: "O3" });
    t.is(spawnSync("arm-none-eabi-gcc", [...flags, "-include", header, source, "-nostdlib", "-Wl,-e,f", "-o", binary]).status, 0);
    const elf = readElf(readFileSync(binary), "f.elf");
    const code = codeGraph(elf, present(elf.functions.find(({ name }) => name === "f"), "f"));
    const marks = marksOf(elf, "f.elf");
    t.is(marks.filter(({ loop }) => loop === "j").length, 3, "the inner loop is written out");
    const { facts, problems } = loopFacts(code, marks, loopsOf(loopOf("i", undefined, 1000, 1), loopOf("j", "i", 3, 1000)));
    t.deepEqual(problems, []);
    t.deepEqual(facts.map(({ max, total }) => [max, total]), [[999, 999]]);
    // Were j not inside i, its three iterations would be all that one entry has: what this test is about.
    const apart = loopFacts(code, marks, loopsOf(loopOf("i", undefined, 1000, 1), loopOf("j", undefined, 3, 1000)));
    t.true(present(apart.facts[0], "a fact").max < 999);
    return Promise.resolve();
  });
});

test("facts: a loop with two ends, each with a mark, is bounded by both together; with one mark it is refused", (t) => {
  const jump = (target: number): Instruction["flow"] => ({ kind: "branch", target });
  const block = (id: number, successors: readonly number[], flow: Instruction["flow"]): Block => {
    const [first, last] = [0, 2].map((offset): Instruction => ({ address: 4 * id + offset, size: 2, flow: offset === 0 ? falls : flow, class: "alu" }));
    return { id, instructions: [present(first, "first"), present(last, "last")], successors, calls: undefined, exits: id === 4 };
  };
  const blocks = [block(0, [1], falls), block(1, [3, 2], jump(12)), block(2, [1, 4], jump(4)), block(3, [1, 4], jump(4)), block(4, [], { kind: "return", conditional: false })];
  const code = { functions: [{ name: "f", address: 0, blocks }], problems: [] };
  const marks = [10, 14].map((address) => ({ address, loop: "i", bound: 7 }));
  const both = loopFacts(code, marks, loopsOf(loopOf("i", undefined, 7, 3)));
  t.deepEqual([both.facts.map(({ max, total }) => [max, total]), both.problems], [[[7, 21]], []]);
  const one = loopFacts(code, marks.slice(1), loopsOf(loopOf("i", undefined, 7, 3)));
  t.deepEqual([one.facts, one.problems], [[], ["f+0x4 (0x4): no mark is passed in every iteration; those in the loop are of i: compile with the pinned flags"]]);
});
