/**
 * Loops whose iterations may run together: which ones the passes mark and which they
 * leave alone, in text; the proofs of whole chains with them; ragged extents by guard,
 * by remainder and by tiles of another size.
 */
import test, { type ExecutionContext } from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { printProgram } from "../../ir/loop/print.js";
import { loopsOf, storesOf } from "../../ir/loop/visit.js";
import { original } from "../../src/mutate/entry.js";
import { programOf } from "../../src/mutate/notation.js";
import { laneOrders } from "../../src/mutate/lanes.js";
import type { Pass, PassOptions } from "../../src/pass.js";
import { contractBuffers } from "../../src/passes/contract-buffers.js";
import { packWeights } from "../../src/passes/pack-weights.js";
import { paralleliseLoops } from "../../src/passes/parallelise-loops.js";
import { planMemory } from "../../src/passes/plan-memory.js";
import { reorderLoops } from "../../src/passes/reorder-loops.js";
import { splitBorder } from "../../src/passes/split-border.js";
import { splitRemainder } from "../../src/passes/split-remainder.js";
import { tileLoops } from "../../src/passes/tile-loops.js";
import { unrollLoops } from "../../src/passes/unroll-loops.js";
import { vectoriseLoops } from "../../src/passes/vectorise-loops.js";
import { type Conv, type Stage, bitsOfOutputs, convolution, gemm, prove, referenceOf, runPasses } from "./instances-support.js";

/** The text without where its parts come from. */
function plain(text: string): string {
  return text.replaceAll(/ from "net" by "[a-z-]+"/g, "");
}

interface Rewrite {
  readonly pass: Pass;
  readonly options: PassOptions;
  readonly before: string;
  readonly dataflow: string;
  /** Undefined: nothing to do. */
  readonly after: string | undefined;
}

const rows = `
  program net
  input x "x" f32[4,6]
  output y "y" f32[4]
  local a f32[]

  for r in 0..4 serial {
    i: a[] = f32:0x00000000
    for k in 0..6 serial {
      s: a[] = add.f32(a[], x[r, k])
    }
    f: y[r] = a[]
  }
  `;
const rowsDataflow = "load s.0: if k == 0: i[r] | s[r, k - 1]\nload f.0: s[r, 5]\nfinal y: f[d0]\nonce y";

const lanes = (mode: string): string => `
  program net
  input x "x" f32[3,8]
  output y "y" f32[3,8]
  local a f32[8]

  for r in 0..3 serial {
    for i in 0..8 ${mode} {
      p: a[i] = neg.f32(x[r, i])
      s: y[r, i] = sqrt.f32(a[i])
    }
  }
  `;
const lanesDataflow = "load s.0: p[r, i]\nfinal y: s[d0, d1]\nonce y";

const columns = `
  program net
  input x "x" f32[8,3]
  output y "y" f32[8,3]

  for i in 0..8 serial {
    s: y[i, 0] = neg.f32(x[i, 1])
    u: y[i, 1] = neg.f32(x[i, 2])
    w: y[i, 2] = neg.f32(x[i, 0])
  }
  `;
const columnsDataflow = "final y: if d1 == 0: s[d0] | if d1 - 1 == 0: u[d0] | w[d0]\nonce y";

const scan = `
  program net
  input x "x" f32[8]
  output y "y" f32[9]

  start: y[0] = f32:0x00000000
  for i in 0..8 serial {
    s: y[i + 1] = add.f32(y[i], x[i])
  }
  `;
const scanDataflow = "load s.0: if i - 1 >= 0: s[i - 1] | start[]\nfinal y: if d0 - 1 >= 0: s[d0 - 1] | start[]\nonce y";

/** Steps in twos for each lane: `pairs` says how weights lie. */
const pairs = (mode: string, pair = "k, i, e"): string => `
  program net
  input x "x" i16[3,2]
  output y "y" i32[8]
  weight w i8[3,8,2] = "W"[d0, d1, d2]
  temp a i32[8]

  for j in 0..8 ${mode} {
    p: a[j] = i32:0x00000001
  }
  for k in 0..3 serial {
    for i in 0..8 ${mode} {
      for e in 0..2 serial {
        s: a[i] = addw.i32(a[i], mulw.i32(cast.i16.i32(x[k, e]), cast.i16.i32(cast.i8.i16(w[${pair}]))))
      }
    }
  }
  for l in 0..8 ${mode} {
    f: y[l] = a[l]
  }
  `;
const pairsDataflow = "load s.0: if e - 1 >= 0: s[k, i, e - 1] | if k - 1 >= 0: s[k - 1, i, 1] | p[i]\nload f.0: s[2, l, 1]\nfinal y: f[d0]\nonce y";

const all = { rules: [{ loops: "*" }] };

