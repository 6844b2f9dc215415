/** Nests as programs of their own: well formed, told apart by more than names, and the same computation. */
import test from "ava";
import { assertProgram } from "../../ir/loop/assert.js";
import { continued } from "../../src/optimise/evaluate.js";
import { choicesFor, firstChosen, stepsWith } from "../../src/tune/space.js";
import { digestOfShape, tasksOf } from "../../src/tune/task.js";
import { loopsOf } from "../../ir/loop/visit.js";
import { machineNamed, programs, spaceFor } from "./support.js";

const space = spaceFor(programs);
const base = stepsWith(space, new Map());
const begin = base.findIndex(({ pass }) => pass === firstChosen);
const tasks = tasksOf(programs.staged(base.slice(0, begin)));
const suffix = base.slice(begin).filter(({ pass }) => pass !== "drop-dead-stores");

test("each task is a program; the equal ones are found, others are not", (t) => {
  for (const { staged: { program } } of tasks) t.notThrows(() => assertProgram(program));
  const bySite = new Map(tasks.map(({ site, shape }) => [site, shape]));
  t.is(new Set(bySite.values()).size, tasks.length - 1, "two products with the same matrix");
});

test("a digest of a shape: names and comments do not matter, anything else does", (t) => {
  t.is(digestOfShape("/* a */ x[i] = y[j];"), digestOfShape("p[q] = r[s];"));
  t.not(digestOfShape("x[i] = y[i];"), digestOfShape("p[q] = r[s];"));
  t.not(digestOfShape("x[1]"), digestOfShape("x[2]"));
});

test("alone, a nest becomes the loops it becomes in the network", (t) => {
  const whole = loopsOf(programs.after(base)).map(({ variable, extent, mode }) => `${variable} ${extent} ${mode}`);
  for (const { staged, site } of tasks) {
    const own = loopsOf(continued(staged, suffix)).map(({ variable, extent, mode }) => `${variable} ${extent} ${mode}`);
    t.deepEqual(own, whole.filter((text) => text.startsWith(`${site}_`)));
  }
});

test("every choice makes a program, and rules for one nest leave the others as they were", (t) => {
  const whole = loopsOf(programs.after(base)).map(({ variable }) => variable);
  for (const task of tasks) {
    const choices = choicesFor(task.site, space, machineNamed("x86-64-v4"));
    for (const choice of choices.slice(0, 6)) t.notThrows(() => assertProgram(continued(task.staged, stepsWith(space, new Map([[task.site, choice]])).slice(begin).filter(({ pass }) => pass !== "drop-dead-stores"))));
    const [last] = choices.slice(-1);
    if (last === undefined) continue;
    const changed = loopsOf(programs.after(stepsWith(space, new Map([[task.site, last]])))).map(({ variable }) => variable);
    const others = (names: readonly string[]): readonly string[] => names.filter((name) => !name.startsWith(`${task.site}_`));
    t.deepEqual(others(changed), others(whole));
  }
});
