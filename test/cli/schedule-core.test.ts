/** `obligato schedule MODEL --target CORE`: the tiles of a small core, as a file that is read again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parseSchedule } from "../../src/schedule.js";
import { bytesOfGroup, tinyConv } from "../proofs/lemmas/quantised-models.js";
import { folderFor, modelIn, obligato } from "./support.js";

const model = "examples/flight-mlp/flight-mlp.onnx";

test("a small core: the schedule is that of the model, has no lanes of a vector unit, and is read again", (t) => {
  const { status, output: stdout } = obligato(["schedule", model, "--target", "cortex-m4"]);
  t.is(status, 0);
  const { target, steps } = parseSchedule(stdout, "what was printed");
  t.is(target, "cortex-m4");
  t.deepEqual(steps.find(({ pass }) => pass === "vectorise-loops")?.options, { rules: [] });
  t.regex(JSON.stringify(steps.find(({ pass }) => pass === "tile-loops")?.options), /n[0-9]+[a-z]*_o[0-9]/);
});

test("a small core without a model is refused by what it lacks", (t) => {
  const { status, errors: stderr } = obligato(["schedule", "--target", "cortex-m4"]);
  t.is(status, 64);
  t.regex(stderr, /depends on the model/);
});

test("with a lemma the schedule is for the graph that the lemma makes, and a build takes the same", (t) => {
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, bytesOfGroup(tinyConv(1))), join(folder, "out")];
  const asked = [path, "--target", "cortex-m4", "--lemma", "integer-quantised"];
  const printed = parseSchedule(obligato(["schedule", ...asked]).output, "what was printed");
  t.deepEqual(printed.lemmas, [{ lemma: "integer-quantised" }]);
  const usual = parseSchedule(obligato(["schedule", ...asked.slice(0, 3)]).output, "what was printed");
  t.notDeepEqual(printed.steps, usual.steps, "its sums are of integers");
  const ran = obligato(["build", ...asked, "-o", out, "--allow-unbounded"]);
  t.is(ran.status, 0, ran.errors);
  t.deepEqual(parseSchedule(readFileSync(join(out, "evidence/schedule.json"), "utf8"), out).steps, printed.steps);
});

test("a lemma without what it is applied to is refused", (t) => {
  for (const rest of [[], ["--target", "cortex-m4"], [model], [model, "--target", "cortex-m4", "--minimise", "ram"]]) {
    const { status, errors } = obligato(["schedule", ...rest, "--lemma", "integer-quantised"]);
    t.is(status, 64, rest.join(" "));
    t.regex(errors, /usage/);
  }
});
