/**
 * OTAWA's FFX. `maxcount` bounds back edges per entry, `totalcount` those of one run; both
 * are F4's `max` and `total`. A loop is named by label and offset, or by file and line of
 * its test. What the loader takes: flowfact and ipet FlowFactLoader of OTAWA
 * (statinf-otawa/otawa 83c9d9b7). The format has no checksum, so the digest of the ELF is
 * a comment.
 */
import type { SourceLine } from "../../facts/lines.js";
import type { HeaderFact } from "../../ipet/ipet.js";
import { type FactFormat, count, entriesOf, fail, headline, hex, placed, withTotal } from "./format.js";

/** A `loop` element. */
export interface FfxLoop {
  readonly at: { readonly label: string; readonly offset: number } | SourceLine;
  readonly max: number;
  readonly total?: number | undefined;
  /** Said beside it, in a comment. */
  readonly note?: string;
}

/** The document: `notes` as comments before its loops. */
export function printFfx(notes: readonly string[], loops: readonly FfxLoop[]): string {
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<flowfacts>`,
    ...notes.map((note) => `  <!-- ${note} -->`),
    ...loops.map((loop) => `  ${elementOf(loop)}${loop.note === undefined ? "" : ` <!-- ${commentText(loop.note)} -->`}`),
    `</flowfacts>`,
    "",
  ].join("\n");
}

function elementOf({ at, max, total }: FfxLoop): string {
  const counts = `maxcount="${max}"${total === undefined ? "" : withTotal(total, (most) => ` totalcount="${most}"`)}`;
  return `<loop ${placeOf(at)} ${counts}/>`;
}

function placeOf(at: FfxLoop["at"]): string {
  return "label" in at ? `label="${at.label}" offset="${hex(at.offset)}"` : `source="${at.file}" line="${at.line}"`;
}

/** XML comments may not contain two hyphens in a row, nor characters outside XML. */
function commentText(text: string): string {
  return text.replaceAll(/[^ -~]|-(?=-)/gu, (c) => `&#${c.codePointAt(0) ?? 0};`);
}

const frame = [/^<\?xml version="1\.0" encoding="UTF-8"\?>$/, /^<flowfacts>$/, /^<\/flowfacts>$/];
const element = /^<loop (?:label="([^"&<]+)" offset="0x(0|[1-9a-f][0-9a-f]*)"|source="([^"&<]+)" line="(\d+)") maxcount="(\d+)"(?: totalcount="(\d+)")?\/>$/;

/** The loops of a document that printFfx writes; throws a Refusal `facts-syntax` for any other. */
export function parseFfx(text: string): readonly FfxLoop[] {
  return entriesOf({ title: "FFX", comment: /<!--(?:(?!--).)*-->/g, frame, entry: loopOf, key: ({ at }) => placeOf(at) }, text);
}

function loopOf(bare: string): FfxLoop | undefined {
  const [, label, offset, file, line, max, total] = element.exec(bare) ?? [];
  if (max === undefined) return undefined;
  const at = label === undefined ? { file: file ?? "", line: count("FFX", line) } : { label, offset: Number.parseInt(offset ?? "", 16) };
  return { at, max: count("FFX", max), total: total === undefined ? undefined : count("FFX", total) };
}

export const ffx: FactFormat = {
  name: "ffx", extension: "ffx", title: "OTAWA, FFX by label and offset",
  print: (file) => printFfx([headline(file)], file.facts.map(({ function: label, functionAddress, address, max, total, loop }) => ({ at: { label, offset: address - functionAddress }, max, total, note: loop }))),
  parse: (text, code) => parseFfx(text).map(({ at, max, total }) => ({ address: "label" in at ? placed("FFX", at.label, at.offset.toString(16), code) : fail("FFX", `${at.file}:${at.line}: a loop by line`), max, total })),
};

/** One element for all headers of a line: each has its counts from there, so they are the largest of them. */
export const ffxLines: FactFormat = {
  name: "ffx-lines", extension: "ffx", title: "OTAWA, FFX by source line", byLine: true,
  print: (file) => {
    const loops = new Map<string, FfxLoop>();
    for (const { address, max, total, loop } of file.facts) {
      const at = file.lines?.get(address) ?? fail("FFX", `a loop without a line at ${hex(address)}`);
      const before = loops.get(placeOf(at));
      loops.set(placeOf(at), { at, max: Math.max(max, before?.max ?? 0), total: Math.max(total, before?.total ?? 0), note: loop });
    }
    return printFfx([headline(file), "By source line: compared with the lines of this ELF's headers."], [...loops.values()]);
  },
  parse: (text, _code, lines) => parseFfx(text).flatMap(({ at, max, total }) => headersAt(at, lines).map((address): HeaderFact => ({ address, max, total }))),
};

function headersAt(at: FfxLoop["at"], lines: ReadonlyMap<number, SourceLine> = new Map()): readonly number[] {
  if ("label" in at) return fail("FFX", `${at.label}: a loop by label`);
  const found = [...lines].filter(([, { file, line }]) => file === at.file && line === at.line).map(([address]) => address);
  return found.length === 0 ? fail("FFX", `${at.file}:${at.line}, where no loop of the ELF is`) : found;
}
