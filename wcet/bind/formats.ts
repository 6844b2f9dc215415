/**
 * Facts about the loops of one ELF in the formats of the analysers, and back. Each reader
 * takes the text its writer makes and nothing else; a number that an analyser would read
 * as octal, or that wraps there, is refused. What N counts is the same in all: back edges
 * per entry, except where the format's own word says otherwise.
 */
import { Refusal } from "../../ir/prelude.js";
import type { HeaderFact } from "../ipet/ipet.js";
import type { LoopFact } from "./loop-facts.js";

export interface FactFile {
  /** Base name of the ELF. */
  readonly elf: string;
  /** OTAWA's checksum of it (checksum.ts). */
  readonly checksum: number;
  /** The bounded function. */
  readonly entry: string;
  readonly facts: readonly LoopFact[];
}

export interface FactFormat {
  readonly name: string;
  readonly extension: string;
  readonly title: string;
  readonly print: (file: FactFile) => string;
  /** By address; `startOf` gives the address of a function. */
  readonly parse: (text: string, startOf: (name: string) => number | undefined) => readonly HeaderFact[];
}

/** Counts are C `int` in the analysers. */
const largest = 2 ** 31 - 1;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function offsetOf({ address, functionAddress }: LoopFact): string {
  return hex(address - functionAddress);
}

function withTotal(total: number, text: (total: number) => string): string {
  return total > largest ? "" : text(total);
}

function fail(format: string, what: string): never {
  throw new Refusal("usage", "facts-syntax", `${format}: cannot read ${what}`, undefined, "export the facts again");
}

function count(format: string, digits: string | undefined): number {
  const value = Number(digits);
  if (digits === undefined || String(value) !== digits || value > largest) fail(format, `the number ${digits ?? ""}`);
  return value;
}

/** One fact a line between the lines of `frame`; `read` undoes one line. */
function linesOf(format: string, text: string, comment: RegExp, read: (line: string) => HeaderFact | "frame" | undefined): readonly HeaderFact[] {
  const facts: HeaderFact[] = [];
  for (const line of text.split("\n")) {
    const bare = line.replace(comment, "").trim();
    if (bare === "") continue;
    const fact = read(bare) ?? fail(format, bare);
    if (fact !== "frame") facts.push(fact);
  }
  return facts;
}

function placed(format: string, label: string | undefined, offset: string | undefined, startOf: (name: string) => number | undefined): number {
  const start = startOf(label ?? "") ?? fail(format, `the label ${label ?? ""}`);
  return start + Number.parseInt(offset ?? "", 16);
}

/** OTAWA's F4, with the checksum of the ELF (fft_parser.yy, fft_lexer.ll). */
const f4: FactFormat = {
  name: "f4", extension: "ff", title: "OTAWA, F4",
  print: ({ elf, checksum, entry, facts }) => [
    `// Flow facts of ${entry} in ${elf}, by label and offset; valid for this very file.`,
    `checksum "${elf}" ${hex(checksum)};`,
    ...facts.map((fact) => `loop "${fact.function}" + ${offsetOf(fact)} max ${fact.max}${withTotal(fact.total, (total) => ` total ${total}`)}; // ${fact.loop}`),
    "",
  ].join("\n"),
  parse: (text, startOf) => linesOf("F4", text, /\/\/.*$/, (line) => {
    if (/^checksum "[^"]+" 0x[0-9a-f]+;$/.test(line)) return "frame";
    const [, label, offset, max, total] = /^loop "([^"]+)" \+ 0x([0-9a-f]+) max (\d+)(?: total (\d+))?;$/.exec(line) ?? [];
    return label === undefined ? undefined : { address: placed("F4", label, offset, startOf), max: count("F4", max), total: total === undefined ? undefined : count("F4", total) };
  }),
};

/** OTAWA's FFX with loops by label and offset. */
const ffx: FactFormat = {
  name: "ffx", extension: "ffx", title: "OTAWA, FFX by label and offset",
  print: ({ elf, entry, facts }) => [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<flowfacts>`,
    `  <!-- Loops of ${entry} in ${elf}; valid for this very file. -->`,
    ...facts.map((fact) => `  <loop label="${fact.function}" offset="${offsetOf(fact)}" maxcount="${fact.max}"${withTotal(fact.total, (total) => ` totalcount="${total}"`)}/> <!-- ${fact.loop} -->`),
    `</flowfacts>`,
    "",
  ].join("\n"),
  parse: (text, startOf) => linesOf("FFX", text, /<!--.*?-->/, (line) => {
    if (/^(?:<\?xml .*\?>|<\/?flowfacts>)$/.test(line)) return "frame";
    const [, label, offset, max, total] = /^<loop label="([^"]+)" offset="0x([0-9a-f]+)" maxcount="(\d+)"(?: totalcount="(\d+)")?\/>$/.exec(line) ?? [];
    return label === undefined ? undefined : { address: placed("FFX", label, offset, startOf), max: count("FFX", max), total: total === undefined ? undefined : count("FFX", total) };
  }),
};

/** AIS2 for aiT, as far as its forms are public: a range of iterations; a loop with N back edges per entry runs at most N + 1 times. */
const ais2: FactFormat = {
  name: "ais2", extension: "ais", title: "aiT, AIS2",
  print: ({ elf, entry, facts }) => [
    `# Loops of ${entry} in ${elf}; valid for this very file.`,
    ...facts.map((fact) => `loop "${fact.function}" + ${offsetOf(fact)} bytes { bound: 0..${fact.max + 1}; } # ${fact.loop}`),
    "",
  ].join("\n"),
  parse: (text, startOf) => linesOf("AIS2", text, /#.*$/, (line) => {
    const [, label, offset, bound] = /^loop "([^"]+)" \+ 0x([0-9a-f]+) bytes \{ bound: 0\.\.([1-9]\d*); \}$/.exec(line) ?? [];
    return label === undefined ? undefined : { address: placed("AIS2", label, offset, startOf), max: count("AIS2", bound) - 1 };
  }),
};

/** LLVMTA and others: one line per loop header. */
const csv: FactFormat = {
  name: "csv", extension: "csv", title: "CSV",
  print: ({ facts }) => ["function,offset,address,max,total,loop", ...facts.map((fact) => `${fact.function},${offsetOf(fact)},${hex(fact.address)},${fact.max},${fact.total},${fact.loop}`), ""].join("\n"),
  parse: (text, startOf) => linesOf("CSV", text, /$^/, (line) => {
    if (line === "function,offset,address,max,total,loop") return "frame";
    const [, label, offset, address, max, total] = /^([^,]+),0x([0-9a-f]+),0x([0-9a-f]+),(\d+),(\d+),[^,]+$/.exec(line) ?? [];
    if (label === undefined) return undefined;
    const at = placed("CSV", label, offset, startOf);
    if (at !== Number.parseInt(address ?? "", 16)) fail("CSV", `${line}: offset and address differ`);
    return { address: at, max: count("CSV", max), total: Number(total) };
  }),
};

export const factFormats: readonly FactFormat[] = [f4, ffx, ais2, csv];
