/** contract-buffers: lives of one buffer get buffers of their own where that needs no more memory, and nowhere else. */
import test, { type ExecutionContext } from "ava";
import { type IndexExpr, variable } from "../../ir/loop/index-expr.js";
import type { Program } from "../../ir/loop/program.js";
import type { Case, Dataflow, Instance } from "../../proofs/kernel/witness.js";
import { contractBuffers } from "../../src/passes/contract-buffers.js";
import { itemsOf, liveBound } from "../../src/passes/shared/lifetimes.js";
import { type Start, runStages, startOf } from "./wires-support.js";

function always(statement: string, ...point: readonly IndexExpr[]): readonly Case<Instance>[] {
  return [{ when: [], then: { statement, point } }];
}

/** Two lives of `a` in each iteration of one loop: 8 elements, and the 8 from `second` on. */
function inOneNest(second: number): Start {
  const text = `
input x "x" f32[3,20]
output y "y" f32[3,8]
output z "z" f32[3,8]
temp a f32[${second + 8}]

for t in 0..3 serial {
  for i in 0..8 serial {
    s0: a[i] = neg.f32(x[t, i])
  }
  for j in 0..8 serial {
    r0: y[t, j] = abs.f32(a[j])
  }
  for k in 0..8 serial {
    s1: a[k + ${second}] = neg.f32(x[t, k + ${second}])
  }
  for l in 0..8 serial {
    r1: z[t, l] = abs.f32(a[l + ${second}])
  }
}
`;
  const [t, j, l, d0, d1] = ["t", "j", "l", "d0", "d1"].map(variable) as [IndexExpr, IndexExpr, IndexExpr, IndexExpr, IndexExpr];
  const dataflow: Dataflow = {
    producers: { s0: [[]], r0: [always("s0", t, j)], s1: [[]], r1: [always("s1", t, l)] },
    finals: { y: always("r0", d0, d1), z: always("r1", d0, d1) }, once: ["y", "z"],
  };
  return startOf(text, () => dataflow);
}

/** The same with 8 elements from the fourth on, one nest after the other. */
function inTwoNests(): Start {
  const text = `
input x "x" f32[20]
output y "y" f32[8]
output z "z" f32[8]
temp a f32[12]

for i in 0..8 serial {
  s0: a[i] = neg.f32(x[i])
}
for j in 0..8 serial {
  r0: y[j] = abs.f32(a[j])
}
for k in 0..8 serial {
  s1: a[k + 4] = neg.f32(x[k + 4])
}
for l in 0..8 serial {
  r1: z[l] = abs.f32(a[l + 4])
}
`;
  const dataflow: Dataflow = {
    producers: { s0: [[]], r0: [always("s0", variable("j"))], s1: [[]], r1: [always("s1", variable("l"))] },
    finals: { y: always("r0", variable("d0")), z: always("r1", variable("d0")) }, once: ["y", "z"],
  };
  return startOf(text, () => dataflow);
}

/** What is larger than four elements stays in the arena. */
const options = { maxLocal: 4 };

async function contracted(t: ExecutionContext, start: Start): Promise<Program> {
  const [report] = await runStages(start, [contractBuffers], options);
  t.deepEqual(report?.open, []);
  t.true(report?.same);
  return report?.program ?? start.staged.program;
}

function temps({ buffers }: Program): readonly string[] {
  return buffers.filter(({ kind }) => kind === "temp").map(({ name, shape }) => `${name} ${shape.join()}`);
}

test("lives of one nest that share elements keep one buffer: two would need more room", (t) => {
  t.is(contractBuffers.run(inOneNest(4).staged, options), undefined);
});

test("lives of one nest that share no element get a buffer each", async (t) => {
  t.deepEqual(temps(await contracted(t, inOneNest(8))), ["a 8", "a_l1 8"]);
});

test("lives of nests one after the other get a buffer each, which share a place in the arena", async (t) => {
  const program = await contracted(t, inTwoNests());
  t.deepEqual(temps(program), ["a 8", "a_l1 8"]);
  t.is(liveBound(itemsOf(program)), 8);
});
