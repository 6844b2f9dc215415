/** Passes that re-route values, on programs small enough to say what must come out. */
import test, { type ExecutionContext } from "ava";
import { printBuffer, printStore } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { contractBuffers } from "../../src/passes/contract-buffers.js";
import { fuseLoops } from "../../src/passes/fuse-loops.js";
import { reorderLoops } from "../../src/passes/reorder-loops.js";
import { tileLoops } from "../../src/passes/tile-loops.js";
import type { Pass } from "../../src/pass.js";
import { arenaSize, planMemory } from "../../src/passes/plan-memory.js";
import { liveSetBound } from "../../src/passes/shared/lifetimes.js";
import { sinkTransposes } from "../../src/passes/sink-transposes.js";
import { type StageReport, runStages, startOf } from "./wires-support.js";

/** The stores of a program, in the text form without their origin. */
function stores(program: Program): string[] {
  return storesOf(program).map(({ store }) => printStore(store).replace(/ from .*/, ""));
}

function stored(program: Program): string[] {
  return program.buffers.filter(({ kind }) => kind === "temp" || kind === "local").map((buffer) => printBuffer(buffer));
}

/** The one stage, its outputs equal and all its obligations proved. */
function onlyStage(t: ExecutionContext, reports: readonly StageReport[]): Program {
  t.is(reports.length, 1);
  const [report] = reports;
  if (report === undefined) throw new Error("the pass made no stage");
  t.true(report.same);
  t.deepEqual(report.open, []);
  t.true(report.obligations > 0);
  return report.program;
}

const transposed = `
input x0 "x" f32[2,3]
output y0 "y" f32[3,2]
temp n0_y f32[3,2]
temp n1_y f32[3,2]

for n0_o0 in 0..3 serial {
  for n0_o1 in 0..2 serial {
    n0_f: n0_y[n0_o0, n0_o1] = x0[n0_o1, n0_o0]
  }
}
for n1_o0 in 0..3 serial {
  for n1_o1 in 0..2 serial {
    n1_f: n1_y[n1_o0, n1_o1] = neg.f32(n0_y[n1_o0, n1_o1])
  }
}
for n2_o0 in 0..3 serial {
  for n2_o1 in 0..2 serial {
    n2_f: y0[n2_o0, n2_o1] = n1_y[n2_o0, n2_o1]
  }
}
`;

test("a transpose of an input and an identity into an output leave one nest", async (t) => {
  const program = onlyStage(t, await runStages(startOf(transposed), [sinkTransposes]));
  t.deepEqual(stores(program), ["n1_f: y0[n1_o0, n1_o1] = neg.f32(x0[n1_o1, n1_o0])"]);
  t.deepEqual(stored(program), []);
});

const flattened = `
input x0 "x" f32[2,3,4]
output y0 "y" f32[24]
temp n0_y f32[2,3,4]
temp n1_y f32[24]
temp n2_a f32[24]

for n0_o0 in 0..2 serial {
  for n0_o1 in 0..3 serial {
    for n0_o2 in 0..4 serial {
      n0_f: n0_y[n0_o0, n0_o1, n0_o2] = neg.f32(x0[n0_o0, n0_o1, n0_o2])
    }
  }
}
for n1_o0 in 0..24 serial {
  n1_f: n1_y[n1_o0] = n0_y[floordiv(n1_o0, 12), mod(floordiv(n1_o0, 4), 3), mod(n1_o0, 4)]
}
for n2_o0 in 0..24 serial {
  n2_i: n2_a[n2_o0] = f32:0x00000000
  for n2_k0 in 0..24 serial {
    n2_s: n2_a[n2_o0] = add.f32(n2_a[n2_o0], n1_y[n2_k0])
  }
  n2_f: y0[n2_o0] = n2_a[n2_o0]
}
`;

test("before a fold, a flattened tensor is written flat instead of read with divisions", async (t) => {
  const program = onlyStage(t, await runStages(startOf(flattened), [sinkTransposes]));
  t.deepEqual(stores(program).slice(0, 1), ["n0_f: n1_y[12*n0_o0 + 4*n0_o1 + n0_o2] = neg.f32(x0[n0_o0, n0_o1, n0_o2])"]);
  t.false(stores(program).some((text) => text.includes("floordiv")));
});

