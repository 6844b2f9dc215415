/** `obligato schedule MODEL --target CORE`: the tiles of a small core, as a file that is read again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parseSchedule } from "../../src/schedule.js";
import { attribute, bytesOfGroup, i8, integers, tinyConv } from "../proofs/lemmas/quantised-models.js";
import { floats, graph, model as modelOf, node, value } from "../support/onnx-model.js";
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

/** A padded convolution of integers over four channels. */
function paddedConv(): Uint8Array {
  const conv = node("QLinearConv", ["x", "s", "z", "w", "s", "o", "s", "z"], ["y"], { name: "conv", attribute: [attribute("kernel_shape", [3, 3]), attribute("pads", [1, 1, 1, 1])] });
  const weights = integers("w", i8, [4, 4, 3, 3], Array.from({ length: 144 }, (_, k) => (k % 9) - 4));
  const initializer = [floats("s", [], [0.5]), integers("z", i8, [], [3]), integers("o", i8, [], [0]), weights];
  return modelOf(graph([conv], { input: [value("x", [1, 4, 6, 6], i8)], output: [value("y", [1, 4, 6, 6], i8)], initializer }));
}

test("least code has its padding stored: the schedule asks for it, and a build takes the same; a schedule for memory does not", (t) => {
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, paddedConv()), join(folder, "out")];
  const asked = [path, "--target", "cortex-m4", "--minimise"];
  const printed = parseSchedule(obligato(["schedule", ...asked, "code"]).output, "what was printed");
  t.deepEqual(printed.lemmas, [{ lemma: "store-padding", node: "conv" }]);
  t.is(parseSchedule(obligato(["schedule", ...asked, "ram"]).output, "what was printed").lemmas, undefined);
  const ran = obligato(["build", ...asked, "code", "-o", out]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /T0 bit-exact[^]*store-padding/);
  const built = parseSchedule(readFileSync(join(out, "evidence/schedule.json"), "utf8"), out);
  t.deepEqual([built.lemmas, built.steps], [printed.lemmas, printed.steps]);
});