const rewrites: Readonly<Record<string, Rewrite>> = {
  "lanes side by side": { pass: vectoriseLoops, options: all, before: lanes("serial"), dataflow: lanesDataflow, after: lanes("vector") },
  "lanes of two steps that follow each other": { pass: vectoriseLoops, options: { rules: [{ loops: ["i", "j", "l"] }] }, before: pairs("serial"), dataflow: pairsDataflow, after: pairs("vector") },
  "no lanes of steps whose weights lie apart": { pass: vectoriseLoops, options: { rules: [{ loops: ["i"] }] }, before: pairs("serial", "k, 4*e + 3, 0"), dataflow: pairsDataflow, after: undefined },
  "unrolled lanes too": { pass: vectoriseLoops, options: all, before: lanes("unrolled"), dataflow: lanesDataflow, after: lanes("vector") },
  "fewer iterations than the rule asks for": { pass: vectoriseLoops, options: { rules: [{ loops: "*", atLeast: 9 }] }, before: lanes("serial"), dataflow: lanesDataflow, after: undefined },
  "no fold where the rule asks for one": { pass: vectoriseLoops, options: { rules: [{ loops: "*", foldLoopsAtLeast: 1 }] }, before: lanes("serial"), dataflow: lanesDataflow, after: undefined },
  "an accumulator that lanes share": { pass: vectoriseLoops, options: all, before: rows, dataflow: rowsDataflow, after: undefined },
  "a scan": { pass: vectoriseLoops, options: all, before: scan, dataflow: scanDataflow, after: undefined },
  "lanes a row apart": { pass: vectoriseLoops, options: all, before: columns, dataflow: columnsDataflow, after: undefined },
  "rows for workers, each with its accumulator": {
    pass: paralleliseLoops, options: all, before: rows, dataflow: rowsDataflow,
    after: rows.replace("for r in 0..4 serial", "for r in 0..4 parallel").replaceAll("a[]", "a[r]").replace("a f32[]", "a f32[4]"),
  },
  "the loop of the rule moves out": {
    pass: paralleliseLoops, options: { rules: [{ loops: ["i", "r"] }] }, before: lanes("serial"), dataflow: lanesDataflow,
    after: `
      program net
      input x "x" f32[3,8]
      output y "y" f32[3,8]
      local a f32[8]

      for i in 0..8 parallel {
        for r in 0..3 serial {
          p: a[i] = neg.f32(x[r, i])
          s: y[r, i] = sqrt.f32(a[i])
        }
      }
      `,
  },
  "a scan has nothing for workers": { pass: paralleliseLoops, options: all, before: scan, dataflow: scanDataflow, after: undefined },
  "less work than a barrier": { pass: paralleliseLoops, options: { rules: [{ loops: "*", workAtLeast: 25 }] }, before: rows, dataflow: rowsDataflow, after: undefined },
  "a temporary too large to expand": {
    pass: paralleliseLoops, options: { rules: [{ loops: "*", expandUpTo: 3 }] }, before: rows.replace("local", "temp"), dataflow: rowsDataflow, after: undefined,
  },
  "no rule": { pass: paralleliseLoops, options: {}, before: rows, dataflow: rowsDataflow, after: undefined },
};

for (const [what, { pass, options, before, dataflow, after }] of Object.entries(rewrites)) {
  test(`${pass.name}: ${what}`, (t) => {
    const result = pass.run(original(before, dataflow), options);
    t.is(result === undefined ? undefined : plain(printProgram(result.after)), after === undefined ? undefined : plain(printProgram(programOf(after))));
  });
}

async function sound(t: ExecutionContext, graph: Graph, passes: readonly (readonly [Pass, PassOptions?])[]): Promise<readonly Stage[]> {
  const start = referenceOf(graph);
  const stages = runPasses(start, passes);
  const expected = bitsOfOutputs(start.program, graph.constants, 3);
  for (const { name, after } of stages) {
    for (const order of [after.program, ...laneOrders(after.program)]) t.deepEqual(bitsOfOutputs(order, graph.constants, 3), expected, name);
  }
  for (const { stage, obligations, open } of await prove(graph, start, stages)) {
    t.deepEqual(open, [], stage);
    t.true(obligations > 0);
  }
  return stages;
}

const parallel = { rules: [{ loops: ["*_o2*", "*_o1*"], workAtLeast: 100 }] };
const tail: readonly (readonly [Pass, PassOptions?])[] = [[reorderLoops], [contractBuffers], [packWeights], [vectoriseLoops], [unrollLoops], [paralleliseLoops, parallel], [planMemory]];

const padded: Conv = { channels: 2, filters: 8, size: [9, 14], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 };

