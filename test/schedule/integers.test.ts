/** Lanes of sums of 8-bit networks for processors that multiply pairs of 16 bits. */
import test from "ava";
import { present } from "../../ir/prelude.js";
import { stagedReference } from "../../src/lower/reference.js";
import { importModel } from "../../src/onnx/import.js";
import { defaultSchedule } from "../../src/schedule.js";
import { choicesFor } from "../../src/schedule/vector/choose.js";
import { vectorMachines } from "../../src/schedule/vector/machine.js";
import { pairableSteps } from "../../src/schedule/vector/steps.js";
import type { TileChoice } from "../../src/schedule/vector/tile.js";
import { testdata } from "../support/testdata.js";

const model = testdata("models", "mlperf_kws_int8_qop", "model.onnx");

test("pairs of steps where they are neighbours, else a vector of operands of 16 bits", (t) => {
  if (model === undefined) {
    t.log("skipped: test data");
    return t.pass();
  }
  const { graph } = importModel(model, { fixDims: new Map(), fixInputs: new Map(), contract: "separate" });
  for (const name of ["x86-64-v3", "x86-64-v4"]) {
    const machine = present(vectorMachines.find((it) => it.name === name), name);
    const { tiles } = choicesFor(stagedReference(graph, "separate"), pairableSteps(defaultSchedule().steps, machine), machine);
    const tileAt = (site: string): TileChoice => present(tiles.find((tile) => tile.site === site), site);
    const [depthwise, pointwise] = [tileAt("n2d"), tileAt("n3d")];
    t.deepEqual([depthwise.pairs, pointwise.pairs], [undefined, "n3d_k2*"], name);
    t.is(depthwise.lanes?.size, 2 * machine.width, name);
  }
});
