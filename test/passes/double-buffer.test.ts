/** double-buffer: the fill of the next iteration runs first, into the other half. */
import test from "ava";
import { printBuffer } from "../../ir/loop/print.js";
import { doubleBuffer } from "../../src/passes/double-buffer.js";
import { recomputeProducers } from "../../src/passes/recompute-producers.js";
import { splitLoops } from "../../src/passes/split-loops.js";
import { outline, proved, refused, stores, untouched } from "./loops-support.js";

const pointwise = `
input x0 "x" f32[12]
output y0 "y" f32[12]
temp n0_y f32[12]

for n0_o0 in 0..12 serial {
  n0_f: n0_y[n0_o0] = neg.f32(x0[n0_o0])
}
for n1_o0 in 0..12 serial {
  n1_f: y0[n1_o0] = abs.f32(n0_y[n1_o0])
}
`;
const tiles = [recomputeProducers, { rules: [{ loops: "n1_o0", size: 4 }] }] as const;

test("two halves by parity, the first fill before the loop", async (t) => {
  const program = await proved(t, pointwise, [tiles, [doubleBuffer, { rules: [{ loops: "n1_o0t" }] }]]);
  t.is(outline(program), "n0_o0we 4 { n0_fe } n1_o0t 3 { if -n1_o0t + 1 ge { n0_o0w 4 { n0_f } } n1_o0i 4 { n1_f } }");
  t.deepEqual(stores(program), [
    "n0_fe: n0_y[0, n0_o0we] = neg.f32(x0[n0_o0we])",
    "n0_f: n0_y[mod(n1_o0t + 1, 2), n0_o0w] = neg.f32(x0[n0_o0w + 4*n1_o0t + 4])",
    "n1_f: y0[n1_o0i + 4*n1_o0t] = abs.f32(n0_y[mod(n1_o0t, 2), n1_o0i])",
  ]);
  t.true(program.buffers.map(printBuffer).includes("temp n0_y f32[2,4]"));
});

test("the last iteration peeled, nothing asks whether there is a next one", async (t) => {
  const program = await proved(t, pointwise, [tiles, [doubleBuffer, { rules: [{ loops: "n1_o0t" }] }], [splitLoops, { rules: [{ loops: "n1_o0t", last: 1 }] }]]);
  t.is(outline(program), "n0_o0we 4 { n0_fe } n1_o0t 2 { n0_o0w 4 { n0_f } n1_o0i 4 { n1_f } } n1_o0ts1 1 { n1_o0is1 4 { n1_fs1 } }");
});

test("a buffer whose elements outlive the iteration stays single", (t) => {
  untouched(t, pointwise, [doubleBuffer, { rules: [{ loops: "n1_o0" }] }]);
  untouched(t, pointwise, [doubleBuffer]);
});

/** The buffer carries a sum from iteration to iteration. */
const carried = `
input x0 "x" f32[6]
output y0 "y" f32[6]
temp a f32[1]

i: a[0] = f32:0x00000000
for k in 0..6 serial {
  s: a[0] = add.f32(a[0], x0[k])
}
for o in 0..6 serial {
  f: y0[o] = a[0]
}
`;

test("what an iteration takes from the one before is no fill", (t) => {
  untouched(t, carried, [doubleBuffer, { rules: [{ loops: "*" }] }]);
});

test("options: mistakes are refused", (t) => {
  refused(t, doubleBuffer, pointwise, [{ rules: [{ buffers: "*" }] }, { rules: [{ loops: 1 }] }, { loops: "*" }]);
});
