/** What docs/performance.md counts and how it holds a peer to AVX2: on expressions and a library made for it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test from "ava";
import { builds, nameOfBuild } from "../../bench/performance/builds.js";
import { writeNarrow } from "../../bench/performance/narrow.js";
import { addsProduct } from "../../bench/performance/network.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { storesOf } from "../../ir/loop/visit.js";
import { machineUnder, vectorMachines } from "../../src/schedule/vector/machine.js";
import { hasTools, runsOn } from "../support/tools.js";

test("a multiply-add is a product added to what its buffer had, rounded once or twice", (t) => {
  const counted = (value: string): boolean => {
    const program = parseProgram(`program p\ninput x "x" f32[4]\noutput y "y" f32[4]\n\nfor i in 0..4 serial from "n" by "t" {\n  s: y[i] = ${value} from "n" by "t"\n}\n`);
    return storesOf(program).every(({ store }) => addsProduct(store.value, store.buffer));
  };
  t.true(counted("add.f32(y[i], mul.f32(x[i], x[i]))"));
  t.true(counted("fma.f32(x[i], x[i], y[i])"));
  t.false(counted("fma.f32(x[i], y[i], x[i])"), "a step of a polynomial");
  t.false(counted("add.f32(y[i], x[i])"));
});

test("fused builds are those of processors with the instruction", (t) => {
  t.deepEqual(builds.map(nameOfBuild), ["ours x86-64-v2", "ours x86-64-v3", "ours fused x86-64-v3", "ours x86-64-v4", "ours fused x86-64-v4"]);
});

test("the contract changes what a processor's tiles go by, and nothing else", (t) => {
  for (const machine of vectorMachines) {
    t.is(machineUnder("separate", machine), machine);
    t.deepEqual(machineUnder("fused", machine), { ...machine, ...machine.fused });
  }
  const slower = vectorMachines.filter((machine) => machineUnder("fused", machine).latency > machine.latency).map(({ name }) => name);
  t.deepEqual(slower, ["x86-64-v3", "x86-64-v4"], "measured there: a fused one takes longer than a sum");
});

const asking = `
#include <stdint.h>
uint32_t states(void) { uint32_t low, high; __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0)); return low; }
uint32_t constant(void) { uint32_t it; __asm__ volatile("movl $0x11d0010f, %0" : "=r"(it)); return it; }
`;
const asker = `
#define _GNU_SOURCE
#include "narrow.h"
#include <stdio.h>
uint32_t states(void);
uint32_t constant(void);
int main(void) { answer_for_narrow(); printf("%x %x", states(), constant()); return 0; }
`;

test("a library held to AVX2 hears of no wider registers, and bytes that only look like the question stay", async (t) => {
  if (!runsOn(t, "x64") || !hasTools(t, "gcc", "objdump")) return;
  const folder = mkdtempSync(join(tmpdir(), "obligato-narrow-"));
  try {
    const [library, source, main] = ["libasking.so", "asking.c", "main.c"].map((name) => join(folder, name)) as [string, string, string];
    writeFileSync(source, asking);
    writeFileSync(main, asker);
    execFileSync("gcc", ["-O1", "-shared", "-fPIC", source, "-o", library]);
    execFileSync("gcc", ["-O1", `-I${resolve("bench/performance")}`, main, library, `-Wl,-rpath,${folder}`, "-o", join(folder, "main")]);
    const heard = (): readonly number[] => execFileSync(join(folder, "main")).toString().split(" ").map((word) => parseInt(word, 16));
    const [before = 0, immediate] = heard();
    const original = readFileSync(library);
    await writeNarrow(library, join(folder, "copy.so"));
    writeFileSync(library, readFileSync(join(folder, "copy.so")));
    const changed = [...readFileSync(library)].filter((byte, k) => byte !== original[k]).length;
    t.is(changed, 1, "01 of the one xgetbv");
    t.deepEqual(heard(), [before & ~0x600e0, immediate]);
    t.is(immediate, 0x11d0010f);
    await t.throwsAsync(writeNarrow(join(folder, "copy.so"), join(folder, "none.so")), { message: /never asks/ });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
