/** The schedule file: what it says, what it refuses. */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { pipeline } from "../../src/pipeline.js";
import { defaultSchedule, parseSchedule, printSchedule } from "../../src/schedule.js";
import { convolution, referenceOf } from "./instances-support.js";

test("the default schedule has every pass once, in the order of the pipeline", (t) => {
  t.deepEqual(defaultSchedule().steps.map(({ pass }) => pass), pipeline.map(({ name }) => name));
});

test("print and parse are inverse", (t) => {
  const schedule = { ...defaultSchedule(), muladd: "fused" as const, target: "cortex-m7" };
  const text = printSchedule(schedule);
  t.deepEqual(parseSchedule(text, "a.json"), schedule);
  t.is(printSchedule(parseSchedule(text, "a.json")), text);
});

test("target and muladd have defaults", (t) => {
  t.deepEqual(parseSchedule('{"version": 1, "steps": [{"pass": "fuse-loops"}]}', "a.json"), {
    version: 1, target: "generic", muladd: "separate", steps: [{ pass: "fuse-loops", options: {} }],
  });
});

test("the options written in the default schedule are those that the passes have", (t) => {
  const graph = convolution({ channels: 2, filters: 16, size: [6, 6], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 });
  const start = referenceOf(graph);
  let compared = 0;
  for (const { pass: name, options } of defaultSchedule().steps) {
    const pass = pipeline.find((candidate) => candidate.name === name);
    if (pass === undefined || Object.keys(options).length === 0) continue;
    t.deepEqual(pass.run(start, options)?.after, pass.run(start, {})?.after, name);
    compared++;
  }
  t.true(compared >= 10, `${compared} passes have options`);
});

const refused: Readonly<Record<string, string>> = {
  "no JSON": "{",
  "no object": "[]",
  "other version": '{"version": 2, "steps": []}',
  "no version": '{"steps": []}',
  "unknown word": '{"version": 1, "passes": [], "steps": []}',
  "target no text": '{"version": 1, "target": 4, "steps": []}',
  "muladd unknown": '{"version": 1, "muladd": "fast", "steps": []}',
  "steps missing": '{"version": 1}',
  "step no object": '{"version": 1, "steps": ["fuse-loops"]}',
  "unknown pass": '{"version": 1, "steps": [{"pass": "fuse"}]}',
};

for (const [what, text] of Object.entries(refused)) {
  test(`refused: ${what}`, (t) => {
    const refusal = t.throws(() => parseSchedule(text, "a.json"), { instanceOf: Refusal });
    t.is(refusal?.refusal, "usage");
    t.regex(refusal?.where ?? "", /^a\.json/);
    t.not(refusal?.remedy, "");
  });
}
