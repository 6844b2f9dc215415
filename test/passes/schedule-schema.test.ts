/**
 * The schema file of schedules: made from the option tables, as the repository has it, and
 * accepting exactly what the parser accepts.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Refusal, present } from "../../ir/prelude.js";
import { pipeline } from "../../src/pipeline.js";
import type { OptionTable, OptionWord, PassOptions } from "../../src/pass.js";
import { isRecord } from "../../src/record.js";
import { defaultSchedule, parseSchedule, printSchedule, scheduleVersion } from "../../src/schedule.js";
import { unmatchedPatterns } from "../../src/schedule/matches.js";
import { scheduleReference, scheduleSchema } from "../../src/schedule/schema.js";
import { scheduleFor, scheduledTargets } from "../../src/schedule/targets.js";
import { startOf } from "./wires-support.js";

const file: unknown = JSON.parse(readFileSync("schemas/schedule.schema.json", "utf8"));

/** The part of JSON Schema that the file uses; a word that is not known here fails the test. */
function accepts(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) throw new Error("no schema");
  return Object.entries(schema).every(([word, wanted]) => acceptsWord(word, wanted, schema, value));
}

function acceptsWord(word: string, wanted: unknown, schema: Readonly<Record<string, unknown>>, value: unknown): boolean {
  const list: readonly unknown[] = Array.isArray(wanted) ? wanted : [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const { properties } = schema;
  switch (word) {
    case "$schema": case "title": case "description": return true;
    case "const": return value === wanted;
    case "enum": return list.includes(value);
    case "minimum": return typeof value !== "number" || value >= Number(wanted);
    case "minItems": return !Array.isArray(value) || items.length >= Number(wanted);
    case "pattern": return typeof value !== "string" || new RegExp(String(wanted)).test(value);
    case "anyOf": return list.some((it) => accepts(it, value));
    case "oneOf": return list.filter((it) => accepts(it, value)).length === 1;
    case "items": return !Array.isArray(value) || items.every((it) => accepts(wanted, it));
    case "required": return !isRecord(value) || list.every((key) => Object.hasOwn(value, String(key)));
    case "properties": return !isRecord(value) || !isRecord(wanted) || Object.entries(value).every(([key, it]) => !Object.hasOwn(wanted, key) || accepts(wanted[key], it));
    case "additionalProperties": return !isRecord(value) || !isRecord(properties) || Object.keys(value).every((key) => Object.hasOwn(properties, key));
    case "type": return typeOf(value, wanted);
    default: throw new Error(`the test does not know ${word}`);
  }
}

function typeOf(value: unknown, wanted: unknown): boolean {
  if (wanted === "object") return isRecord(value);
  if (wanted === "array") return Array.isArray(value);
  return wanted === "integer" ? Number.isSafeInteger(value) : typeof value === wanted;
}

function parses(text: string): boolean {
  try {
    parseSchedule(text, "a.json");
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** Values of each kind, right and wrong. */
const samples: readonly unknown[] = [0, 1, 8, -1, 1.5, "3", "*_o1*", "pad", "a b", "", true, false, null, [], [1], [0], ["*"], ["*", 2], {}, [{}], [{ loops: "*" }]];

function* steps(): Generator<PassOptions & { readonly pass: string }> {
  for (const { name, options = {} } of pipeline) {
    yield { pass: name };
    yield { pass: name, unheardOf: 1 };
    for (const [key, word] of Object.entries(options)) {
      for (const value of samples) yield { pass: name, [key]: value };
      if (word.kind === "rules") for (const rule of rules(word.words)) yield { pass: name, [key]: [rule] };
    }
  }
}

/** A rule with all it must have; then each word with every sample, and without it. */
function* rules(words: OptionTable): Generator<PassOptions> {
  const right = (word: OptionWord): unknown => ({ count: 2, counts: [2], flag: true, choice: "pad", patterns: "*", rules: [] })[word.kind];
  const least = Object.fromEntries(Object.entries(words).filter(([, word]) => word.required === true).map(([key, word]) => [key, right(word)]));
  yield least;
  yield { ...least, unheardOf: 1 };
  for (const key of Object.keys(words)) {
    for (const value of samples) yield { ...least, [key]: value };
    yield Object.fromEntries(Object.entries(least).filter(([other]) => other !== key));
  }
}

test("the schema file and the reference are those of the option tables", (t) => {
  t.deepEqual(file, scheduleSchema(scheduleVersion, pipeline), "npm run schedule-files");
  t.true(readFileSync("docs/schedule.md", "utf8").includes(scheduleReference(pipeline)), "npm run schedule-files");
});

test("schema and parser accept the same steps", (t) => {
  let [both, neither] = [0, 0];
  for (const step of steps()) {
    const schedule = { version: 1, steps: [step] };
    const parsed = parses(JSON.stringify(schedule));
    t.is(accepts(file, schedule), parsed, JSON.stringify(step));
    if (parsed) both++;
    else neither++;
  }
  t.true(both > pipeline.length && neither > 10 * pipeline.length, `${both} accepted, ${neither} refused`);
});

test("and the same heads", (t) => {
  for (const head of [{ version: 1 }, { version: 2 }, { version: "1" }, {}, { version: 1, target: 3 }, { version: 1, target: "m4" }, { version: 1, muladd: "fused" }, { version: 1, muladd: "twice" }, { version: 1, other: 1 }]) {
    for (const body of [{ steps: [] }, {}, { steps: {} }, { steps: [{ pass: "no-pass" }] }, { steps: [{}] }]) {
      const schedule = { ...head, ...body };
      t.is(accepts(file, schedule), parses(JSON.stringify(schedule)), JSON.stringify(schedule));
    }
  }
});

test("what a pass accepts at run time is what its table says", (t) => {
  const { staged } = startOf("\ninput x0 \"x\" f32[2]\noutput y0 \"y\" f32[2]\n\nfor o in 0..2 serial {\n  f: y0[o] = neg.f32(x0[o])\n}\n");
  for (const { pass: name, ...options } of steps()) {
    const pass = pipeline.find((it) => it.name === name);
    if (pass === undefined || !accepts(file, { version: 1, steps: [{ pass: name, ...options }] })) continue;
    const meaningless = name === "split-loops"; // a rule may lack a point, which only the pass knows
    if (!meaningless) t.notThrows(() => pass.run(staged, options), JSON.stringify(options));
  }
  for (const pass of pipeline) t.throws(() => pass.run(staged, { unheardOf: 1 }), { instanceOf: Refusal }, pass.name);
});

test("the default schedule and those of the examples fit the schema", (t) => {
  const folder = "examples/schedules";
  const texts = readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => readFileSync(join(folder, name), "utf8"));
  t.true(texts.length > 0);
  for (const text of [printSchedule(defaultSchedule()), ...scheduledTargets.map((target) => printSchedule(present(scheduleFor(target), target))), ...texts]) {
    t.true(accepts(file, JSON.parse(text)));
    t.true(parses(text));
  }
});

test("a newer version is refused as such, an older or missing one as a mistake", (t) => {
  const messageOf = (version: unknown): string => t.throws(() => parseSchedule(JSON.stringify({ version, steps: [] }), "a.json"), { instanceOf: Refusal })?.line ?? "";
  t.regex(messageOf(2), /version 2 is newer than this program, which reads version 1/);
  t.regex(messageOf(0), /write "version": 1/);
  t.regex(messageOf(undefined), /write "version": 1/);
});

test("rules that fit nothing are told, by step and rule", (t) => {
  const { staged } = startOf("\ninput x0 \"x\" f32[2]\noutput y0 \"y\" f32[2]\n\nfor n0_o0 in 0..2 serial {\n  f: y0[n0_o0] = neg.f32(x0[n0_o0])\n}\n");
  const tile = pipeline.find(({ name }) => name === "tile-loops");
  if (tile === undefined) throw new Error("no tile-loops");
  t.deepEqual(unmatchedPatterns(tile, { rules: [{ loops: ["n9*", "*_o0"] }, { loops: "n7_o2" }] }, staged.program), ['tile-loops, rule 2: loops "n7_o2" fits no loop or buffer of the program at this step']);
});
