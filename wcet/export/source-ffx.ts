/**
 * FFX of a program by the lines of its C, before there is a binary: every loop at the line
 * of its test, with its exact counts. A loop that tests at the top has N back edges, one
 * that the compiler rotated N − 1, so N is exact or safe; that a line names its loop is a
 * matter of the build, which the file states. For an ELF that is at hand, `ffx-lines`
 * compares the lines.
 */
import { type FfxLoop, parseFfx, printFfx } from "../bind/formats/ffx.js";
import type { FlowFacts } from "../facts/flow-facts.js";
import { type LineTable, largestCount, placeLoops, soundBuild } from "../facts/lines.js";

export function printSourceFfx(facts: FlowFacts, lines: LineTable): string {
  return printFfx([soundBuild, `totalcount is for one run of ${facts.program}.`], loopsOf(facts, lines));
}

function loopsOf(facts: FlowFacts, lines: LineTable): readonly FfxLoop[] {
  return placeLoops(facts, lines).map(({ id, record, source }) => ({ at: source, max: record.N_body, total: record.total, note: `${id}: ${record.node}` }));
}

/** What a text says otherwise than the program, loop by loop; empty if nothing. Throws a Refusal `facts-syntax`. */
export function sourceFfxProblems(text: string, facts: FlowFacts, lines: LineTable): readonly string[] {
  const due = new Map(loopsOf(facts, lines).map((loop) => [textOf(loop), placeOf(loop)]));
  const found = parseFfx(text);
  const said = new Set(found.map(textOf));
  return [
    ...found.filter((loop) => !due.has(textOf(loop))).map((loop) => `${placeOf(loop)} is no loop, or has other counts`),
    ...[...due].filter(([loop]) => !said.has(loop)).map(([, place]) => `the fact of ${place} is missing`),
  ];
}

function placeOf({ at }: FfxLoop): string {
  return "label" in at ? at.label : `${at.file}:${at.line}`;
}

function textOf(loop: FfxLoop): string {
  const total = loop.total === undefined || loop.total > largestCount ? "" : loop.total;
  return `${placeOf(loop)} ${loop.max} ${total}`;
}
