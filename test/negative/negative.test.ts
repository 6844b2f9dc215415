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

const root = testdata("negative");
if (root === undefined) {
  test("models that must be refused", (t) => {
    t.log("skipped: test data");
    t.pass();
  });
} else {
  for (const project of readdirSync(root).filter((entry) => !entry.includes("."))) {
    for (const name of readdirSync(join(root, project))) {
      test(`${project}/${name} is refused with a remedy`, (t) => {
        const refusal = refusalOf(() => importModel(join(root, project, name, "model.onnx")));
        t.true(refusal !== undefined, "is refused");
        t.true(refusal !== undefined && refusal.code !== "" && refusal.message !== "" && refusal.remedy !== "", refusal?.line);
        t.log(refusal?.line);
      });
    }
  }
}
