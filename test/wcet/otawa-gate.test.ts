/** What OTAWA cannot read is refused by address: floating-point instructions by mnemonic, debugging data, tail calls, banks. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test, { type ExecutionContext } from "ava";
import { present } from "../../ir/prelude.js";
import { otawaProblems } from "../../wcet/bind/otawa-gate.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { vfpMnemonic } from "../../wcet/cfg/thumb-vfp.js";
import { dwarfVersions } from "../../wcet/elf/dwarf.js";
import { readElf } from "../../wcet/elf/elf.js";
import { inFolder } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

const tools = ["arm-none-eabi-gcc", "arm-none-eabi-objdump"];
const machine = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-ffreestanding", "-nostdlib", "-Wl,-e,f"];

/** One of each instruction of FPv4-SP that binutils knows, with the forms that differ in encoding. */
const instructions = `
  vadd.f32 s0, s1, s2
  vsub.f32 s31, s30, s29
  vmul.f32 s0, s1, s2
  vdiv.f32 s3, s1, s2
  vmla.f32 s0, s1, s2
  vmls.f32 s0, s1, s2
  vnmla.f32 s0, s1, s2
  vnmls.f32 s0, s1, s2
  vnmul.f32 s0, s1, s2
  vfma.f32 s0, s1, s2
  vfms.f32 s0, s1, s2
  vfnma.f32 s0, s1, s2
  vfnms.f32 s0, s1, s2
  vabs.f32 s0, s1
  vneg.f32 s0, s1
  vsqrt.f32 s0, s1
  vcmp.f32 s0, s1
  vcmpe.f32 s0, s1
  vcmp.f32 s0, #0.0
  vcmpe.f32 s7, #0.0
  vmov.f32 s0, s1
  vmov.f32 s0, #1.0
  vmov s0, r1
  vmov r1, s31
  vmov s2, s3, r0, r1
  vmov r0, r1, s2, s3
  vmov r0, r1, d2
  vmov d2, r0, r1
  vcvt.f32.s32 s0, s1
  vcvt.s32.f32 s0, s1
  vcvt.u32.f32 s0, s1
  vcvtr.s32.f32 s0, s1
  vcvtr.u32.f32 s0, s1
  vcvt.f32.u32 s0, s1
  vcvt.f32.s32 s0, s0, #3
  vcvt.u16.f32 s0, s0, #3
  vcvtb.f32.f16 s0, s1
  vcvtt.f16.f32 s0, s1
  vldr s0, [r1, #4]
  vldr d0, [sp, #8]
  vstr s0, [r1, #-4]
  vldmia r0, {s0-s3}
  vldmia r0!, {s0}
  vldmdb r0!, {s0-s1}
  vstmia r0, {d0-d1}
  vstmia r0!, {s0}
  vstmdb r0!, {d0}
  vpush {s16-s19}
  vpop {d8-d9}
  vmrs APSR_nzcv, fpscr
  vmrs r0, fpscr
  vmsr fpscr, r0
  add r0, r1
  mul r0, r1, r2
  ldmia r0!, {r1, r2}
`;

function built(t: ExecutionContext, folder: string, name: string, text: string, flags: readonly string[] = []): Uint8Array {
  const [source, elf] = [join(folder, name), join(folder, `${name}.elf`)];
  writeFileSync(source, text);
  const done = spawnSync("arm-none-eabi-gcc", [...machine, ...flags, source, "-o", elf], { encoding: "utf8" });
  t.is(done.status, 0, done.stderr);
  return readFileSync(elf);
}

test("gate: floating-point instructions have the mnemonics that objdump prints", async (t) => {
  if (!hasTools(t, ...tools)) return;
  await inFolder((folder) => {
    built(t, folder, "v.s", `.syntax unified\n.thumb\n.fpu fpv4-sp-d16\n.global f\n.type f, %function\nf:\n${instructions}\n bx lr\n`);
    const { stdout } = spawnSync("arm-none-eabi-objdump", ["-d", join(folder, "v.s.elf")], { encoding: "utf8" });
    const lines = [...stdout.matchAll(/^ *[0-9a-f]+:\t([0-9a-f]{4}) ?([0-9a-f]{4})? *\t(\w+)/gm)];
    t.is(lines.length, instructions.trim().split("\n").length + 1);
    for (const [line, first = "", second = "0", mnemonic = ""] of lines) {
      const found = vfpMnemonic(Number.parseInt(first, 16), Number.parseInt(second, 16));
      t.is(found, mnemonic.startsWith("v") ? mnemonic : undefined, line);
    }
    return Promise.resolve();
  });
});

