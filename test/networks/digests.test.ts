/**
 * One digest of the output bits: both compilers, all levels, all targets, both contracts. Small
 * cores and AArch64 run under QEMU; docs/bits.md has the table of more networks.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type Subject, everyWay, subjectOf, wrongWays } from "../../bench/bits/network.js";
import { type Way, waysFor } from "../../bench/bits/places.js";
import { present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { readDataSet } from "../../src/testing/data-sets.js";
import { hasTools } from "../support/tools.js";
import { network } from "./network.js";

const tools = ["gcc", "clang", "arm-none-eabi-gcc", "qemu-system-arm", "riscv64-unknown-elf-gcc", "qemu-system-riscv32", "aarch64-linux-gnu-gcc", "qemu-aarch64"];

/** Stored inputs, special values and subnormal ones; undefined, and said so, where something is not there. */
function subject(t: ExecutionContext, name: string, contract: MulAddContract): Subject | undefined {
  t.timeout(900_000);
  const folder = network(name);
  if (folder === undefined) {
    t.log("skipped: test data");
    t.pass();
    return undefined;
  }
  if (!hasTools(t, ...tools)) return undefined;
  return subjectOf(folder.model, contract, readDataSet(present(folder.sets[0], "a data set")).inputs);
}

function workFolder(t: ExecutionContext): string {
  const work = mkdtempSync(join(tmpdir(), "obligato-digests-"));
  t.teardown(() => rmSync(work, { recursive: true, force: true }));
  return work;
}

async function allEqual(t: ExecutionContext, it: Subject, ways: readonly Way[]): Promise<void> {
  const found = await everyWay(it, ways, { work: workFolder(t), jobs: 2 });
  t.is(found.length, ways.length);
  t.deepEqual(wrongWays(it, found), []);
  t.log(`${found.length} builds for ${new Set(ways.map(({ place }) => place.name)).size} targets: ${it.digest}`);
}

for (const contract of ["separate", "fused"] as const) {
  test.serial(`hcas_pra0_tau00, ${contract}: gcc and clang at every level for every target give the interpreter's digest`, async (t) => {
    const it = subject(t, "hcas_pra0_tau00", contract);
    if (it === undefined) return;
    const ways = waysFor(contract === "fused");
    for (const target of ["host", "aarch64", "cortex-m4", "cortex-m7", "rv32"]) t.is(ways.filter(({ place }) => place.name === target).length, 10, target);
    await allEqual(t, it, ways);
  });
}

test.serial("mlperf_ic_fp32: gcc and clang at every level on the host, gcc for every target, give the interpreter's digest", async (t) => {
  const it = subject(t, "mlperf_ic_fp32", "separate");
  if (it === undefined) return;
  const ways = waysFor(false).filter(({ place, compiler, optimisation }) => place.name === "host" || (compiler === "gcc" && optimisation === place.usual));
  t.true(ways.length >= 14);
  await allEqual(t, it, ways);
});

test.serial("the digest tells: products contracted behind the back of the text are other bits, with either compiler", async (t) => {
  const it = subject(t, "hcas_pra0_tau00", "separate");
  if (it === undefined) return;
  const ways = waysFor(false).filter(({ place, optimisation }) => place.name === "aarch64" && optimisation === "O2");
  const found = await everyWay(it, ways, { work: workFolder(t), jobs: 2, flags: ["-ffp-contract=fast"] });
  t.is(found.length, 2);
  t.is(wrongWays(it, found).length, 2, "both are noticed");
});
