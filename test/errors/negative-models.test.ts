/** `check` and `build` on every model that a static generator must refuse: a diagnostic each, no crash, no output. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { folderFor, obligato } from "../cli/support.js";
import { testdata } from "../support/testdata.js";

const root = testdata("negative");
const models = root === undefined ? [] : readdirSync(root).flatMap((project) => (project.includes(".") ? [] : readdirSync(join(root, project)).map((name) => join(root, project, name, "model.onnx"))));

/** Several in one process would hide which one hangs; a few per project show that the command line adds nothing. */
const sample = models.filter((_path, k) => k % 12 === 0);

if (root === undefined) {
  test("models that must be refused, on the command line", (t) => {
    t.log("skipped: test data");
    t.pass();
  });
}
for (const path of sample) {
  test(`${path.split("/").slice(-3, -1).join("/")}: check and build refuse with exit 4 and one line`, (t) => {
    t.true(existsSync(path));
    const out = join(folderFor(t), "out");
    for (const args of [["check", path], ["build", path, "-o", out]]) {
      const ran = obligato(args);
      t.is(ran.status, 4, ran.errors);
      t.regex(ran.errors, /^error [a-z-]+: [^\n]+: [^\n]+\n$/);
    }
    t.false(existsSync(out));
  });
}
