/** recompute-producers: a producer inside the consumer's tile loop; halos computed twice or kept; the tensor shrinks. */
import test from "ava";
import { printBuffer } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { splitLoops } from "../../src/passes/split-loops.js";
import { recomputeProducers } from "../../src/passes/recompute-producers.js";
import { outline, proved, refused, stores, untouched } from "./loops-support.js";

/** Two sums over windows of three rows, one after the other, with padding in the second. */
const chain = `
input x0 "x" f32[12,2]
output y0 "y" f32[10,2]
temp n0_a f32[10,2]
temp n0_y f32[10,2]
temp n1_a f32[10,2]

for n0_o0 in 0..10 serial {
  for n0_o1 in 0..2 serial {
    n0_i: n0_a[n0_o0, n0_o1] = f32:0x00000000
    for n0_k0 in 0..3 serial {
      n0_s: n0_a[n0_o0, n0_o1] = add.f32(n0_a[n0_o0, n0_o1], x0[n0_k0 + n0_o0, n0_o1])
    }
    n0_f: n0_y[n0_o0, n0_o1] = neg.f32(n0_a[n0_o0, n0_o1])
  }
}
for n1_o0 in 0..10 serial {
  for n1_o1 in 0..2 serial {
    n1_i: n1_a[n1_o0, n1_o1] = f32:0x00000000
    for n1_k0 in 0..3 serial {
      if n1_k0 + n1_o0 - 1 >= 0, -n1_k0 - n1_o0 + 10 >= 0 {
        n1_s: n1_a[n1_o0, n1_o1] = add.f32(n1_a[n1_o0, n1_o1], n0_y[n1_k0 + n1_o0 - 1, n1_o1])
      }
    }
    n1_f: y0[n1_o0, n1_o1] = n1_a[n1_o0, n1_o1]
  }
}
`;

function buffer(program: Program, name: string): string | undefined {
  return program.buffers.map(printBuffer).find((text) => text.split(" ")[1] === name);
}

test("rows of the halo are computed for both tiles; the tensor has the rows of one", async (t) => {
  const program = await proved(t, chain, [[recomputeProducers, { rules: [{ loops: "n1_o0", size: 2 }] }]]);
  t.regex(outline(program), /^n1_o0t 5 \{ n0_o0w 4 \{ if .* \{ n0_o1 2 \{ n0_i n0_k0 3 \{ n0_s \} n0_f \} \} \} n1_o0i 2 \{/);
  t.is(buffer(program, "n0_y"), "temp n0_y f32[4,2]");
  t.is(buffer(program, "n0_a"), "temp n0_a f32[4,2]");
  t.true(stores(program).includes("n1_s: n1_a[n1_o0i + 2*n1_o0t, n1_o1] = add.f32(n1_a[n1_o0i + 2*n1_o0t, n1_o1], n0_y[n1_k0 + n1_o0i, n1_o1])"));
});

test("peeled, the tiles inside ask no more whether a row exists", async (t) => {
  const program = await proved(t, chain, [[recomputeProducers, { rules: [{ loops: "n1_o0", size: 2 }] }], [splitLoops, { rules: [{ loops: "n1_o0t", first: 1, last: 1 }] }]]);
  t.regex(outline(program), / n1_o0t 3 \{ n0_o0w 4 \{ n0_o1 2 /);
});

test("kept in a circular buffer, every row is computed once", async (t) => {
  const program = await proved(t, chain, [[recomputeProducers, { rules: [{ loops: "n1_o0", size: 2, keepHalo: true }] }]]);
  t.regex(outline(program), /^n1_o0t 5 \{ if -n1_o0t ge \{ n0_o0wh 2 \{ .* n0_o0w 2 \{/);
  t.is(buffer(program, "n0_y"), "temp n0_y f32[4,2]");
  t.true(stores(program).some((line) => line.includes("n0_y[mod(")));
});

test("a tile of one row is the loop itself; a size that does not divide leaves a tail", async (t) => {
  t.is(buffer(await proved(t, chain, [[recomputeProducers, { rules: [{ loops: "n1_o0" }] }]]), "n0_y"), "temp n0_y f32[3,2]");
  const program = await proved(t, chain, [[recomputeProducers, { rules: [{ loops: "n1_o0", size: 3 }] }]]);
  t.true(outline(program).includes("n1_o0i 3 { if -n1_o0i - 3*n1_o0t + 9 ge {"));
});

test("along an inner loop too: it becomes the outermost", async (t) => {
  const program = await proved(t, chain, [[recomputeProducers, { rules: [{ loops: "n1_o1", size: 1 }] }]]);
  t.is(buffer(program, "n0_y"), "temp n0_y f32[10,1]");
  t.true(outline(program).startsWith("n1_o1t 2 {"));
});

test("chains: the producer's producer follows in a second step", async (t) => {
  const longer = chain.replace("output y0 \"y\" f32[10,2]", "output y0 \"y\" f32[8,2]\ntemp n1_y f32[10,2]").replace("n1_f: y0[", "n1_f: n1_y[")
    + "for n2_o0 in 0..8 serial {\n  for n2_o1 in 0..2 serial {\n    n2_f: y0[n2_o0, n2_o1] = sub.f32(n1_y[n2_o0, n2_o1], n1_y[n2_o0 + 2, n2_o1])\n  }\n}\n";
  for (const keepHalo of [false, true]) {
    const program = await proved(t, longer, [[recomputeProducers, { rules: [{ loops: "n2_o0", size: 4 }] }], [recomputeProducers, { rules: [{ loops: "n2_o0t", keepHalo }] }]]);
    t.is(buffer(program, "n1_y"), "temp n1_y f32[6,2]");
    t.is(buffer(program, "n0_y"), "temp n0_y f32[8,2]");
  }
});

test("a tensor with a second reader, a tile that reads all rows, no rule: nothing to do", (t) => {
  const rules = [{ loops: "n1_o0", size: 2 }];
  const second = chain.replace("output y0", "output y1 \"z\" f32[10,2]\noutput y0") + "for n2_o0 in 0..10 serial {\n  for n2_o1 in 0..2 serial {\n    n2_f: y1[n2_o0, n2_o1] = abs.f32(n0_y[n2_o0, n2_o1])\n  }\n}\n";
  untouched(t, second, [recomputeProducers, { rules }]);
  untouched(t, chain, [recomputeProducers, { rules: [{ loops: "n1_o0", size: 10 }] }]);
  untouched(t, chain, [recomputeProducers, { rules: [{ loops: "n1_o0", size: 2, tensors: "n9*" }] }]);
  untouched(t, chain, [recomputeProducers]);
});

test("options: mistakes are refused", (t) => {
  refused(t, recomputeProducers, chain, [{ rules: [{ size: 2 }] }, { rules: [{ loops: "*", keepHalo: "yes" }] }, { rules: [{ loops: "*", recompute: true }] }]);
});
