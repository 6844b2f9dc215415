/**
 * `check` and `build` on every model that a static generator must refuse: a diagnostic
 * with a remedy each, no crash, no output. A model that is supported after all must
 * build, and is named in the log.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { main } from "../../src/cli/main.js";
import { folderFor, obligato } from "../cli/support.js";
import { type Captured, captured } from "../support/captured.js";
import { testdata } from "../support/testdata.js";

/** What went wrong, the place if there is one, and what to do, in one line. */
const refusalLine = /^error [a-z-]+: [^\n]+: [^\n]+\n$/;

const root = testdata("negative");
const names = root === undefined ? [] : readdirSync(root).flatMap((project) => (project.includes(".") ? [] : readdirSync(join(root, project)).map((name) => `${project}/${name}`)));
const modelOf = (name: string): string => join(root ?? "", name, "model.onnx");

const accepted: string[] = [];

if (root === undefined) {
  test("models that must be refused, on the command line", (t) => {
    t.log("skipped: test data");
    t.pass();
  });
} else {
  test.serial.after("models that were accepted", (t) => {
    t.log(`${names.length} models; accepted: ${accepted.join(", ") || "none"}`);
    t.true(names.length > 100);
  });
}

for (const name of names) {
  test.serial(`${name}: check and build give one diagnostic with a remedy, and leave nothing`, async (t) => {
    const folder = folderFor(t);
    const checked = await answer(["check", modelOf(name)]);
    const built = await answer(["build", modelOf(name), "-o", join(folder, "out"), "-j", "1"]);
    if (checked.exit === 0) {
      accepted.push(name);
      t.is(built.exit, 0, built.errors);
      t.true(existsSync(join(folder, "out", "evidence", "VERDICT.md")));
      return;
    }
    for (const { exit, errors } of [checked, built]) {
      t.is(exit, 4, errors);
      t.regex(errors, refusalLine);
      t.notRegex(errors, /^error internal|\n {4}at /);
    }
    t.is(built.output, "");
    t.is(checked.errors, built.errors, "both say the same");
    t.deepEqual(readdirSync(folder), []);
  });
}

const answer = (args: readonly string[]): Promise<Captured> => captured(() => main(args));

/** A process of its own adds nothing: the first model of each project that is refused shows it. */
for (const project of new Set(names.map((name) => name.split("/")[0] ?? ""))) {
  test.serial(`${project}: a process of its own says the same`, async (t) => {
    const out = join(folderFor(t), "out");
    for (const name of names.filter((it) => it.startsWith(`${project}/`))) {
      if ((await answer(["check", modelOf(name)])).exit === 0) continue;
      const args = ["build", modelOf(name), "-o", out];
      const inside = await answer(args);
      const ran = obligato(args);
      t.deepEqual([ran.status, ran.errors], [inside.exit, inside.errors]);
      t.is(ran.status, 4);
      t.false(existsSync(out));
      return;
    }
    t.fail("no model of the project is refused");
  });
}
