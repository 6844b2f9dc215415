/**
 * Flow facts for OTAWA as FFX, loops named by source file and line. `maxcount` bounds
 * back edges per entry: a loop that tests at the top has exactly N, one that the
 * compiler rotated has N − 1, so N is exact or safe. `totalcount` bounds back edges
 * over one run of the task; it is left out from 2^31 on, where OTAWA's int wraps.
 */
import { Refusal } from "../../ir/prelude.js";
import type { FlowFacts } from "../facts/flow-facts.js";
import { type LineTable, type PlacedLoop, largestCount, placeLoops, soundBuild } from "./lines.js";

export function printFfx(facts: FlowFacts, lines: LineTable): string {
  const loops = placeLoops(facts, lines);
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<flowfacts>`,
    `  <!-- ${soundBuild} -->`,
    `  <!-- totalcount is for one run of ${facts.program}. -->`,
    ...loops.map(printLoop),
    `</flowfacts>`,
    "",
  ].join("\n");
}

function printLoop({ id, record, source }: PlacedLoop): string {
  const total = record.total > largestCount ? "" : ` totalcount="${record.total}"`;
  const element = `<loop source="${source.file}" line="${source.line}" maxcount="${record.N_body}"${total}/>`;
  return `  ${element} <!-- ${id}: ${commentText(record.node)} -->`;
}

/** XML comments may not contain two hyphens in a row, nor characters outside XML. */
function commentText(text: string): string {
  return text.replaceAll(/[^ -~]|-(?=-)/gu, (c) => `&#${c.codePointAt(0) ?? 0};`);
}

/** A `loop` element as OTAWA's loader takes it. */
export interface FfxLoop {
  readonly source: string;
  readonly line: number;
  readonly maxcount: number;
  readonly totalcount?: number;
}

const element = /^<loop source="([^"&<]+)" line="(\d+)" maxcount="(\d+)"(?: totalcount="(\d+)")?\/>$/;

/** Reads the subset of FFX that printFfx writes; throws a Refusal `ffx-syntax` on anything else. */
export function parseFfx(text: string): FfxLoop[] {
  const bare = text.replaceAll(/<!--(?:(?!--).)*-->/g, "").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const [declaration, open, ...rest] = bare;
  if (declaration !== `<?xml version="1.0" encoding="UTF-8"?>` || open !== "<flowfacts>" || rest.pop() !== "</flowfacts>") fail("the document");
  return rest.map(parseLoop);
}

function parseLoop(text: string): FfxLoop {
  const [, source, line, maxcount, totalcount] = element.exec(text) ?? fail(text);
  if (source === undefined) return fail(text);
  const counts = { line: decimal(line), maxcount: decimal(maxcount) };
  return totalcount === undefined ? { source, ...counts } : { source, ...counts, totalcount: decimal(totalcount) };
}

/** OTAWA reads a leading zero as octal and wraps beyond an int: neither may occur. */
function decimal(digits: string | undefined): number {
  const value = Number(digits);
  if (digits === undefined || String(value) !== digits || value > largestCount) fail(`the number ${digits ?? ""}`);
  return value;
}

function fail(what: string): never {
  throw new Refusal("usage", "ffx-syntax", `FFX: cannot read ${what}`, undefined, "export the facts again");
}
