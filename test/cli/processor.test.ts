/** A processor with vectors as the target of a build: its schedule, and how to compile; nothing that needs a binary. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { vectorMachines } from "../../src/schedule/vector/machine.js";
import { folderFor, obligato, smallModelIn } from "./support.js";

interface ScheduleFile {
  readonly steps: readonly { readonly pass: string; readonly rules?: unknown }[];
}

const rulesOf = (text: string, pass: string): unknown => (JSON.parse(text) as ScheduleFile).steps.find((step) => step.pass === pass)?.rules;

for (const { name, flags } of vectorMachines) {
  test(`${name}: the build takes the schedule that is printed for the model, and says how to compile`, (t) => {
    const folder = folderFor(t);
    const model = smallModelIn(folder);
    const out = join(folder, "out");
    const ran = obligato(["build", model, "-o", out, "--target", name]);
    t.is(ran.status, 0, ran.errors);
    t.true(ran.output.includes(`target ${name}: `) && flags.every((flag) => ran.output.includes(flag)), ran.output);
    const printed = obligato(["schedule", model, "--target", name]);
    t.is(printed.status, 0, printed.errors);
    for (const pass of ["move-channels", "tile-loops", "reorder-loops"]) {
      t.deepEqual(rulesOf(readFileSync(join(out, "evidence/schedule.json"), "utf8"), pass), rulesOf(printed.output, pass), pass);
    }
    t.notDeepEqual(rulesOf(printed.output, "vectorise-loops"), rulesOf(obligato(["schedule"]).output, "vectorise-loops"));
  });
}

test("options that need a binary are mistakes in the command line, and so is a model without a target", (t) => {
  const folder = folderFor(t);
  const model = smallModelIn(folder);
  for (const given of [["--wcet-budget", "1000"], ["--core", "cortex-m4"], ["--optimise", "wcet"], ["--for", "otawa"]]) {
    t.is(obligato(["build", model, "-o", join(folder, "out"), "--target", "x86-64-v3", ...given]).status, 64, given[0]);
  }
  t.is(obligato(["schedule", model]).status, 64);
  t.false(existsSync(join(folder, "out")));
});

