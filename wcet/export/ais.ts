/**
 * Flow facts for AbsInt aiT as annotations in the C source, which is how AIS names a
 * loop by its line: a comment `ai: loop here min N max N begin;` at the end of the
 * line of the loop. `begin` says that the test stands at the loop's start, so N counts
 * iterations of the body. Lines keep their numbers, so line tables stay valid.
 */
import { Refusal, invariant } from "../../ir/prelude.js";
import type { FlowFacts } from "../facts/flow-facts.js";
import { type LineTable, placeLoops, soundBuild } from "./lines.js";

/** An annotation and the line it belongs to. */
export interface AisAnnotation {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** The comment, without the code of the line. */
  readonly comment: string;
}

export function aisAnnotations(facts: FlowFacts, lines: LineTable): AisAnnotation[] {
  return placeLoops(facts, lines).map(({ id, record, source }) => ({
    id,
    ...source,
    comment: `/* ai: loop here min ${record.N_body} max ${record.N_body} begin; */`,
  }));
}

/** The text of `file` with its annotations as comments, the build they are sound for on its last line. */
export function annotateSource(text: string, file: string, annotations: readonly AisAnnotation[]): string {
  const lines = text.split("\n");
  for (const { line, comment, id } of annotations.filter((a) => a.file === file)) {
    const code = lines[line - 1];
    invariant(code !== undefined && !code.endsWith("\\"), `loop ${id}: line ${line} of ${file} cannot carry a comment`);
    lines[line - 1] = `${code} ${comment}`;
  }
  return `${lines.join("\n")}/* ${soundBuild} */\n`;
}

export interface AisBound {
  readonly line: number;
  readonly min: number;
  readonly max: number;
}

/** The `ai:` comments of a C text; throws a Refusal `ais-syntax` on one that aisAnnotations does not write. */
export function parseAis(text: string): AisBound[] {
  return text.split("\n").flatMap((code, k) => {
    const [, body] = /\/\* ai: (.*?) \*\//.exec(code) ?? [];
    return body === undefined ? [] : [{ line: k + 1, ...parseBound(body, k + 1) }];
  });
}

function parseBound(body: string, line: number): Omit<AisBound, "line"> {
  const [, min, max] = /^loop here min (0|[1-9]\d*) max (0|[1-9]\d*) begin;$/.exec(body) ?? [];
  if (min === undefined || max === undefined) {
    throw new Refusal("usage", "ais-syntax", `AIS: cannot read \`${body}\``, `line ${line}`, "export the facts again");
  }
  return { min: Number(min), max: Number(max) };
}
