/**
 * Whole builds in which one pass of the pipeline is wrong: it does its work, spoils the
 * result and still tells the story of the right one. The command exits 1, shows the
 * difference on an input and writes no C.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { build } from "../../src/cli/build.js";
import type { BuildRequest } from "../../src/driver.js";
import type { Pass } from "../../src/pass.js";
import { pipeline } from "../../src/pipeline.js";
import { type Captured, captured } from "../support/captured.js";
import { sabotages, spoiltNetwork as network, wrong } from "../support/sabotages.js";
import { folderFor } from "./support.js";

async function builtWith(passes: readonly Pass[], folder: string): Promise<Captured> {
  const request: BuildRequest = {
    model: network, fixDims: new Map(), contract: "separate", schedule: undefined, until: undefined,
    skip: [], solver: "auto", jobs: 1, prove: true, passes,
  };
  const targets = { directory: join(folder, "out"), force: false, failed: join(folder, "failed") };
  return captured(() => build(request, targets, { color: false, jobs: 1 }));
}

for (const { pass: name, bug, spoil, rule } of sabotages) {
  test.serial(`a build where ${name} is wrong (${bug}) exits 1, shows it and writes no C`, async (t) => {
    const folder = folderFor(t);
    const { exit, output } = await builtWith(pipeline.map((pass) => (pass.name === name ? wrong(pass, spoil) : pass)), folder);
    t.is(exit, 1, output); // also where a sabotage finds nothing to spoil
    t.deepEqual(readdirSync(folder), ["failed"], "only the evidence that was asked for");
    t.false(existsSync(join(folder, "failed", "src")));
    t.regex(output, new RegExp(`^FAIL {3}stage ${name} is refuted; no C is written`, "m"));
    const claims = output.split("\n").filter((line) => /^ {2}\S+: refuted/.test(line));
    t.true(claims.length > 0 && claims.some((line) => rule.test(line)), output);
    const shown = /^ {2}replayed \(.*\): (.*)$/m.exec(output)?.[1] ?? "";
    t.not(shown, "", output);
    const verdict = readFileSync(join(folder, "failed", "evidence", "VERDICT.md"), "utf8");
    t.regex(verdict, /^# FAIL/);
    t.true(verdict.includes(shown), verdict);
    t.log(`${claims[0]?.trim() ?? ""}; ${shown}`);
  });
}

test.serial("the same build with the right passes exits 0 and writes C", async (t) => {
  const folder = folderFor(t);
  const { exit, output } = await builtWith(pipeline.map((pass) => wrong(pass, (after) => after)), folder);
  t.is(exit, 0, output);
  t.deepEqual(readdirSync(folder), ["out"]);
});
