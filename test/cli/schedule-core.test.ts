/** `obligato schedule MODEL --target CORE`: the tiles of a small core, as a file that is read again. */
import test from "ava";
import { parseSchedule } from "../../src/schedule.js";
import { obligato } from "./support.js";

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
