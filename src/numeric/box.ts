/**
 * The declared input box: a range per input, or per element of it.
 *
 *     --box -1,1                         the same range for every element of every input
 *     --box box.json                     { "x": [-1, 1], "y": [[0, 1], [0, 2]] }
 */
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Box } from "../../proofs/bounds/bound.js";
import { around } from "../../proofs/bounds/fixed.js";
import { isRecord } from "../record.js";

export type Range = readonly [low: number, high: number];

/** One range for everything, or by input name; for an input one range or one per element. */
export type DeclaredBox = Range | Readonly<Record<string, Range | readonly Range[]>>;

function wrong(what: string): never {
  throw new Refusal("usage", "box", what, undefined, "give LOW,HIGH or a JSON file { \"input\": [low, high] } with one range or one per element");
}

/** Reads `LOW,HIGH`; undefined for what must then be the name of a file. */
export function rangeOfText(text: string): Range | undefined {
  const parts = text.split(",").map(Number);
  return parts.length === 2 ? rangeOf(parts) : undefined;
}

/** Reads the JSON of a box. Code: `box`. */
export function parseBox(text: string): DeclaredBox {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("the box is no JSON");
  }
  if (!isRecord(value)) return wrong("the box is no object");
  return Object.fromEntries(Object.entries(value).map(([name, ranges]) => [name, rangesOf(name, ranges)]));
}

function rangesOf(name: string, value: unknown): Range | readonly Range[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : wrong(`the range of ${name} is no list`);
  return list.every((item) => typeof item === "number") ? rangeOf(list) : list.map(rangeOf);
}

/** A range as JSON has it. Code: `box`. */
export function rangeOfJson(value: unknown): Range {
  return rangeOf(value);
}

function rangeOf(value: unknown): Range {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const [low, high, ...more] = list;
  const fits = typeof low === "number" && typeof high === "number" && Number.isFinite(low) && Number.isFinite(high);
  if (!fits || more.length > 0 || low > high) return wrong("a range is two finite numbers, the lower first");
  return [low, high];
}

/** The range of every element of every input of `graph`. Code: `box`. */
export function rangesIn(box: DeclaredBox, inputs: Graph["inputs"]): ReadonlyMap<string, readonly Range[]> {
  const everywhere = isRange(box) ? box : undefined;
  const byName = new Map<string, Range | readonly Range[]>(isRange(box) ? [] : Object.entries(box));
  const strange = [...byName.keys()].filter((name) => !inputs.some((input) => input.name === name));
  if (strange.length > 0) wrong(`the model has no input ${strange.join(", ")}`);
  return new Map(inputs.map(({ name, shape }) => {
    const declared = everywhere ?? byName.get(name) ?? wrong(`the box says nothing of input ${name}`);
    const count = elementCount(shape);
    const ranges = isRange(declared) ? new Array<Range>(count).fill(declared) : declared;
    return [name, ranges.length === count ? ranges : wrong(`${ranges.length} ranges for the ${count} elements of ${name}`)];
  }));
}

function isRange(box: DeclaredBox | readonly Range[]): box is Range {
  return Array.isArray(box) && typeof box[0] === "number";
}

/** Outward on the grid of the evaluator. */
export function boxOnGrid(ranges: ReadonlyMap<string, readonly Range[]>): Box {
  return new Map([...ranges].map(([name, list]) => [name, list.map(([low, high]) => [around(low)[0], around(high)[1]] as const)]));
}
