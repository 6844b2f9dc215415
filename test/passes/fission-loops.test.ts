/** fission-loops: a nest over several statements becomes several nests; scalars that cross get a dimension. */
import test from "ava";
import { contractBuffers } from "../../src/passes/contract-buffers.js";
import { fissionLoops } from "../../src/passes/fission-loops.js";
import { printBuffer } from "../../ir/loop/print.js";
import { outline, proved, refused, stores, untouched } from "./loops-support.js";

const sums = `
input x0 "x" f32[4,3]
output y0 "y" f32[4]
temp a f32[4]

for o in 0..4 serial {
  i: a[o] = f32:0x00000000
  for k in 0..3 serial {
    s: a[o] = add.f32(a[o], x0[o, k])
  }
  f: y0[o] = neg.f32(a[o])
}
`;

test("init, steps and final of a sum, each in a loop of its own", async (t) => {
  const program = await proved(t, sums, [[fissionLoops, { rules: [{ nests: "o" }] }]]);
  t.is(outline(program), "oa 4 { i } ob 4 { k 3 { s } } oc 4 { f }");
});

test("a scalar that crosses the cut gets the dimensions of the loops that are cut", async (t) => {
  const program = await proved(t, sums, [[contractBuffers], [fissionLoops, { rules: [{ nests: "o" }] }]]);
  t.deepEqual(stores(program), ["i: a[oa] = f32:0x00000000", "s: a[ob] = add.f32(a[ob], x0[ob, k])", "f: y0[oc] = neg.f32(a[oc])"]);
  t.true(program.buffers.map(printBuffer).includes("local a f32[4]"));
});

const rows = `
input x0 "x" f32[4,5]
output y0 "y" f32[4,5]
temp m f32[4,5]

for o in 0..4 serial {
  for p in 0..5 serial {
    a: m[o, p] = neg.f32(x0[o, p])
    b: y0[o, p] = abs.f32(m[o, p])
  }
}
`;

test("loops named in keep stay around, with all outside of them", async (t) => {
  const program = await proved(t, rows, [[contractBuffers], [fissionLoops, { rules: [{ nests: "o", keep: "o" }] }]]);
  t.is(outline(program), "o 4 { pa 5 { a } pb 5 { b } }");
  t.deepEqual(stores(program), ["a: m[pa] = neg.f32(x0[o, pa])", "b: y0[o, pb] = abs.f32(m[pb])"]);
});

/** The first statement reads what the last one stored an iteration earlier. */
const carried = `
input x0 "x" f32[5]
output y0 "y" f32[5]
temp m f32[5]
temp z f32[5]

for o in 0..5 serial {
  if o - 1 >= 0 {
    a: m[o] = add.f32(x0[o], z[o - 1])
  }
  if -o >= 0 {
    a0: m[o] = x0[o]
  }
  b: z[o] = neg.f32(m[o])
  c: y0[o] = abs.f32(m[o])
}
`;

test("what feeds an earlier statement of a later iteration stays together", async (t) => {
  const program = await proved(t, carried, [[fissionLoops, { rules: [{ nests: "o" }] }]]);
  t.is(outline(program), "oa 5 { if oa - 1 ge { a } if -oa ge { a0 } b } ob 5 { c }");
});

test("one statement, no matching nest, all loops kept: nothing to do", (t) => {
  untouched(t, sums, [fissionLoops]);
  untouched(t, sums, [fissionLoops, { rules: [{ nests: "n*" }] }]);
  untouched(t, rows, [fissionLoops, { rules: [{ nests: "o", keep: "*" }] }]);
});

test("options: mistakes are refused", (t) => {
  refused(t, fissionLoops, sums, [{ rules: [{}] }, { rules: [{ nests: "o", loops: "o" }] }, { rules: [{ nests: "a b" }] }]);
});
