/** reuse-buffers: a result over the operand that nobody reads again, where that lowers the least memory. */
import test from "ava";
import { reuseBuffers } from "../../src/passes/reuse-buffers.js";
import { arenaSize, planMemory } from "../../src/passes/plan-memory.js";
import { proved, refused, stores, untouched } from "./loops-support.js";

/** A residual block: r is read by the sum b, and by the addition after it. */
const residual = `
input x0 "x" f32[8]
output y0 "y" f32[]
temp r f32[8]
temp a f32[8]
temp b f32[8]
temp z f32[]

for o in 0..8 serial {
  n0: r[o] = neg.f32(x0[o])
}
for p in 0..8 serial {
  n1: a[p] = mul.f32(r[p], r[-p + 7])
}
for q in 0..8 serial {
  n2: b[q] = add.f32(r[q], a[-q + 7])
}
n3: z[] = f32:0x00000000
for k in 0..8 serial {
  n4: z[] = add.f32(z[], b[k])
}
n5: y0[] = z[]
`;

test("a residual sum overwrites its summand; the plan needs 16 elements instead of 24", async (t) => {
  const program = await proved(t, residual, [[reuseBuffers], [planMemory]]);
  t.true(stores(program).includes("n2: r[q] = add.f32(r[q], a[-q + 7])"));
  t.true(stores(program).includes("n4: z[] = add.f32(z[], r[k])"));
  t.deepEqual(program.buffers.filter(({ kind }) => kind === "temp").map(({ name }) => name), ["r", "a", "z"]);
  t.deepEqual([...arenaSize(program)], [["f32", 16]]);
  t.deepEqual([...arenaSize(await proved(t, residual, [[planMemory]]))], [["f32", 24]]);
});

test("another element, a later reader, a second reader in the nest: the operand is not overwritten", (t) => {
  for (const [from, to] of [
    ["add.f32(r[q], a[-q + 7])", "add.f32(r[-q + 7], a[-q + 7])"],
    ["add.f32(z[], b[k])", "add.f32(z[], mul.f32(r[k], b[k]))"],
    ["add.f32(r[q], a[-q + 7])", "add.f32(mul.f32(r[q], r[-q + 7]), a[-q + 7])"],
  ] as const) {
    const changed = residual.replace(from, to);
    t.not(changed, residual);
    untouched(t, changed, [reuseBuffers]);
  }
});

test("where another nest needs as much anyway nothing is renamed", (t) => {
  const between = "for u in 0..8 serial {\n  nu: c[u] = mul.f32(a[-u + 7], r[-u + 7])\n}\nfor q in";
  untouched(t, residual.replace("temp b f32[8]", "temp b f32[8]\ntemp c f32[8]").replace("for q in", between).replace("a[-q + 7]", "c[-q + 7]"), [reuseBuffers]);
});

test("options are refused", (t) => {
  refused(t, reuseBuffers, residual, [{ always: true }]);
});