const concatenated = `
input x0 "x" f32[4]
input x1 "z" f32[4]
output y0 "y" f32[2]
temp n0_y f32[8]

for n0_o0 in 0..8 serial {
  if -n0_o0 + 3 >= 0 {
    n0_f: n0_y[n0_o0] = x0[n0_o0]
  }
  if n0_o0 - 4 >= 0 {
    n0_g: n0_y[n0_o0] = x1[n0_o0 - 4]
  }
}
for n1_o0 in 0..2 serial {
  n1_f: y0[n1_o0] = sub.f32(n0_y[n1_o0 + 1], n0_y[n1_o0 + 5])
}
`;

test("a reader whose domain lies in one part of a concatenation reads that part", async (t) => {
  const program = onlyStage(t, await runStages(startOf(concatenated), [sinkTransposes]));
  t.deepEqual(stores(program), ["n1_f: y0[n1_o0] = sub.f32(x0[n1_o0 + 1], x1[n1_o0 + 1])"]);
});

test("a reader across both parts of a concatenation keeps the copy", (t) => {
  const { staged } = startOf(concatenated.replace("n0_y[n1_o0 + 1]", "n0_y[n1_o0 + 3]").replace("n0_y[n1_o0 + 5]", "n0_y[n1_o0 + 3]"));
  t.is(sinkTransposes.run(staged, {}), undefined);
});

/** A row sum, a residual and an activation. */
const residual = `
input x0 "x" f32[4,6]
input x1 "r" f32[4]
output y0 "y" f32[4]
temp n0_a f32[4]
temp n0_y f32[4]
temp n1_y f32[4]

for n0_o0 in 0..4 serial {
  n0_i: n0_a[n0_o0] = f32:0x00000000
  for n0_k0 in 0..6 serial {
    n0_s: n0_a[n0_o0] = add.f32(n0_a[n0_o0], x0[n0_o0, n0_k0])
  }
  n0_f: n0_y[n0_o0] = n0_a[n0_o0]
}
for n1_o0 in 0..4 serial {
  n1_f: n1_y[n1_o0] = sub.f32(x1[n1_o0], n0_y[n1_o0])
}
for n2_o0 in 0..4 serial {
  n2_f: y0[n2_o0] = max.f32(n1_y[n2_o0], f32:0x00000000)
}
`;

test("a residual and an activation are computed where the sum is final", async (t) => {
  const program = onlyStage(t, await runStages(startOf(residual), [fuseLoops]));
  t.deepEqual(stores(program).slice(2), ["n0_f: y0[n0_o0] = max.f32(sub.f32(x1[n0_o0], n0_a[n0_o0]), f32:0x00000000)"]);
  t.deepEqual(stored(program), ["temp n0_a f32[4]"]);
});

test("then its accumulator is one scalar", async (t) => {
  const [, report] = await runStages(startOf(residual), [fuseLoops, contractBuffers]);
  t.deepEqual(report?.open, []);
  t.true(report?.same);
  t.deepEqual(report === undefined ? [] : stored(report.program), ["local n0_a f32[]"]);
});

test("a consumer of two tensors goes to the later of their producers", async (t) => {
  const later = residual
    .replace("n1_f: n1_y[n1_o0] = sub.f32(x1[n1_o0], n0_y[n1_o0])", "n1_f: n1_y[n1_o0] = neg.f32(x1[n1_o0])")
    .replace("max.f32(n1_y[n2_o0], f32:0x00000000)", "max.f32(n1_y[n2_o0], n0_y[-n2_o0 + 3])");
  const program = onlyStage(t, await runStages(startOf(later), [fuseLoops]));
  t.deepEqual(stores(program).slice(2), [
    "n0_f: n0_y[n0_o0] = n0_a[n0_o0]",
    "n1_f: y0[n1_o0] = max.f32(neg.f32(x1[n1_o0]), n0_y[-n1_o0 + 3])",
  ]);
});

