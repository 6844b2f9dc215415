/** What a schedule makes small: exact figures of the arena on the networks of the speed measurement, code without copies, and proofs of both. */
import test from "ava";
import { present } from "../../ir/prelude.js";
import { storesOf } from "../../ir/loop/visit.js";
import { buildModel } from "../../src/driver.js";
import { memoryOf } from "../../src/evidence/memory.js";
import { graphPeakOf, peakLines, peakOf } from "../../src/evidence/peak.js";
import { importModel } from "../../src/onnx/import.js";
import { defaultSchedule } from "../../src/schedule.js";
import { isLower } from "../../src/schedule/arena/live.js";
import { type Figure, stepsToMinimise } from "../../src/schedule/minimise.js";
import { testdata } from "../support/testdata.js";

const silent = { stage: () => undefined, settled: () => undefined };
const contract = "separate";

/**
 * Bytes of the arena with --minimise ram, by default, and of whole tensors, which is the static
 * memory of onnx2c's C for the same network (424 for acasxu: its tensors are aligned).
 */
const arenas = {
  acasxu: [400, 400, 400], autoenc: [1024, 1024, 1024], dscnn: [64_000, 64_000, 64_000], lenet5: [6304, 23_520, 37_632],
  mobilenetv1: [95_232, 221_184, 294_912], resnet8: [108_544, 131_072, 196_608], tinyxf: [106_496, 114_688, 212_992],
} as const;

function built(model: string, figure: Figure, prove: boolean): ReturnType<typeof buildModel> {
  const graph = importModel(model, { fixDims: new Map(), fixInputs: new Map(), contract }).graph;
  const schedule = stepsToMinimise(figure, () => ({ graph, contract }), defaultSchedule().steps);
  return buildModel({ model, fixDims: new Map(), contract, schedule, until: undefined, skip: [], solver: "auto", jobs: 2, prove }, silent);
}

for (const [name, [smallest, usual, whole]] of Object.entries(arenas)) {
  test.serial(`${name}: an arena of ${smallest} bytes, ${usual} by default, ${whole} for whole tensors`, async (t) => {
    t.timeout(300_000);
    const model = testdata("perf", `${name}.onnx`);
    if (model === undefined) {
      t.log("skipped: test data");
      t.pass();
      return;
    }
    const [ram, time] = [await built(model, "ram", false), await built(model, "time", false)];
    t.is(memoryOf(present(ram.code, "code").read.program).arenaBytes, smallest);
    t.is(memoryOf(present(time.code, "code").read.program).arenaBytes, usual);
    t.is(graphPeakOf(ram.imported.graph)?.bytes, whole);
    t.is(peakOf(present(ram.code, "code").read.program)?.bytes, smallest);
  });
}

test.serial("lenet5 for memory and for code: everything proved; the report names the node of the peak and what would lower it", async (t) => {
  t.timeout(300_000);
  const model = testdata("perf", "lenet5.onnx");
  if (model === undefined) {
    t.log("skipped: test data");
    t.pass();
    return;
  }
  const [ram, code, time] = [await built(model, "ram", true), await built(model, "code", true), await built(model, "time", false)];
  t.deepEqual([ram.outcome, code.outcome], ["proved", "proved"]);
  const statements = ({ code: made }: typeof ram): number => storesOf(present(made, "code").read.program).length;
  t.true(statements(code) * 3 < statements(time) * 2, `${statements(code)} statements, ${statements(time)} by default`);
  const lines = peakLines(present(time.code, "code").read.program, time.imported.graph, time.stages);
  t.deepEqual(lines, [
    "peak at maxpool5_n: n1_y of relu4_n 18,816, n2_y of maxpool5_n 4,704; whole tensors need 37,632 at relu4_n",
    "the result of relu4_n has one reader, maxpool5_n: --minimise ram makes it a few rows at a time where that is lower",
  ]);
});

test("the largest nest decides, then the next", (t) => {
  t.true(isLower([4, 9], [10, 1]));
  t.true(isLower([9, 4, 1], [9, 5]));
  t.true(isLower([9], [9, 1]));
  t.false(isLower([9, 1], [9, 1]));
  t.false(isLower([9, 1, 1], [9, 1]));
});

test("fusions stand where the schedule first fuses producers, once, whatever comes later", (t) => {
  const graph = importModel("examples/digits/digits.onnx", { fixDims: new Map(), fixInputs: new Map(), contract }).graph;
  const usual = defaultSchedule().steps;
  const again = [...usual, { pass: "recompute-producers", options: { rules: [{ loops: "none" }] } }];
  const [once, twice] = [usual, again].map((steps) => stepsToMinimise("ram", () => ({ graph, contract }), steps));
  t.deepEqual(twice, [...(once ?? []), ...again.slice(-1)]);
});