const plain = "int f(int x) { return x + 1; }\n";

/** [what, C, flags, expected problems]. */
const cases: readonly (readonly [what: string, text: string, flags: readonly string[], due: readonly RegExp[]])[] = [
  ["integers, and floats that are only added", "float f(float x, int y) { return x + (float)y * 0.5f; }\n", ["-O2", "-ffp-contract=off"], []],
  ["a comparison of floats", "float f(float x) { return x < 0.0f ? 0.0f : x; }\n", ["-O2"], [/^f\+0x[0-9a-f]+ \(0x[0-9a-f]+\): OTAWA does not read vcmpe? in Thumb: .*-marm/]],
  ["a loop over floats with post-increment", "void f(float *x, float y, int n) { for (int i = 0; i < n; i++) *x++ = y; }\n", ["-O2", "-fno-tree-loop-distribute-patterns"], [/OTAWA does not read vstmia in Thumb: compile with -fno-auto-inc-dec/]],
  ["the same without post-increment", "void f(float *x, float y, int n) { for (int i = 0; i < n; i++) *x++ = y; }\n", ["-O2", "-fno-tree-loop-distribute-patterns", "-fno-auto-inc-dec"], []],
  ["a fused multiply-add", "float f(float x, float y, float z) { return x * y + z; }\n", ["-O2", "-ffp-contract=fast"], [/vfma in Thumb: compile with -ffp-contract=off/]],
  ["a square root", "float f(float x) { return __builtin_sqrtf(x); }\n", ["-O2", "-fno-math-errno"], [/does not read vsqrt in Thumb/]],
  ["a tail call", "__attribute__((noinline)) int g(int x) { return x * 3; }\nint f(int x) { return g(x + 1); }\n", ["-O2", "-fno-ipa-sra"], [/a tail call: compile with -fno-optimize-sibling-calls/]],
  ["no tail call", "__attribute__((noinline)) int g(int x) { return x * 3; }\nint f(int x) { return g(x + 1); }\n", ["-O2", "-fno-optimize-sibling-calls"], []],
  ["DWARF 5", plain, ["-gdwarf-5"], [/^\.debug_info: DWARF 5/]],
  ["DWARF 4", plain, ["-gdwarf-4"], []],
  ["code from address 0 on", plain, ["-Wl,-Ttext=0"], [/^\.text: code of a section at address 0/]],
  ["code from address 4 on", plain, ["-Wl,-Ttext=4"], []],
];

for (const [what, text, flags, due] of cases) {
  test(`gate: ${what}`, async (t) => {
    if (!hasTools(t, ...tools)) return;
    await inFolder((folder) => {
      const elf = readElf(built(t, folder, "f.c", text, flags), "f.elf");
      const code = codeGraph(elf, present(elf.functions.find(({ name }) => name === "f"), "f"));
      const found = otawaProblems(elf, code, []);
      t.is(found.length > 0, due.length > 0, found.join("\n"));
      due.forEach((each) => { t.true(found.some((line) => each.test(line)), `${String(each)}\n${found.join("\n")}`); });
      return Promise.resolve();
    });
  });
}

test("gate: code outside the stated banks, debugging data that is cut", async (t) => {
  if (!hasTools(t, ...tools)) return;
  await inFolder((folder) => {
    const bytes = built(t, folder, "f.c", plain, ["-gdwarf-4", "-Wl,-Ttext=0x08000000"]);
    const elf = readElf(bytes, "f.elf");
    const code = codeGraph(elf, present(elf.functions.find(({ name }) => name === "f"), "f"));
    const flash = { start: 0x08000000, end: 0x08000000 + 4096 };
    t.deepEqual(otawaProblems(elf, code, [flash]), []);
    t.regex(otawaProblems(elf, code, [{ ...flash, end: flash.start + 2 }]).join(), /\.text at 0x8000000 lies in no bank/);
    t.regex(otawaProblems(elf, code, [{ start: 0x20000000, end: 0x20001000 }]).join(), /\.text at 0x8000000 lies in no bank/);
    const cut = { ...elf, sections: elf.sections.map((s) => (s.name === ".debug_info" ? { ...s, bytes: s.bytes.subarray(0, s.bytes.length - 1) } : s)) };
    t.is(dwarfVersions(cut).get(".debug_info"), "unreadable");
    t.regex(otawaProblems(cut, code, []).join(), /units that cannot be followed/);
    return Promise.resolve();
  });
});
