/** Schedules for processors with vectors: what is chosen for shapes of nests, and that it is proved on each. */
import test from "ava";
import type { Node, Program } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import { beginChain, checkStage } from "../../proofs/kernel/kernel.js";
import { discharge } from "../../proofs/provers/discharge.js";
import type { Pass } from "../../src/pass.js";
import { moveChannels } from "../../src/passes/move-channels.js";
import { reorderLoops } from "../../src/passes/reorder-loops.js";
import { splitRemainder } from "../../src/passes/split-remainder.js";
import { tileLoops } from "../../src/passes/tile-loops.js";
import { pipeline } from "../../src/pipeline.js";
import { defaultSchedule } from "../../src/schedule.js";
import { choicesFor } from "../../src/schedule/vector/choose.js";
import { machineUnder, vectorMachines } from "../../src/schedule/vector/machine.js";
import { vectorNestsOf } from "../../src/schedule/vector/nests.js";
import { stepsWith } from "../../src/schedule/vector/steps.js";
import { planSteps } from "../../src/steps.js";
import { outline, proved, stores, untouched } from "./loops-support.js";
import { runStages, startOf } from "./wires-support.js";

/** Scores of 16 queries and 32 keys, their maximum over the keys, and what lies below it. */
const attention = `
input x0 "q" f32[16,4]
input x1 "k" f32[32,4]
output y0 "y" f32[16]
temp n0_y f32[16,4]
temp n1_y f32[32,4]
temp n2_a f32[16,32]
temp n2_y f32[16,32]
temp n3_y f32[16,32]
temp n4_a f32[16]

for n0_o0 in 0..16 serial {
  for n0_o1 in 0..4 serial {
    n0_f: n0_y[n0_o0, n0_o1] = neg.f32(x0[n0_o0, n0_o1])
  }
}
for n1_o0 in 0..32 serial {
  for n1_o1 in 0..4 serial {
    n1_f: n1_y[n1_o0, n1_o1] = neg.f32(x1[n1_o0, n1_o1])
  }
}
for n2_o0 in 0..16 serial {
  for n2_o1 in 0..32 serial {
    n2_i: n2_a[n2_o0, n2_o1] = f32:0x00000000
    for n2_k0 in 0..4 serial {
      n2_s: n2_a[n2_o0, n2_o1] = add.f32(n2_a[n2_o0, n2_o1], mul.f32(n0_y[n2_o0, n2_k0], n1_y[n2_o1, n2_k0]))
    }
    n2_f: n2_y[n2_o0, n2_o1] = n2_a[n2_o0, n2_o1]
  }
}
for n3_o0 in 0..16 serial {
  for n3_o1 in 0..32 serial {
    n3_f: n3_y[n3_o0, n3_o1] = abs.f32(n2_y[n3_o0, n3_o1])
  }
}
for n4_o0 in 0..16 serial {
  n4_i: n4_a[n4_o0] = f32:0xff800000
  for n4_k0 in 0..32 serial {
    n4_s: n4_a[n4_o0] = max.f32(n4_a[n4_o0], n3_y[n4_o0, n4_k0])
  }
  n4_f: y0[n4_o0] = n4_a[n4_o0]
}
`;

const machines = vectorMachines;
const steps = defaultSchedule().steps.filter(({ pass }) => pass !== "fuse-loops");

test("attention: queries and scores lie along queries, scores and what is made of them alike", (t) => {
  for (const machine of machines) {
    const { layouts } = choicesFor(startOf(attention).staged, steps, machine);
    t.deepEqual(layouts.map(({ tensor, dimension }) => `${tensor} ${dimension}`), ["n0_y 1", "n2_y 1", "n3_y 1"], machine.name);
  }
});

test("accumulators fit the registers under either contract; lanes are whole vectors where those divide", (t) => {
  for (const machine of machines.flatMap((it) => [machineUnder("separate", it), machineUnder("fused", it)])) {
    const { tiles } = choicesFor(startOf(attention).staged, steps, machine);
    const product = present(tiles.find(({ site }) => site === "n2"), "tile of the product");
    t.is(present(product.lanes, "lanes").size % Math.min(machine.width, 16), 0);
    t.is(product.lanes?.loop, "n2_o0*");
    const vectors = (product.lanes?.size ?? 0) / machine.width * product.rows.reduce((count, { size }) => count * size, 1);
    t.true(vectors > 1 && vectors <= machine.accumulators.products, `${vectors} vectors`);
    t.true(vectors >= machine.latency, "a sum hides the latency of the others");
  }
});

for (const machine of machines) {
  test.serial(`attention for ${machine.name}: every stage proved, the same bits`, async (t) => {
    const start = startOf(attention);
    const schedule = stepsWith(steps, choicesFor(start.staged, steps, machine));
    const passes = planSteps({ schedule, until: undefined, skip: [] }, pipeline).map(({ pass, options }): Pass => ({ ...pass, run: (before) => pass.run(before, options) }));
    const reports = await runStages(start, passes);
    t.deepEqual(reports.flatMap(({ open }) => open), []);
    t.true(reports.every(({ same }) => same));
    const names = reports.map(({ pass }) => pass);
    for (const pass of ["move-channels", "tile-loops", "reorder-loops", "vectorise-loops"]) t.true(names.includes(pass), pass);
  });
}