test("a value with an operator that is used twice is not computed twice", (t) => {
  const twice = transposed.replace("y0[n2_o0, n2_o1] = n1_y[n2_o0, n2_o1]", "y0[n2_o0, n2_o1] = mul.f32(n1_y[n2_o0, n2_o1], n1_y[n2_o0, n2_o1])");
  const result = fuseLoops.run(startOf(twice).staged, {});
  t.true(result?.after.buffers.some(({ name }) => name === "n1_y"));
});

const chain = `
input x0 "x" f32[8]
output y0 "y" f32[1]
temp a f32[8]
temp b f32[3]
temp c f32[5]
temp d f32[8]

for i in 0..8 serial {
  sa: a[i] = neg.f32(x0[i])
}
for j in 0..3 serial {
  sb: b[j] = neg.f32(a[j])
}
for k in 0..5 serial {
  sc: c[k] = neg.f32(a[k + 3])
}
for l in 0..8 serial {
  if -l + 2 >= 0 {
    sd: d[l] = neg.f32(b[l])
  }
  if l - 3 >= 0 {
    se: d[l] = neg.f32(c[l - 3])
  }
}
for m in 0..1 serial {
  sy: y0[m] = sub.f32(d[m], d[m + 7])
}
`;

test("a plan needs no more than the largest set alive at once", async (t) => {
  const program = onlyStage(t, await runStages(startOf(chain), [planMemory]));
  t.deepEqual([...liveSetBound(program)], [["f32", 16]]);
  t.deepEqual([...arenaSize(program)], [["f32", 16]]);
});

const fourUses = `
input x0 "x" f32[4]
output y0 "y" f32[4]
temp n0_a f32[4]
temp n0_y f32[4]
temp n1_y f32[4]
temp n2_y f32[4]

for n0_o0 in 0..4 serial {
  n0_i: n0_a[n0_o0] = f32:0x00000000
  for n0_k0 in 0..4 serial {
    n0_s: n0_a[n0_o0] = add.f32(n0_a[n0_o0], x0[n0_k0])
  }
  n0_f: n0_y[n0_o0] = neg.f32(n0_a[n0_o0])
}
for n1_o0 in 0..4 serial {
  n1_f: n1_y[n1_o0] = abs.f32(n0_y[n1_o0])
}
for n2_o0 in 0..4 serial {
  n2_f: n2_y[n2_o0] = mul.f32(n0_y[n2_o0], n1_y[n2_o0])
}
for n3_o0 in 0..4 serial {
  n3_f: y0[n3_o0] = add.f32(n2_y[n3_o0], n0_y[n3_o0])
}
`;

test("an operand with several readers is computed once, and its readers join its nest", async (t) => {
  const [fused, contracted] = await runStages(startOf(fourUses), [fuseLoops, contractBuffers]);
  for (const report of [fused, contracted]) {
    t.true(report?.same);
    t.deepEqual(report?.open, []);
  }
  t.deepEqual(fused === undefined ? [] : stores(fused.program).slice(2), [
    "n0_f: n0_y[n0_o0] = neg.f32(n0_a[n0_o0])",
    "n1_f: y0[n0_o0] = add.f32(mul.f32(n0_y[n0_o0], abs.f32(n0_y[n0_o0])), n0_y[n0_o0])",
  ]);
  t.deepEqual(contracted === undefined ? [] : stored(contracted.program), ["local n0_a f32[]", "local n0_y f32[]"]);
});

test("an accumulator keeps the loops of its tile and drops those around", async (t) => {
  const rows = residual.replaceAll("0..4", "0..24").replaceAll("[4,6]", "[24,6]").replaceAll("[4]", "[24]");
  const tile: Pass = { ...tileLoops, run: (before) => tileLoops.run(before, { rules: [{ loops: ["n0_o0"], size: 8 }] }) };
  const reorder: Pass = { ...reorderLoops, run: (before) => reorderLoops.run(before, { rules: [{ inner: ["n0_o0i"] }] }) };
  const reports = await runStages(startOf(rows), [fuseLoops, tile, reorder, contractBuffers]);
  t.deepEqual(reports.map(({ pass }) => pass), ["fuse-loops", "tile-loops", "reorder-loops", "contract-buffers"]);
  for (const { same, open } of reports) {
    t.true(same);
    t.deepEqual(open, []);
  }
  t.deepEqual(reports.slice(-1).flatMap(({ program }) => stored(program)), ["local n0_a f32[8]"]);
});

