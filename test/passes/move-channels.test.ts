/** move-channels: images between windows lie with their channels last; inputs, outputs and matrices stay. */
import test from "ava";
import { mapExpr, mapStores } from "../../ir/loop/visit.js";
import type { Pass } from "../../src/pass.js";
import { moveChannels } from "../../src/passes/move-channels.js";
import { proved, refused, stores, untouched } from "./loops-support.js";
import { runStages, startOf } from "./wires-support.js";

/** A pointwise layer makes the image t, a window of two by two sums it up; u is t and a residual. */
const images = `
input x0 "x" f32[1,3,4,4]
output y0 "y" f32[1,3,3,3]
temp t f32[1,3,4,4]
temp u f32[1,3,4,4]
temp a f32[1,3,3,3]

for c in 0..3 serial {
  for i in 0..4 serial {
    for j in 0..4 serial {
      n0: t[0, c, i, j] = neg.f32(x0[0, c, i, j])
    }
  }
}
for d in 0..3 serial {
  for p in 0..4 serial {
    for q in 0..4 serial {
      n1: u[0, d, p, q] = add.f32(t[0, d, p, q], x0[0, d, p, q])
    }
  }
}
for e in 0..3 serial {
  for r in 0..3 serial {
    for s in 0..3 serial {
      n2: a[0, e, r, s] = f32:0x00000000
      for k in 0..2 serial {
        for l in 0..2 serial {
          n3: a[0, e, r, s] = add.f32(a[0, e, r, s], u[0, e, k + r, l + s])
        }
      }
      n4: y0[0, e, r, s] = neg.f32(a[0, e, r, s])
    }
  }
}
`;

const windows = { rules: [{ foldLoopsAtLeast: 2 }] };
const always: Pass = { ...moveChannels, run: (before) => moveChannels.run(before, windows) };

test("what a window reads or writes moves, and what a residual sum shares with it; the interface stays", async (t) => {
  const program = await proved(t, images, [[moveChannels, windows]]);
  t.deepEqual(program.buffers.map(({ name, shape }) => `${name} ${shape.join("x")}`), ["x0 1x3x4x4", "y0 1x3x3x3", "t 1x4x4x3", "u 1x4x4x3", "a 1x3x3x3"]);
  t.true(stores(program).includes("n1: u[0, p, q, d] = add.f32(t[0, p, q, d], x0[0, d, p, q])"));
  t.true(stores(program).includes("n4: y0[0, e, r, s] = neg.f32(a[0, r, s, e])"));
});

test("nothing moves without a rule, or where no sum has so many loops", (t) => {
  untouched(t, images, [moveChannels]);
  untouched(t, images, [moveChannels, { rules: [{ foldLoopsAtLeast: 3 }] }]);
});

test("a load that keeps the old order is refuted", async (t) => {
  const rowsSwapped: Pass = {
    ...always,
    run: (before) => {
      const result = always.run(before, {});
      if (result === undefined) return undefined;
      const after = mapStores(result.after, (store) => ({
        ...store,
        value: mapExpr(store.value, (e) => (e.kind === "load" && e.buffer === "t" ? { ...e, index: [0, 2, 1, 3].flatMap((d) => e.index[d] ?? []) } : e)),
      }));
      return { ...result, after };
    },
  };
  const [right] = await runStages(startOf(images), [always]);
  t.deepEqual([right?.same, right?.open], [true, []]);
  const [wrong] = await runStages(startOf(images), [rowsSwapped]);
  t.false(wrong?.same);
  t.true(wrong?.open.some((line) => line.includes("refuted")));
});

test("unknown options are refused", (t) => {
  refused(t, moveChannels, images, [{ always: true }, { rules: [{ loops: "*" }] }]);
});
