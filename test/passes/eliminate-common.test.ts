/** eliminate-common: equal nests and repeated parts of values, by a witness that goes backward. */
import test, { type ExecutionContext } from "ava";
import { printStore } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { checkStage, beginChain } from "../../proofs/kernel/kernel.js";
import { discharge } from "../../proofs/provers/discharge.js";
import type { PassOptions } from "../../src/pass.js";
import { dropDeadStores } from "../../src/passes/drop-dead-stores.js";
import { eliminateCommon } from "../../src/passes/eliminate-common.js";
import { runStages, startOf } from "./wires-support.js";

function stores(program: Program): string[] {
  return storesOf(program).map(({ store }) => printStore(store).replace(/ from .*/, ""));
}

async function proved(t: ExecutionContext, text: string, options: PassOptions): Promise<Program> {
  const [report] = await runStages(startOf(text), [eliminateCommon], options);
  const { open, same, program } = present(report, "stage");
  t.deepEqual(open, []);
  t.true(same);
  return program;
}

/** Two chains of equal nodes: n2 equals n0, and n3 equals n1 once n2 is n0. */
const twice = `
input x0 "x" f32[4,3]
output y0 "y" f32[4]
temp n0_a f32[4]
temp n0_y f32[4]
temp n1_y f32[4]
temp n2_a f32[4]
temp n2_y f32[4]
temp n3_y f32[4]

for n0_o0 in 0..4 serial {
  n0_i: n0_a[n0_o0] = f32:0x00000000
  for n0_k0 in 0..3 serial {
    n0_s: n0_a[n0_o0] = add.f32(n0_a[n0_o0], x0[n0_o0, n0_k0])
  }
  n0_f: n0_y[n0_o0] = neg.f32(n0_a[n0_o0])
}
for n1_o0 in 0..4 serial {
  n1_f: n1_y[n1_o0] = abs.f32(n0_y[n1_o0])
}
for n2_o0 in 0..4 serial {
  n2_i: n2_a[n2_o0] = f32:0x00000000
  for n2_k0 in 0..3 serial {
    n2_s: n2_a[n2_o0] = add.f32(n2_a[n2_o0], x0[n2_o0, n2_k0])
  }
  n2_f: n2_y[n2_o0] = neg.f32(n2_a[n2_o0])
}
for n3_o0 in 0..4 serial {
  n3_f: n3_y[n3_o0] = abs.f32(n2_y[n3_o0])
}
for n4_o0 in 0..4 serial {
  n4_f: y0[n4_o0] = sub.f32(mul.f32(n1_y[n4_o0], n3_y[n4_o0]), mul.f32(n1_y[n4_o0], n3_y[n4_o0]))
}
`;

test("equal chains of nests merge from the top, and their readers read what stays", async (t) => {
  const program = await proved(t, twice, { nests: true });
  t.deepEqual(stores(program).map((line) => line.split(":")[0]), ["n0_i", "n0_s", "n0_f", "n1_f", "n4_f"]);
  t.is(stores(program).at(-1), "n4_f: y0[n4_o0] = sub.f32(mul.f32(n1_y[n4_o0], n1_y[n4_o0]), mul.f32(n1_y[n4_o0], n1_y[n4_o0]))");
  t.deepEqual(program.buffers.map(({ name }) => name), ["x0", "y0", "n0_a", "n0_y", "n1_y"]);
});

test("with values too, the product that stands twice is a scalar", async (t) => {
  const program = await proved(t, twice, { nests: true, values: true });
  t.deepEqual(stores(program).slice(-2), ["n4_fe: n4_fc[] = mul.f32(n1_y[n4_o0], n1_y[n4_o0])", "n4_f: y0[n4_o0] = sub.f32(n4_fc[], n4_fc[])"]);
});

test("nests that differ in a constant, an index or a source stay", (t) => {
  for (const [from, to] of [["n2_i: n2_a[n2_o0] = f32:0x00000000", "n2_i: n2_a[n2_o0] = f32:0x80000000"], ["n2_a[n2_o0], x0[n2_o0, n2_k0]", "n2_a[n2_o0], x0[n2_o0, -n2_k0 + 2]"], ["neg.f32(n2_a[n2_o0])", "abs.f32(n2_a[n2_o0])"]] as const) {
    const changed = twice.replace(from, to);
    t.not(changed, twice);
    t.is(eliminateCommon.run(startOf(changed).staged, { nests: true }), undefined);
  }
});

test("nothing is eliminated unless the schedule says so", (t) => {
  t.is(eliminateCommon.run(startOf(twice).staged, {}), undefined);
});

test("a backward witness is not taken as a forward one", async (t) => {
  const { staged, model } = startOf(twice);
  const { established } = beginChain({ stage: "reference", model }, staged.program, staged.dataflow);
  const { after, witness } = present(eliminateCommon.run(staged, { nests: true }), "result");
  const { backward, ...forward } = witness;
  t.true(backward);
  const { obligations } = checkStage({ stage: "forward", model }, established, after, forward);
  const lines = await discharge(obligations, { jobs: 1, solver: "auto" });
  t.true(lines.some(({ rule, verdict }) => rule === "W2" && verdict.kind === "refuted"));
});

test("a whole node that nobody reads goes, and what only it needed", async (t) => {
  const unread = twice.replaceAll("n3_y[n4_o0]", "n1_y[n4_o0]");
  const [report] = await runStages(startOf(unread), [dropDeadStores]);
  const { open, program } = present(report, "stage");
  t.deepEqual(open, []);
  t.deepEqual(stores(program).map((line) => line.split(":")[0]), ["n0_i", "n0_s", "n0_f", "n1_f", "n4_f"]);
});
