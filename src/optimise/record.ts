/**
 * What a search tried and found, for the package: no times and no paths, so that the same
 * search leaves the same bytes. The record is no claim: the schedule is proved like any, and
 * the bound of the result is computed again by whoever asks.
 */
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import type { Board } from "../toolchain/boards.js";
import type { Found } from "./search.js";

export interface RecordSubject {
  readonly board: Board;
  readonly core: Core;
  readonly memory: MemoryTiming;
  readonly compiler: string;
}

/** One line for each choice that was tried. */
export function recordOf({ before, bound, form, forms, chosen, tried }: Found, { board, core, memory, compiler }: RecordSubject): string {
  const head = {
    schema: "obligato-wcet-search/2", target: board.target, core: core.name, unit: core.unit, memory, compiler, ...form,
    before: { default: before.default ?? null, usual: before.usual ?? null }, bound: bound ?? null,
  };
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${[...fields, list("forms", forms), list("chosen", chosen), list("tried", tried)].join(",\n")}\n}\n`;
}

function list(name: string, items: readonly unknown[]): string {
  return `  ${JSON.stringify(name)}: [${items.map((item) => `\n    ${JSON.stringify(item)}`).join(",")}${items.length > 0 ? "\n  " : ""}]`;
}
