/** Every function with a loop is called at one place for each part that runs it; and marks survive a linker that drops what nothing refers to. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { layoutOf } from "../../backends/c/layout.js";
import { runName } from "../../backends/c/names.js";
import { present } from "../../ir/prelude.js";
import { loopForest } from "../../wcet/cfg/loops.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { readElf } from "../../wcet/elf/elf.js";
import { marksHeader, marksOf } from "../../wcet/elf/marks.js";
import { boundablePrograms } from "../backends/programs.js";
import { inFolder } from "../backends/support.js";
import { hasTools } from "../support/tools.js";
import { canLink, linked } from "./support.js";

for (const subject of boundablePrograms) {
  test(`contexts: ${subject.name}, each function with a loop is called once for each part that runs it`, async (t) => {
    if (!canLink(t)) return;
    for (const optimisation of ["O0", "O2"] as const) {
      const elf = readElf(await linked(subject, { optimisation }), "x");
      const { functions } = codeGraph(elf, present(elf.functions.find(({ name }) => name === runName(subject.name)), "entry"));
      const called = functions.flatMap(({ blocks }) => blocks.flatMap(({ calls }) => calls ?? []));
      const looping = functions.slice(1).filter((graph) => loopForest(graph).loops.length > 0);
      if (optimisation === "O0") t.true(looping.length > 0);
      const { runs } = layoutOf(subject.program, { model: subject.name, weights: subject.weights });
      for (const { name, address } of looping) t.is(called.filter((at) => at === address).length, runs.filter(({ group }) => group.name === name).length, name);
    }
  });
}

test("contexts: marks stay where the linker drops sections that nothing refers to", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc")) return;
  await inFolder((folder) => {
    writeFileSync(join(folder, "marks.h"), marksHeader);
    writeFileSync(join(folder, "f.c"), "int f(const int *x) { int s = 0; for (int i = 0; i < 40; i++) { s += x[i]; LOOP_BOUND(i, 40); } return s; }\n");
    for (const [compiler, ...machine] of [["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"], ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"]] as const) {
      const elf = join(folder, "f.elf");
      const done = spawnSync(compiler, [...machine, "-O2", "-ffunction-sections", "-ffreestanding", "-nostdlib", "-Wl,-e,f,--gc-sections", "-include", join(folder, "marks.h"), join(folder, "f.c"), "-o", elf], { encoding: "utf8" });
      t.is(done.status, 0, done.stderr);
      t.deepEqual(marksOf(readElf(readFileSync(elf), "f.elf"), "f.elf").map(({ loop, bound }) => [loop, bound]), [["i", 40]], compiler);
    }
    return Promise.resolve();
  });
});