/** The product of a matrix and a transposed one, in tiles of 8 × 4. */
const product = `
input x0 "x" f32[16,6]
input x1 "z" f32[8,6]
output y0 "y" f32[16,8]
temp n0_a f32[16,8]

for n0_o0 in 0..16 serial {
  for n0_o1 in 0..8 serial {
    n0_i: n0_a[n0_o0, n0_o1] = f32:0x00000000
    for n0_k0 in 0..6 serial {
      n0_s: n0_a[n0_o0, n0_o1] = add.f32(n0_a[n0_o0, n0_o1], mul.f32(x0[n0_o0, n0_k0], x1[n0_o1, n0_k0]))
    }
    n0_f: y0[n0_o0, n0_o1] = n0_a[n0_o0, n0_o1]
  }
}
`;

const layouts = [
  { inner: ["n0_o1i", "n0_o0i"], buffer: "local n0_a f32[4,8]", element: "n0_a[n0_o1ib, n0_o0ib]" },
  { inner: ["n0_o0i", "n0_o1i"], buffer: "local n0_a f32[8,4]", element: "n0_a[n0_o0ib, n0_o1ib]" },
] as const;
const operands = "x0[n0_o0ib + 8*n0_o0t, n0_k0], x1[n0_o1ib + 4*n0_o1t, n0_k0]";

for (const { inner, buffer, element } of layouts) {
  test(`the innermost loop of a step, ${inner[1]}, runs over adjacent elements of the accumulator`, async (t) => {
    const rules = [{ loops: ["n0_o0"], size: 8 }, { loops: ["n0_o1"], size: 4 }];
    const tile: Pass = { ...tileLoops, run: (before) => tileLoops.run(before, { rules }) };
    const reorder: Pass = { ...reorderLoops, run: (before) => reorderLoops.run(before, { rules: [{ inner }] }) };
    const reports = await runStages(startOf(product), [tile, reorder, contractBuffers]);
    t.is(reports.length, 3);
    for (const { same, open } of reports) {
      t.true(same);
      t.deepEqual(open, []);
    }
    const [last] = reports.slice(-1);
    if (last === undefined) throw new Error("no pass made a stage");
    t.deepEqual(stored(last.program), [buffer]);
    t.true(stores(last.program).includes(`n0_s: ${element} = add.f32(${element}, mul.f32(${operands}))`));
  });
}

test("stores that feed no common load get a buffer each, no larger than what they write", async (t) => {
  const program = onlyStage(t, await runStages(startOf(chain), [contractBuffers]));
  t.deepEqual(stored(program), ["temp a f32[8]", "temp b f32[3]", "temp c f32[5]", "temp d f32[3]", "temp d_l1 f32[5]"]);
});

/** `n0_y` is read twice, so its readers can only join it; without loops there is nothing that joining takes away. */
const scalars = `
input x0 "x" f32[4]
output y0 "y" f32[]
output y1 "z" f32[]
temp n0_y f32[]
temp n1_y f32[]

n0_f: n0_y[] = neg.f32(x0[0])
n1_f: n1_y[] = abs.f32(n0_y[])
n2_f: y0[] = add.f32(n1_y[], n0_y[])
n3_f: y1[] = neg.f32(n0_y[])
`;

test("scalars with several readers are fused as far as that takes something away, and no further", async (t) => {
  const program = onlyStage(t, await runStages(startOf(scalars), [fuseLoops]));
  t.deepEqual(stores(program), ["n0_f: n0_y[] = neg.f32(x0[0])", "n1_f: y0[] = add.f32(abs.f32(n0_y[]), n0_y[])", "n3_f: y1[] = neg.f32(n0_y[])"]);
});
