/** Stores from which no output is computed: whole chains go, what stays is proved unchanged, and the C has no unread local. */
import test from "ava";
import { printBuffer, printStore } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { loadsOf, loopsOf, storesOf } from "../../ir/loop/visit.js";
import { Refusal, present } from "../../ir/prelude.js";
import { buildModel } from "../../src/driver.js";
import { contractBuffers } from "../../src/passes/contract-buffers.js";
import { dropDeadStores } from "../../src/passes/drop-dead-stores.js";
import { runInC } from "../../src/run/engines.js";
import { vectorFor } from "../../src/run/vectors.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { network } from "../networks/network.js";
import { hasTools } from "../support/tools.js";
import { runStages, startOf } from "./wires-support.js";

function stores(program: Program): string[] {
  return storesOf(program).map(({ store }) => printStore(store).replace(/ from .*/, ""));
}

/** Temps and locals that some store writes and no load reads. */
function unread(program: Program): string[] {
  const read = new Set(storesOf(program).flatMap(({ store }) => loadsOf(store.value).map(({ buffer }) => buffer)));
  return program.buffers.filter(({ kind, name }) => (kind === "temp" || kind === "local") && !read.has(name)).map(({ name }) => name);
}

/** Sums of two operands side by side in one tensor; a window reads the first part only, and `n0_z` feeds the second alone. */
const window = `
input x0 "x" f32[3]
input x1 "z" f32[3]
output y0 "y" f32[2]
temp n0_z f32[3]
temp n1_a f32[8]
temp n2_a f32[8]
temp n3_y f32[8]

for n0_o0 in 0..3 serial {
  n0_f: n0_z[n0_o0] = neg.f32(x1[n0_o0])
}
for n1_o0 in 0..8 serial {
  n1_i: n1_a[n1_o0] = f32:0x00000000
  for n1_k0 in 0..3 serial {
    n1_s: n1_a[n1_o0] = add.f32(n1_a[n1_o0], x0[n1_k0])
  }
  if -n1_o0 + 5 >= 0 {
    n1_f: n3_y[n1_o0] = n1_a[n1_o0]
  }
}
for n2_o0 in 0..8 serial {
  n2_i: n2_a[n2_o0] = f32:0x00000000
  for n2_k0 in 0..3 serial {
    n2_s: n2_a[n2_o0] = add.f32(n2_a[n2_o0], n0_z[n2_k0])
  }
  if n2_o0 - 6 >= 0 {
    n2_f: n3_y[n2_o0] = n2_a[n2_o0]
  }
}
for n4_o0 in 0..2 serial {
  n4_f: y0[n4_o0] = max.f32(n3_y[3*n4_o0], n3_y[3*n4_o0 + 2])
}
`;

test("a region that no window reads goes with its accumulator and with what only it read", async (t) => {
  const [report, ...none] = await runStages(startOf(window), [dropDeadStores, dropDeadStores]);
  const program = present(report?.program, "program");
  t.deepEqual(none, [], "a second time there is nothing to do");
  t.true(report?.same);
  t.deepEqual(report?.open, []);
  t.deepEqual(storesOf(program).map(({ store }) => store.name), ["n1_i", "n1_s", "n1_f", "n4_f"]);
  t.deepEqual(loopsOf(program).map(({ variable }) => variable), ["n1_o0", "n1_k0", "n4_o0"]);
  t.deepEqual(program.buffers.map(({ name }) => name), ["x0", "x1", "y0", "n1_a", "n3_y"]);
});

test("without it, contraction leaves a local that nobody reads; with it, on either side, none", async (t) => {
  const [bare] = await runStages(startOf(window), [contractBuffers]);
  t.deepEqual(unread(present(bare?.program, "program")), ["n3_y_l1"]);
  for (const passes of [[dropDeadStores, contractBuffers], [contractBuffers, dropDeadStores]]) {
    const reports = await runStages(startOf(window), passes);
    t.is(reports.length, 2);
    for (const { same, open, pass } of reports) {
      t.true(same, pass);
      t.deepEqual(open, [], pass);
    }
    t.deepEqual(unread(present(reports.at(-1)?.program, "program")), []);
  }
});

/** A sum that only its own steps read, of a weight that nothing else reads. */
const selfReading = `
input x0 "x" f32[4]
output y0 "y" f32[4]
weight w0 "w" f32[4]
weight w1 "v" f32[4]
temp a f32[]

si: a[] = f32:0x00000000
for k in 0..4 serial {
  ss: a[] = add.f32(a[], w0[k])
  sy: y0[k] = mul.f32(x0[k], w1[k])
}
`;

test("a sum that only its own steps read goes, and its weight; its loop stays for the other store", (t) => {
  const after = present(dropDeadStores.run(startOf(selfReading).staged, {})?.after, "program");
  t.deepEqual(stores(after), ["sy: y0[k] = mul.f32(x0[k], w1[k])"]);
  t.deepEqual(after.buffers.map((buffer) => printBuffer(buffer)), ['input x0 "x" f32[4]', 'output y0 "y" f32[4]', 'weight w1 "v" f32[4]']);
});

test("where every store reaches an output there is nothing to do", (t) => {
  const live = window.replace("3*n4_o0 + 2", "5*n4_o0 + 2");
  t.is(dropDeadStores.run(startOf(live).staged, {}), undefined);
});

test("options are refused", (t) => {
  const { code } = present(t.throws(() => dropDeadStores.run(startOf(window).staged, { keep: "n0" }), { instanceOf: Refusal }), "refusal");
  t.is(code, "schedule-option");
});

/** Networks whose pooling leaves regions unread, with the statements dropped. */
const pooled = { mnist_8: 15, tfl_magic_wand_fp32: 9 } as const;

for (const [name, dropped] of Object.entries(pooled)) {
  test.serial(`${name}: ${dropped} dead statements go, all proved, every compiler takes the C without a warning`, async (t) => {
    t.timeout(600_000);
    const folder = network(name);
    if (folder === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    if (!hasTools(t, "gcc")) return;
    const request = { model: folder.model, jobs: 2, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: true } as const;
    const { outcome, stages, code, imported } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
    t.is(outcome, "proved");
    const at = stages.findIndex((stage) => stage.name === dropDeadStores.name);
    const [before, after] = [at - 1, at].map((k) => storesOf(present(stages[k]?.program, "program")).length);
    t.is(present(before, "stores") - present(after, "stores"), dropped);
    const { emission, read } = present(code, "code of a proved build");
    t.deepEqual(unread(read.program), []);
    for (const compiler of await findCompilers()) {
      const [outputs] = await runInC({ files: emission.files, read, contract: "separate" }, [vectorFor(imported.graph.inputs, 1)], compiler);
      t.is(present(outputs, compiler.kind).length, read.program.buffers.filter(({ kind }) => kind === "output").length, compiler.kind);
      t.log(`compiled clean by ${compiler.kind}`);
    }
  });
}
