/** Cortex-M7: instructions of version 5 as objdump reads them, counted instructions under emulation against the bound, and what its table says of itself. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { runName } from "../../backends/c/names.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { present } from "../../ir/prelude.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { cortexM7Board } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { analyse } from "../../wcet/analyse.js";
import { isUndecodable } from "../../wcet/cfg/instruction.js";
import { decodeThumb } from "../../wcet/cfg/thumb.js";
import { vfpMnemonic } from "../../wcet/cfg/thumb-vfp.js";
import { cortexM7 } from "../../wcet/cores/cortex-m7.js";
import { instructionMode } from "../../wcet/cores/instructions.js";
import { halfWordAt, readElf } from "../../wcet/elf/elf.js";
import { boundablePrograms } from "../backends/programs.js";
import { inFolder, inputsOf } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

const versionFive = ["vselge.f32 s0, s1, s2", "vseleq.f32 s31, s30, s29", "vselgt.f32 s3, s4, s5", "vselvs.f32 s6, s7, s8", "vmaxnm.f32 s0, s1, s2", "vminnm.f32 s9, s31, s2"]
  .concat(["a", "n", "p", "m", "z", "r", "x"].map((mode) => `vrint${mode}.f32 s5, s18`))
  .concat(["a", "n", "p", "m"].flatMap((mode) => [`vcvt${mode}.s32.f32 s1, s2`, `vcvt${mode}.u32.f32 s30, s3`]));

test("cortex-m7: instructions of version 5 have the size and the name that objdump prints", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-objdump")) return;
  await inFolder((folder) => {
    const [source, elf] = [join(folder, "f.s"), join(folder, "f.elf")];
    writeFileSync(source, `.syntax unified\n.thumb\n.text\n.global f\n.type f, %function\nf:\n${versionFive.map((line) => `  ${line}\n`).join("")}  bx lr\n.size f, .-f\n`);
    const made = spawnSync("arm-none-eabi-gcc", ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16", "-nostdlib", "-Wl,-e,f", source, "-o", elf], { encoding: "utf8" });
    t.is(made.status, 0, made.stderr);
    const image = readElf(readFileSync(elf), elf);
    const at = (address: number): number | undefined => halfWordAt(image, address);
    const lines = spawnSync("arm-none-eabi-objdump", ["-d", elf], { encoding: "utf8" }).stdout.split("\n").flatMap((line) => {
      const [, address = "", name = ""] = /^ *([0-9a-f]+):\t[0-9a-f]{4} [0-9a-f]{4} *\t(v[a-z]+)/.exec(line) ?? [];
      return address === "" ? [] : [{ address: Number.parseInt(address, 16), name }];
    });
    t.is(lines.length, versionFive.length);
    for (const { address, name } of lines) {
      const found = decodeThumb(at, address, false);
      if (isUndecodable(found)) t.fail(`${name}: ${found.why}`);
      else t.deepEqual([found.size, found.class, found.flow.kind], [4, "fp-alu", "next"], name);
      const due = name.replace(/^vsel.*/, "vsel");
      t.is(vfpMnemonic(at(address) ?? 0, at(address + 2) ?? 0), due, name);
    }
    return Promise.resolve();
  });
});

for (const { name, program, weights, ...rest } of boundablePrograms) {
  test(`cortex-m7: ${name} takes no more instructions than its bound, and its table charges at least two cycles for each`, async (t) => {
    if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm", cortexM7Board.qemu)) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      const { loops, guards, namesakes } = codeFactsOf(program);
      const about = { where: name, entry: runName(name), totals: new Map(loops.map(({ loop, total }) => [loop, total])), guards: guards.map(({ taken }) => taken), namesakes, memory: { flashWaitStates: 0, ramWaitStates: 0 } };
      for (const optimisation of ["O2", "O3"] as const) {
        const output = join(folder, optimisation);
        const { binary } = await compileForBoard({ board: cortexM7Board, folder, model: name, program, optimisation, output });
        const elf = readFileSync(binary);
        const [count, cycles] = [await analyse({ ...about, elf, core: instructionMode }), await analyse({ ...about, elf, core: cortexM7 })];
        if (count.kind === "none" || cycles.kind === "none") return t.fail(optimisation);
        const counted = await countOnBoard({ board: cortexM7Board, output, program }, binary, [1, 2, 3].map((seed) => inputsOf({ name, program, weights, ...rest }, seed)));
        const most = Math.max(...counted);
        t.log(`${optimisation}: bound ${count.bound}, counted ${most}, ${cycles.bound} cycles`);
        t.true(counted.length === 3 && most > 0 && count.bound >= BigInt(most));
        t.true(cycles.bound >= 2n * count.bound);
      }
    });
  });
}

test("cortex-m7: a load or store of a double is two accesses", (t) => {
  const decoded = (first: number): unknown => decodeThumb((address) => [first, 0x0b02][address / 2], 0, false);
  t.like(decoded(0xed90), { class: "fp-load-multiple", registers: 2 }); // vldr d0, [r0, #8]
  t.like(decoded(0xed80), { class: "fp-store-multiple", registers: 2 });
});

test("cortex-m7: the table says that nobody publishes a worst case", (t) => {
  t.regex(cortexM7.title, /no published worst case/);
  t.regex(cortexM7.gaps.join("; "), /Arm publishes no worst case/);
  t.is(present(cortexM7.machine, "machine"), "arm");
});

test("cortex-m7: wait states of flash are charged for each half word that is fetched, each access to data, and both at a taken branch", (t) => {
  const at = (flash: number, ram: number, it: Partial<Parameters<typeof cortexM7.costOf>[0]>): number =>
    cortexM7.costOf({ address: 0, size: 4, flow: { kind: "next" }, class: "alu", ...it }, { flashWaitStates: flash, ramWaitStates: ram });
  t.is(at(5, 0, {}) - at(0, 0, {}), 10);
  t.is(at(5, 0, { size: 2 }) - at(0, 0, { size: 2 }), 5);
  t.is(at(5, 0, { class: "load" }) - at(0, 0, { class: "load" }), 15);
  t.is(at(0, 3, { class: "fp-load-multiple", registers: 4 }) - at(0, 0, { class: "fp-load-multiple", registers: 4 }), 12);
  t.is(at(5, 0, { class: "branch", size: 2, flow: { kind: "branch", target: 8 } }) - at(0, 0, { class: "branch", size: 2, flow: { kind: "branch", target: 8 } }), 15);
});
