/** What a choice and the build both ask is computed once; another question is not taken for it. */
import test, { type ExecutionContext } from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import { stagedReference } from "../../src/lower/reference.js";
import { importModel } from "../../src/onnx/import.js";
import { pipeline } from "../../src/pipeline.js";
import { defaultSchedule } from "../../src/schedule.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import { afterKeptStep, afterStep, planSteps } from "../../src/steps.js";
import { testdata } from "../support/testdata.js";

const model = testdata("perf", "lenet5.onnx");
const graphOf = (path: string): Graph => importModel(path, { fixDims: new Map(), fixInputs: new Map(), contract: "separate" }).graph;

function skip(t: ExecutionContext): void {
  t.log("skipped: test data");
  t.pass();
}

test("the reference of a graph is made once per contract", (t) => {
  if (model === undefined) return skip(t);
  const graph = graphOf(model);
  const reference = stagedReference(graph, "separate");
  t.is(stagedReference(graph, "separate"), reference);
  t.not(stagedReference(graph, "fused"), reference);
  t.not(stagedReference(graphOf(model), "separate"), reference);
});

test("steps that the choice has run are not run again, others are", (t) => {
  if (model === undefined) return skip(t);
  const graph = graphOf(model);
  const reference = stagedReference(graph, "separate");
  scheduleFor("x86-64-v3", { graph, contract: "separate" });
  const [first] = planSteps({ schedule: defaultSchedule().steps, until: undefined, skip: [] }, pipeline);
  if (first === undefined) return t.fail("the schedule has no steps");
  t.not(afterStep(reference, first), reference, "it changes something");
  t.is(afterStep(reference, first), afterStep(reference, first));
  const tiles = planSteps({ schedule: [{ pass: "tile-loops", options: {} }], until: undefined, skip: [] }, pipeline).map((step) => ({ ...step, options: { rules: [{ loops: "*_o1*", size: 2 }] } }));
  const other = tiles.map((step) => ({ ...step, options: { rules: [{ loops: "*_o1*", size: 4 }] } }));
  const [two, four] = [tiles.reduce(afterKeptStep, reference), other.reduce(afterKeptStep, reference)];
  t.notDeepEqual(two.program, four.program);
  t.is(tiles.reduce(afterStep, reference), two);
  const idle = tiles.map((step) => ({ ...step, pass: { ...step.pass, run: () => undefined } }));
  t.is(idle.reduce(afterStep, reference), reference, "another pass of the same name");
});
