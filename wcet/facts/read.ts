/** Reads `flow-facts.json` back, refusing whatever its schema (flow-facts.ts) does not say. */
import { Refusal } from "../../ir/prelude.js";
import { type FlowFacts, printFlowFacts, schema } from "./flow-facts.js";

/** Throws a Refusal `flow-facts-invalid` that names the first field at fault. */
export function readFlowFacts(text: string): FlowFacts {
  const value = parseJson(text);
  checkFacts(value);
  if (printFlowFacts(value) !== text) fail("the text", "printed by obligato, unchanged");
  return value;
}

function fail(where: string, expected: string): never {
  throw new Refusal("usage", "flow-facts-invalid", `flow facts: ${where} must be ${expected}`, undefined, `write the file with \`obligato flowfacts\` (${schema})`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail("the text", "JSON");
  }
}

type Check = (value: unknown, where: string) => void;
type Fields = Readonly<Record<string, Check>>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const count: Check = (value, where) => {
  if (!Number.isSafeInteger(value) || Number(value) < 0) fail(where, "a non-negative integer");
};
const text: Check = (value, where) => {
  if (typeof value !== "string") fail(where, "a string");
};
const parent: Check = (value, where) => {
  if (value !== null) text(value, where);
};

/** Exactly these fields, each as its check wants it. */
function object(fields: Fields): Check {
  return (value, where) => {
    if (!isRecord(value)) return fail(where, "an object");
    for (const key of Object.keys(value)) if (!Object.hasOwn(fields, key)) fail(`${where}.${key}`, "absent");
    for (const [key, check] of Object.entries(fields)) check(value[key], `${where}.${key}`);
  };
}

function table(check: Check): Check {
  return (value, where) => {
    if (!isRecord(value)) return fail(where, "an object");
    for (const [key, entry] of Object.entries(value)) check(entry, `${where}.${key}`);
  };
}

function list(check: Check): Check {
  return (value, where) => {
    if (!Array.isArray(value)) return fail(where, "a list");
    value.forEach((entry, k) => {
      check(entry, `${where}[${k}]`);
    });
  };
}

function oneOf(...words: readonly string[]): Check {
  return (value, where) => {
    if (!words.some((word) => word === value)) fail(where, words.join(" or "));
  };
}

const loopFields = object({
  node: text, pass: text, kind: oneOf("serial", "unrolled", "vector", "parallel"), parent,
  N_body: count, N_backedge: count, N_header: count, entries: count, total: count,
});

/** The counts of a loop agree with each other. */
const consistent: Check = (value, where) => {
  loopFields(value, where);
  if (!isRecord(value)) return;
  const [body, backEdges, header] = [Number(value["N_body"]), Number(value["N_backedge"]), Number(value["N_header"])];
  if (backEdges !== body || header !== body + 1) fail(where, "N_backedge = N_body and N_header = N_body + 1");
  if (Number(value["total"]) !== Number(value["entries"]) * body) fail(where, "total = entries · N_body");
};

const whole = object({
  schema: oneOf(schema),
  program: text,
  loops: table(consistent),
  guards: list(object({ conditions: list(text), parent, reached: count, taken: count })),
  statements: table(object({ node: text, pass: text, parent, executions: count })),
});

function checkFacts(value: unknown): asserts value is FlowFacts {
  whole(value, "facts");
}
