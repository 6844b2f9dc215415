/** split-border on nests without a sum: a tensor filled from here in the middle and from there around, in as few nests as say so. */
import test from "ava";
import { fuseLoops } from "../../src/passes/fuse-loops.js";
import { splitBorder } from "../../src/passes/split-border.js";
import { outline, proved, refused, stores, untouched } from "./loops-support.js";

/** y with two rows and columns of zeros before it and one after, made from a pointwise tensor. */
const ringed = `
input x0 "x" f32[3,4]
output y0 "y" f32[6,7]
temp m f32[3,4]

for h in 0..3 serial {
  for w in 0..4 serial {
    e: m[h, w] = sub.f32(x0[h, w], f32:0x3f800000)
  }
}
for p in 0..6 serial {
  for q in 0..7 serial {
    if p - 2 >= 0, -p + 4 >= 0, q - 2 >= 0, -q + 5 >= 0 {
      s: y0[p, q] = m[p - 2, q - 2]
    }
    if p - 2 >= 0, -p + 4 >= 0, q - 6 >= 0 {
      a: y0[p, q] = f32:0x00000000
    }
    if p - 2 >= 0, -p + 4 >= 0, -q + 1 >= 0 {
      b: y0[p, q] = f32:0x00000000
    }
    if p - 5 >= 0 {
      c: y0[p, q] = f32:0x00000000
    }
    if -p + 1 >= 0 {
      d: y0[p, q] = f32:0x00000000
    }
  }
}
`;

const rows = "pb1 2 { qb1 7 { db1 } } pb2 3 { qb2 2 { bb2 } } p 3 { q 4 { s } } pb3 3 { qb3 1 { ab3 } } pb4 1 { qb4 7 { cb4 } }";

test("a row of zeros stays one nest, and the middle has no test", async (t) => {
  const program = await proved(t, ringed, [[splitBorder, { tensors: "y0" }]]);
  t.is(outline(program), `h 3 { w 4 { e } } ${rows}`);
  t.true(stores(program).includes("s: y0[p + 2, q + 2] = m[p, q]"));
});

test("the middle is then stored where it is made", async (t) => {
  const program = await proved(t, ringed, [[splitBorder, { tensors: ["y*"] }], [fuseLoops]]);
  t.deepEqual(stores(program).filter((line) => line.includes("sub.f32")), ["e: y0[h + 2, w + 2] = sub.f32(x0[h, w], f32:0x3f800000)"]);
  t.false(stores(program).some((line) => line.includes("m[")), "the tensor between them is gone");
});

test("fewer regions than there are, another tensor, no tensor: as it was", (t) => {
  untouched(t, ringed, [splitBorder, { tensors: "y0", nests: 4 }]);
  untouched(t, ringed, [splitBorder, { tensors: "y0", regionsPerLoop: 2 }]);
  untouched(t, ringed, [splitBorder, { tensors: "m" }]);
  untouched(t, ringed, [splitBorder]);
});

test("a pattern of tensors is a text or a list of them", (t) => {
  refused(t, splitBorder, ringed, [{ tensors: 1 }, { tensors: [2] }]);
});
