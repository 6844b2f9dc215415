/**
 * Flow facts (F1): what is exported for timing analysis and what the text annotates
 * are the exact counts of the program, loop by loop.
 */
import { factsOf } from "../../ir/loop/facts.js";
import type { Program } from "../../ir/loop/program.js";
import { type Claims, ground } from "../kernel/claims.js";
import { about } from "../kernel/obligation.js";

/** Counts of one loop as exported: iterations per entry, entries and iterations per run. */
export interface ExportedCounts {
  readonly N_body: number;
  readonly entries: number;
  readonly total: number;
}

export interface Timing {
  /** Exported facts by loop. */
  readonly exported: ReadonlyMap<string, ExportedCounts>;
  /** Bounds annotated in the text, by loop. */
  readonly annotated: ReadonlyMap<string, number>;
}

/** One claim per loop, and one that nothing else is exported; `program` is what was read back. */
export function exactCounts(into: Claims, program: Program, { exported, annotated }: Timing): void {
  const { loops } = factsOf(program);
  for (const { loop, extent, entries, total, origin } of loops) {
    const fact = exported.get(loop);
    const holds = fact?.N_body === extent && fact.entries === entries && fact.total === total && annotated.get(loop) === extent;
    const sentence = `Loop ${loop} runs exactly ${extent} times per entry, ${total} times in all, as annotated and exported.`;
    const said = `exported ${fact?.N_body ?? "nothing"}, ${fact?.entries ?? "nothing"}, ${fact?.total ?? "nothing"}; annotated ${annotated.get(loop) ?? "nothing"}`;
    const subject = { node: origin.node, statement: loop, buffer: "" };
    ground(into, { rule: "F1", detail: loop, sentence, subject }, holds, `counted ${extent}, ${entries}, ${total}; ${said}`);
  }
  const known = new Set(loops.map(({ loop }) => loop));
  const foreign = [...exported.keys(), ...annotated.keys()].filter((loop) => !known.has(loop));
  ground(into, { rule: "F1", detail: "loops", sentence: "Exactly the loops of the program are exported and annotated.", subject: about() }, foreign.length === 0, `${known.size} loops; foreign: ${foreign.join(" ") || "none"}`);
}
