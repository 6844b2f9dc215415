/**
 * What the formats of loop facts share. Each reader takes the text its writer makes and
 * nothing else; a number that an analyser would read as octal, or that wraps there, is
 * refused. What N counts is said in each format's heading; inside it is always back edges
 * per entry of the loop.
 */
import { Refusal } from "../../../ir/prelude.js";
import type { CodeGraph } from "../../cfg/graph.js";
import type { SourceLine } from "../../facts/lines.js";
import type { BlockSum, HeaderFact } from "../../ipet/ipet.js";
import type { LoopFact } from "../loop-facts.js";

export interface FactFile {
  /** Base name of the ELF. */
  readonly elf: string;
  /** OTAWA's checksum of it (checksum.ts). */
  readonly checksum: number;
  /** SHA-256 of it, in hexadecimal. */
  readonly digest: string;
  /** The bounded function. */
  readonly entry: string;
  readonly facts: readonly LoopFact[];
  /** For formats that can bound runs of blocks. */
  readonly sums?: readonly BlockSum[] | undefined;
  readonly code: CodeGraph;
  /** Where `byLine` is set. */
  readonly lines?: HeaderLines | undefined;
}

/** By address of a loop's header: the source line by which its fact is found (lines.ts). */
export type HeaderLines = ReadonlyMap<number, SourceLine>;

export interface FactFormat {
  readonly name: string;
  readonly extension: string;
  readonly title: string;
  readonly print: (file: FactFile) => string;
  /** By address. Throws a Refusal `facts-syntax` at the first thing it would not have written. */
  readonly parse: (text: string, code: CodeGraph, lines?: HeaderLines) => readonly HeaderFact[];
  /** The sums of a text, where the format carries them; throws as `parse` does. */
  readonly parseSums?: (text: string, code: CodeGraph) => readonly BlockSum[];
  /** Loops are named by source line, which `lines` of the file must tie to headers. */
  readonly byLine?: boolean;
}

/** Counts are C `int` in the analysers. */
const largest = 2 ** 31 - 1;

/** One sentence for the comment at the head of a file: whose facts these are. */
export function headline({ entry, elf, digest }: FactFile): string {
  return `Loops of ${entry} in ${elf}, SHA-256 ${digest}; valid for this very file.`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

export function offsetOf({ address, functionAddress }: LoopFact): string {
  return hex(address - functionAddress);
}

/** A total that the analyser's int would wrap is left out: it only sharpens the bound. */
export function withTotal(total: number, text: (total: number) => string): string {
  return total > largest ? "" : text(total);
}

export function fail(format: string, what: string): never {
  throw new Refusal("usage", "facts-syntax", `${format}: cannot read ${what}`, undefined, "export the facts again");
}

export function count(format: string, digits: string | undefined, most = largest): number {
  const value = Number(digits);
  if (digits === undefined || String(value) !== digits || value > most) fail(format, `the number ${digits ?? ""}`);
  return value;
}

/** Iterations where the test is counted with them: one more than back edges. */
export function lessOne(format: string, digits: string | undefined): number {
  return count(format, digits) === 0 ? fail(format, "a loop that is entered and never runs") : count(format, digits) - 1;
}

/** How a format of one entry a line is read: what is no comment is the next line of the frame, or an entry. */
export interface LineGrammar<T> {
  readonly title: string;
  readonly comment: RegExp;
  /** Lines that are there once each, in this order. */
  readonly frame: readonly RegExp[];
  readonly entry: (line: string) => T | undefined;
  /** What no two entries may have in common. */
  readonly key: (entry: T) => string;
}

export function entriesOf<T>({ title, comment, frame, entry, key }: LineGrammar<T>, text: string): readonly T[] {
  const entries = new Map<string, T>();
  let framed = 0;
  for (const line of text.split("\n")) {
    const bare = line.replace(comment, "").trim();
    if (bare === "") continue;
    if (frame[framed]?.test(bare) === true) {
      framed++;
      continue;
    }
    const found = entry(bare) ?? fail(title, bare);
    if (entries.has(key(found))) fail(title, `a second fact for ${key(found)}`);
    entries.set(key(found), found);
  }
  if (framed < frame.length) fail(title, "a file that is cut");
  return [...entries.values()];
}

/** Facts one a line, by the address of the loop's header. */
export function linesOf(grammar: Omit<LineGrammar<HeaderFact>, "key">, text: string): readonly HeaderFact[] {
  return entriesOf({ ...grammar, key: ({ address }) => hex(address) }, text);
}

/** The address at `offset`, hexadecimal digits, of the function `label`. */
export function placed(format: string, label: string | undefined, offset: string | undefined, code: CodeGraph): number {
  const found = code.functions.find(({ name }) => name === label) ?? fail(format, `the label ${label ?? ""}`);
  return found.address + Number.parseInt(offset ?? "", 16);
}