test("a nest without a sum gets the order of its rule, where that says so", async (t) => {
  const rules = [{ nests: "n3_*", inner: "n3_o0", pointwise: true }];
  const program = await proved(t, attention, [[reorderLoops, { rules }]]);
  t.true(outline(program).includes("n3_o1 32 { n3_o0 16 { n3_f } }"));
  untouched(t, attention, [reorderLoops, { rules: [{ nests: "n3_*", inner: "n3_o0" }] }]);
});

test("a tensor is laid out along the dimension that its rule names", async (t) => {
  const program = await proved(t, attention, [[moveChannels, { rules: [{ tensors: "n1_y", dimension: 1 }] }]]);
  t.deepEqual(program.buffers.find(({ name }) => name === "n1_y")?.shape, [4, 32]);
  t.true(stores(program).some((line) => line.includes("n1_y[n2_k0, n2_o1]")));
  untouched(t, attention, [moveChannels, { rules: [{ tensors: "x0", dimension: 1 }] }]);
});

/** Sums of rows of three; the rows are 14 or 6. */
const sums = (rows: number): string => `
input x0 "x" f32[3]
output y0 "y" f32[${rows}]
temp a f32[${rows}]

for o in 0..${rows} serial {
  i: a[o] = f32:0x00000000
  for k in 0..3 serial {
    s: a[o] = add.f32(a[o], x0[k])
  }
  f: y0[o] = a[o]
}
`;

test("even remainders: 14 in tiles of up to 6 are two of 5 and one of 4", async (t) => {
  const program = await proved(t, sums(14), [[splitRemainder, { rules: [{ loops: "o", sizeUpTo: 6, even: true }] }], [tileLoops, { rules: [{ loops: "o*", largestDivisorUpTo: 6 }] }]]);
  t.deepEqual([...outline(program).matchAll(/o(?:r1)?[ti] [0-9]+/g)].map(([loop]) => loop), ["ot 2", "oi 5", "or1i 4"]);
});

test("a tile larger than its loop runs over the end where there can be room, and is the loop where not", async (t) => {
  const rules = [{ loops: "o", size: 8, tail: "pad" }];
  const program = await proved(t, sums(6), [[tileLoops, { rules }]]);
  t.is(outline(program).split(" ").slice(0, 2).join(" "), "oi 8");
  t.deepEqual(program.buffers.find(({ name }) => name === "a")?.shape, [8]);
  t.is(stores(program).length, 3);
  const whole = await proved(t, sums(6), [[tileLoops, { rules: [{ loops: "o", size: 8 }] }]]);
  t.is(outline(whole).split(" ").slice(0, 2).join(" "), "oi 6");
});

/** Six sums into a temporary of so many elements, and what is made of the six. */
function storedSums(room: number): string {
  return `
input x0 "x" f32[6,4]
output y0 "y" f32[6]
temp a f32[6]
temp t f32[${room}]

for o in 0..6 serial {
  n_i: a[o] = f32:0x00000000
  for k in 0..4 serial {
    n_s: a[o] = add.f32(a[o], f32:0x3f800000)
  }
  n_f: t[o] = a[o]
}
for q in 0..6 serial {
  q_f: y0[q] = abs.f32(t[q])
}
`;
}

test("lanes past the end store into a temporary that ends there, not into what may be of others", async (t) => {
  const rules = [{ loops: "o", size: 8, tail: "pad" }];
  const shapes = ({ buffers }: Program): unknown => buffers.filter(({ name }) => ["a", "t"].includes(name)).map(({ shape }) => shape);
  const alone = await proved(t, storedSums(6), [[tileLoops, { rules }]]);
  t.deepEqual([shapes(alone), guards(alone)], [[[8], [8]], 0]);
  const longer = await proved(t, storedSums(12), [[tileLoops, { rules }]]);
  t.deepEqual([shapes(longer), guards(longer)], [[[8], [12]], 1]);
});

function guards({ body }: Program): number {
  const inside = (nodes: readonly Node[]): number => nodes.reduce((sum, node) => sum + (node.kind === "store" ? 0 : Number(node.kind === "guard") + inside(node.body)), 0);
  return inside(body);
}

test("nests are described by what streams through them: accumulators do not", (t) => {
  const product = present(vectorNestsOf(startOf(attention).staged.program).find(({ site }) => site === "n2"), "product");
  t.is(product.foldLength, 4);
  t.deepEqual(product.statements.filter(({ step }) => step).map(({ executions, accesses }) => [executions, accesses.map(({ buffer }) => buffer)]), [[2048, ["n0_y", "n1_y"]]]);
});

test("lanes past the end without room for them are refuted", async (t) => {
  const { staged, model } = startOf(sums(6));
  const { established } = beginChain({ stage: "reference", model }, staged.program, staged.dataflow);
  const { after, witness } = present(tileLoops.run(staged, { rules: [{ loops: "o", size: 8, tail: "pad" }] }), "tiled");
  const cramped = { ...after, buffers: staged.program.buffers };
  const { obligations } = checkStage({ stage: "tile-loops", model }, established, cramped, witness);
  const open = (await discharge(obligations, { jobs: 1, solver: "auto" })).filter(({ verdict }) => verdict.kind !== "proved");
  t.true(open.length > 0 && open.every(({ verdict }) => verdict.kind === "refuted"));
  t.true(open.some(({ id }) => id.includes("W6")), open.map(({ id }) => id).join(" "));
});
