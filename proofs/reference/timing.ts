/**
 * Flow facts (F1): what is exported for timing analysis and what the text annotates
 * are the exact counts of the program, loop by loop and guard by guard.
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

/** Counts of one guard as exported: how often it is asked and how often its body runs, in one run. */
export interface ExportedGuard {
  readonly reached: number;
  readonly taken: number;
}

export interface Timing {
  /** Exported facts by loop. */
  readonly exported: ReadonlyMap<string, ExportedCounts>;
  /** Bounds annotated in the text, by loop. */
  readonly annotated: ReadonlyMap<string, number>;
  /** Of guards, in the order of the text: exported, and runs of their bodies as annotated. */
  readonly guards: { readonly exported: readonly ExportedGuard[]; readonly annotated: readonly number[] };
}

/** One claim per loop and guard, and one that nothing else is exported; `program` is what was read back. */
export function exactCounts(into: Claims, program: Program, { exported, annotated, guards: noted }: Timing): void {
  const { loops, guards } = factsOf(program);
  for (let k = 0; k < Math.max(guards.length, noted.exported.length, noted.annotated.length); k++) {
    const [due, fact, mark] = [guards[k], noted.exported[k], noted.annotated[k]];
    const holds = due !== undefined && fact?.reached === due.reached && fact.taken === due.taken && mark === due.taken;
    const sentence = `The body of guard ${k} runs exactly ${due?.taken ?? "no"} times, as annotated and exported.`;
    ground(into, { rule: "F1", detail: `guard.${k}`, sentence, subject: about() }, holds, `counted ${due?.taken ?? "nothing"} of ${due?.reached ?? "nothing"}; exported ${fact?.taken ?? "nothing"} of ${fact?.reached ?? "nothing"}; annotated ${mark ?? "nothing"}`);
  }
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