test.serial("a padded convolution: lanes over channels, rows for workers, all proved", async (t) => {
  const stages = await sound(t, convolution(padded), [[splitBorder], [tileLoops], ...tail]);
  const last = stages.at(-1)?.after.program;
  const modes = new Map(loopsOf(last ?? programOf("program net")).map((loop) => [loop.variable, loop.mode]));
  t.is(modes.get("n0_o1ib"), "vector");
  t.is(modes.get("n0_o3ib"), "unrolled");
  t.is(modes.get("n0_o2"), "parallel");
  t.true((last?.body ?? []).some((node) => node.kind === "loop" && node.mode !== "parallel"), "a corner is too small");
  t.true(stages.some(({ name }) => name === "parallelise-loops"));
});

test.serial("a depthwise convolution: lanes along the row, which it reads side by side", async (t) => {
  const stages = await sound(t, convolution({ ...padded, channels: 8, group: 8, size: [5, 10] }), [[splitBorder], [tileLoops], ...tail]);
  const vectors = loopsOf(stages.at(-1)?.after.program ?? programOf("program net")).filter(({ mode }) => mode === "vector").map(({ variable }) => variable);
  t.true(vectors.includes("n0_o3ib"));
  t.false(vectors.includes("n0_o1ib"));
});

const ragged: readonly (readonly [string, readonly (readonly [Pass, PassOptions?])[], number])[] = [
  ["a guarded tail", [[splitBorder], [tileLoops, { rules: [{ loops: ["*_o1*", "*_o3*"], size: 4 }] }], ...tail], 1],
  ["a remainder of its own", [[splitBorder], [splitRemainder, { rules: [{ loops: "*_o3*", sizeUpTo: 4, foldLoopsAtLeast: 2 }] }], [tileLoops], ...tail], 0],
];

for (const [what, passes, least] of ragged) {
  test.serial(`13 columns and 6 channels: ${what}`, async (t) => {
    const stages = await sound(t, convolution({ ...padded, filters: 6, size: [9, 13] }), passes);
    const stores = storesOf(stages.at(-1)?.after.program ?? programOf("program net"));
    const guarded = stores.filter(({ conditions }) => conditions.length > 0).length;
    t.true(least === 0 ? guarded === 0 : guarded >= least, `${guarded} guarded stores`);
    if (least === 0) t.true(stages.some(({ name }) => name === "split-remainder"));
    t.true(loopsOf(stages.at(-1)?.after.program ?? programOf("program net")).some(({ mode }) => mode === "vector"));
  });
}

test.serial("columns of a product: padded lanes compute on padding and store nothing", async (t) => {
  const graph = gemm(2, 5, 13);
  const stages = await sound(t, graph, [[tileLoops, { rules: [{ loops: "*_o1*", size: 8, tail: "pad" }] }], ...tail]);
  const [tiled] = stages;
  const phi = Object.values(tiled?.result.witness.phi ?? {});
  t.true(phi.some((cases) => cases.at(-1)?.then === "dead"), "padding is dead");
  const last = stages.at(-1)?.after.program ?? programOf("program net");
  const [packed] = last.buffers.filter(({ kind }) => kind === "weight");
  t.deepEqual(packed?.shape, [2, 5, 8]);
  const guarded = storesOf(last).filter(({ conditions }) => conditions.length > 0);
  t.deepEqual(guarded.map(({ store }) => store.buffer), ["y0"], "only results are tested");
});

test.serial("a convolution with padded channels", async (t) => {
  const stages = await sound(t, convolution({ ...padded, filters: 6, pads: [0, 0, 0, 0] }), [[tileLoops, { rules: [{ loops: ["*_o1*"], size: 4, tail: "pad" }] }], ...tail]);
  const steps = storesOf(stages.at(-1)?.after.program ?? programOf("program net")).filter(({ loops }) => loops.some(({ mode }) => mode === "vector"));
  t.true(steps.length > 0);
  t.true(steps.every(({ conditions }) => conditions.length === 0));
});

test("tile-loops: pixels cannot be padded, the input has no more of them", (t) => {
  const graph = convolution({ ...padded, pads: [0, 0, 0, 0] });
  const rule = { loops: "*_o3", size: 8 };
  const guardedText = tileLoops.run(referenceOf(graph), { rules: [rule] });
  const paddedText = tileLoops.run(referenceOf(graph), { rules: [{ ...rule, tail: "pad" }] });
  t.truthy(guardedText);
  t.is(paddedText === undefined ? "" : printProgram(paddedText.after), guardedText === undefined ? "" : printProgram(guardedText.after));
  t.throws(() => tileLoops.run(referenceOf(graph), { rules: [{ ...rule, tail: "peel" }] }), { message: /tail is "peel"/ });
});

test.serial("columns of a product: ragged lanes under a guard", async (t) => {
  const stages = await sound(t, gemm(2, 5, 13), [[tileLoops, { rules: [{ loops: "*_o1*", size: 8 }] }], ...tail]);
  t.true(loopsOf(stages.at(-1)?.after.program ?? programOf("program net")).some(({ mode, extent }) => mode === "vector" && extent === 8));
});
