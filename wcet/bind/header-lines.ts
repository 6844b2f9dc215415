/**
 * Which source line an analyser takes for each loop of an ELF, and whether it is the line
 * of that loop's `for`. OTAWA looks for a fact at the lines of the instructions of the
 * header block, one after the other, then at those of the blocks that jump back to it, and
 * takes the first count it meets (scan and lookLineAt of its ipet FlowFactLoader,
 * statinf-otawa/otawa 83c9d9b7). The header of an optimised loop often holds code of the
 * loop inside it, whose bound it would then get. So the first of the two places at which
 * any line of a loop occurs may name no loop but the own one.
 */
import type { CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { loopForest } from "../cfg/loops.js";
import type { Elf } from "../elf/elf.js";
import { dwarfVersions } from "../elf/dwarf.js";
import { type LineRow, lineRows } from "../elf/line-table.js";
import { type LineTable, type SourceLine, lineFlags } from "../facts/lines.js";
import type { HeaderLines } from "./formats/format.js";
import type { LoopFact } from "./loop-facts.js";

export interface BoundLines {
  readonly lines: HeaderLines;
  /** Loops that would be given another's bound, or none; empty if each finds its own. */
  readonly problems: readonly string[];
}

const remedy = `compile with -O0 -gdwarf-4, or with ${lineFlags.join(" ")}`;

/** `table`: the line of each loop of the program in its C. */
export function headerLines(elf: Elf, { functions }: CodeGraph, facts: readonly LoopFact[], table: LineTable): BoundLines {
  const rows = lineRows(elf);
  const versions = [...dwarfVersions(elf)].filter(([, version]) => version === "unreadable" || version > 4).map(([section, version]) => `${section} is ${version === "unreadable" ? version : `DWARF ${version}`}, which OTAWA does not read`);
  if (versions.length > 0 || rows === undefined || rows.length === 0) return { lines: new Map(), problems: versions.length > 0 ? versions.map((what) => `${what}: ${remedy}`) : [`the file has no line table: ${remedy}`] };
  const find = lineFinder(rows);
  const loopAt = new Map([...table].flatMap(([loop, at]) => (at === undefined ? [] : [[textOf(at), loop] as const])));
  const nameOf = new Map(facts.map(({ address, loop }) => [address, loop]));
  const lines = new Map<number, SourceLine>();
  const problems = sharedStarts(rows, loopAt);
  for (const graph of functions) {
    for (const { header, latches } of loopForest(graph).loops) {
      const at = addressOf(graph, header);
      const named = [[header], latches].map((blocks) => namesIn(graph, blocks, find, loopAt)).find((names) => names.length > 0) ?? [];
      const [own, line] = [nameOf.get(at), table.get(nameOf.get(at) ?? "")];
      if (own !== undefined && line !== undefined && named.every((name) => name === own) && named.length > 0) lines.set(at, line);
      else problems.push(`${graph.name}+0x${(at - graph.address).toString(16)}: by its lines the loop is ${named.length === 0 ? "none of the program" : named.join(" or ")}, by its marks ${own ?? "none"}: ${remedy}`);
    }
  }
  return { lines, problems };
}

function addressOf(graph: FunctionGraph, block: number): number {
  return graph.blocks[block]?.instructions[0]?.address ?? graph.address;
}

function textOf({ file, line }: SourceLine): string {
  return `${file}:${line}`;
}

/** Loops at whose lines the instructions of the blocks are. */
function namesIn(graph: FunctionGraph, blocks: readonly number[], find: (address: number) => readonly LineRow[], loopAt: ReadonlyMap<string, string>): readonly string[] {
  const rows = blocks.flatMap((id) => graph.blocks[id]?.instructions ?? []).flatMap(({ address }) => find(address));
  return [...new Set(rows.flatMap((row) => loopAt.get(textOf(row)) ?? []))];
}

/** The rows that say where an address comes from: of several at one address, any may be taken. */
function lineFinder(rows: readonly LineRow[]): (address: number) => readonly LineRow[] {
  const at = new Map<number, LineRow[]>();
  for (const row of rows) at.set(row.address, [...(at.get(row.address) ?? []), row]);
  const starts = [...at.keys()].toSorted((a, b) => a - b);
  return (address) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return (at.get(starts[low - 1] ?? -1) ?? []).filter(({ end }) => !end);
  };
}

/** A fact is kept at the first address of its line: two loops whose lines begin at one would be given one another's. */
function sharedStarts(rows: readonly LineRow[], loopAt: ReadonlyMap<string, string>): string[] {
  const first = new Map<string, number>();
  for (const row of rows) {
    const loop = loopAt.get(textOf(row));
    if (loop !== undefined && !row.end && !first.has(loop)) first.set(loop, row.address);
  }
  const taken = new Map<number, string>();
  return [...first].flatMap(([loop, address]) => {
    const other = taken.get(address);
    taken.set(address, loop);
    return other === undefined ? [] : [`the lines of loops ${other} and ${loop} both begin at 0x${address.toString(16)}: ${remedy}`];
  });
}
