/**
 * Where the loops are in emitted C, and under which build an analyser may identify a
 * loop by its source line.
 *
 * A line names a loop only while the compiler keeps the loop's shape. Compiled with
 * gcc -O2 alone, the header of an outer loop carries the line of the inner loop's
 * initialisation, and a bound lands on the wrong loop without a warning: of six
 * kernels, two got a bound below what then ran. With the flags below the headers keep
 * their own line; measured with gcc 12.2 for Cortex-M4 (-O1, -O2, -Os) and Cortex-A9.
 * Nothing guarantees it for other compilers: check the bound against a run.
 */
import { invariant } from "../../ir/prelude.js";
import type { FlowFacts, LoopRecord } from "./flow-facts.js";

/** The source line of a loop's test. */
export interface SourceLine {
  /** Base name, as the analyser matches path suffixes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** By loop id; undefined where the text writes the steps of a loop as one call. */
export type LineTable = ReadonlyMap<string, SourceLine | undefined>;

/** The flags that keep while-form loops under their own lines; -O0 needs none of them but -gdwarf-4. */
export const lineFlags: readonly string[] = [
  "-gdwarf-4", // OTAWA's line reader never returns from DWARF 5
  "-fno-tree-ch",
  "-fno-tree-loop-optimize",
  "-fno-thread-jumps",
  "-fno-reorder-blocks",
  "-fno-tree-dominator-opts",
  "-fno-optimize-sibling-calls", // a tail call reads as a jump inside the caller
  "-fno-openmp-simd", // a loop under a pragma carries the pragma's line
  "-Wno-unknown-pragmas",
];

/** One sentence that every export carries. */
export const soundBuild = `Sound for -O0 -gdwarf-4, or for -O1, -O2 or -Os with ${lineFlags.join(" ")}; unsound for plain -O1, -O2, -O3 or -Os.`;

/** A loop and where it is; `line` in ascending order per file. */
export interface PlacedLoop {
  readonly id: string;
  readonly record: LoopRecord;
  readonly source: SourceLine;
}

/** Counts are C `int` in the analysers: larger ones wrap. */
export const largestCount = 2 ** 31 - 1;

/** Every loop that is written as one, with its line; throws InvariantViolation where a loop has none, shares one, or iterates too often. */
export function placeLoops(facts: FlowFacts, lines: LineTable): PlacedLoop[] {
  const taken = new Map<string, string>();
  const written = Object.entries(facts.loops).filter(([id]) => !lines.has(id) || lines.get(id) !== undefined);
  const placed = written.map(([id, record]) => {
    const source = lines.get(id);
    invariant(source !== undefined, `loop ${id} has no source line`);
    invariant(/^[A-Za-z0-9_.-]+$/.test(source.file) && Number.isSafeInteger(source.line) && source.line > 0, `loop ${id} is at no line of a plain file name`);
    invariant(record.N_body <= largestCount, `loop ${id} iterates 2^31 times or more`);
    const key = `${source.file}:${source.line}`;
    invariant(!taken.has(key), `loops ${taken.get(key) ?? ""} and ${id} share ${key}`);
    taken.set(key, id);
    return { id, record, source };
  });
  for (const id of lines.keys()) invariant(Object.hasOwn(facts.loops, id), `the line table names an unknown loop ${id}`);
  return placed;
}
