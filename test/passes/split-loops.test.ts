/** split-loops: runs of a loop's values one after the other, peeled iterations, decided guards gone. */
import test from "ava";
import { splitLoops } from "../../src/passes/split-loops.js";
import { outline, proved, refused, stores, untouched } from "./loops-support.js";

/** A window of three with one element of padding on both sides. */
const window = `
input x0 "x" f32[8]
output y0 "y" f32[8]
temp a f32[8]

for o in 0..8 serial {
  i: a[o] = f32:0x00000000
  for k in 0..3 serial {
    if k + o - 1 >= 0, -k - o + 8 >= 0 {
      s: a[o] = add.f32(a[o], x0[k + o - 1])
    }
  }
  f: y0[o] = a[o]
}
`;

test("first and last iterations peeled: only they have shorter windows, and no test is left", async (t) => {
  const program = await proved(t, window, [[splitLoops, { rules: [{ loops: "o", first: 1, last: 1 }] }]]);
  t.is(outline(program), "os1 1 { is1 ks1 2 { ss1 } fs1 } o 6 { i k 3 { s } f } os2 1 { is2 ks2 2 { ss2 } fs2 }");
  t.true(stores(program).includes("ss1: a[os1] = add.f32(a[os1], x0[ks1 + os1])"));
  t.true(stores(program).includes("ss2: a[os2 + 7] = add.f32(a[os2 + 7], x0[ks2 + os2 + 6])"));
});

test("at literal points; the loop of a sum keeps its order", async (t) => {
  const program = await proved(t, window, [[splitLoops, { rules: [{ loops: "k", at: [2] }] }]]);
  t.regex(outline(program), /^o 8 \{ i k 2 \{ if .* \{ s \} \} ks1 1 \{ if .* \{ ss1 \} \} f \}$/);
});

test("outer and inner loop together: every combination once", async (t) => {
  const program = await proved(t, window, [[splitLoops, { rules: [{ loops: "k", at: [1, 2] }, { loops: "o", at: [4] }] }]]);
  t.is(stores(program).filter((line) => line.startsWith("s")).length, 6);
});

test("a point outside of the loop, or no matching loop: nothing to do", (t) => {
  untouched(t, window, [splitLoops, { rules: [{ loops: "o", at: [8, 9] }] }]);
  untouched(t, window, [splitLoops, { rules: [{ loops: "h*", first: 1 }] }]);
  untouched(t, window, [splitLoops]);
});

test("options: mistakes are refused", (t) => {
  refused(t, splitLoops, window, [{ rules: [{ loops: "o" }] }, { rules: [{ first: 1 }] }, { rules: [{ loops: "o", at: 3 }] }, { rules: [{ loops: "o", at: [] }] }, { rules: [{ loops: "o", first: 0 }] }, { points: [1] }]);
});
