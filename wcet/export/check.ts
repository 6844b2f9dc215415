/**
 * Exports checked as an analyser reads them: the text of a file is parsed again and
 * compared, loop by loop, with the facts and the lines of the program. A count that is
 * one off, a loop that is missing or doubled, a line of another loop is named.
 */
import { type FlowFacts } from "../facts/flow-facts.js";
import { parseAis } from "./ais.js";
import { parseFfx } from "./ffx.js";
import { type LineTable, type PlacedLoop, largestCount, placeLoops } from "./lines.js";

/** What is wrong with an FFX text, loop by loop; empty if nothing. Throws a Refusal `ffx-syntax`. */
export function problemsOfFfx(text: string, facts: FlowFacts, lines: LineTable): readonly string[] {
  const found = parseFfx(text).map(({ source, line, maxcount, totalcount }) => ({ place: `${source}:${line}`, counts: [maxcount, totalcount] }));
  const due = placeLoops(facts, lines).map(({ source, record }) => {
    const total = record.total > largestCount ? undefined : record.total;
    return { place: `${source.file}:${source.line}`, counts: [record.N_body, total] };
  });
  return compared(found, due);
}

/** The same for the AIS comments of the C text `file`. Throws a Refusal `ais-syntax`. */
export function problemsOfAis(text: string, file: string, facts: FlowFacts, lines: LineTable): readonly string[] {
  const found = parseAis(text).map(({ line, min, max }) => ({ place: `${file}:${line}`, counts: [min, max] }));
  const own = placeLoops(facts, lines).filter(({ source }: PlacedLoop) => source.file === file);
  const due = own.map(({ source, record }) => ({ place: `${source.file}:${source.line}`, counts: [record.N_body, record.N_body] }));
  return compared(found, due);
}

interface Counted {
  readonly place: string;
  readonly counts: readonly (number | undefined)[];
}

/** Order matters to nobody, but places are unique. */
function compared(found: readonly Counted[], due: readonly Counted[]): readonly string[] {
  const wanted = new Map(due.map(({ place, counts }) => [place, counts.join("/")]));
  const doubled = found.filter(({ place }, k) => found.findIndex((other) => other.place === place) !== k).map(({ place }) => `${place} is named twice`);
  const wrong = found.flatMap(({ place, counts }) => {
    const expected = wanted.get(place);
    if (expected === undefined) return [`${place} is no loop`];
    return expected === counts.join("/") ? [] : [`${place} says ${counts.join("/")}, counted ${expected}`];
  });
  const named = new Set(found.map(({ place }) => place));
  const missing = [...wanted.keys()].filter((place) => !named.has(place)).map((place) => `${place} is missing`);
  return [...doubled, ...wrong, ...missing];
}
