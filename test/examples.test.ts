/** The examples are the first documentation: what their pages say is printed is what is printed. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root, textOf } from "./conventions/checkout.js";

const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => existsSync(join(root, "examples", entry.name, "README.md"))) // the other folders hold files to copy
  .map((entry) => entry.name);

/** Without a C compiler `run` answers by the interpreter, and says so: another transcript. */
const hasCompiler = spawnSync("cc", ["--version"]).status === 0;

test("examples: there are some", (t) => {
  t.true(examples.length >= 2);
});

for (const name of examples) {
  test.serial(`examples: ${name} prints what its page says`, (t) => {
    if (!hasCompiler) {
      t.log("skipped: C compiler");
      t.pass();
      return;
    }
    const done = spawnSync(process.execPath, [join(root, "scripts", "examples.mjs"), "--check", name], { encoding: "utf8" });
    t.is(done.status, 0, done.stderr);
  });

  test(`examples: ${name} does not expect a failure`, (t) => {
    t.notRegex(textOf(`examples/${name}/EXPECT.md`), /^\[exit /m);
  });
}
