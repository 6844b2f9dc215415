/**
 * Facts about guarded bodies, for formats that can bound the runs of blocks: a body has a mark at either end, which
 * all its copies together pass exactly as often as it runs. The blocks that pass one for certain run at most as often,
 * each counted once for every copy of the mark in it; where a mark may stand before or behind a label, nothing is said
 * of its block.
 */
import type { CodeGraph } from "../cfg/graph.js";
import type { GuardMark } from "../elf/marks.js";
import type { BlockSum } from "../ipet/ipet.js";
import { placesIn } from "../ipet/mark-places.js";

/** What is wrong with the marks of guards; empty if nothing. `totals`: runs of each body, by number of the guard. */
export function guardProblems(marks: readonly GuardMark[], totals: readonly number[]): readonly string[] {
  return marks.filter(({ guard, total }) => totals[guard] !== total).map(({ guard, total }) => `the file marks a guard ${guard} passed ${total} times, which the program does not have`);
}

/** Sums of runs of blocks with their upper bounds, none twice. */
export function guardFacts({ functions }: CodeGraph, marks: readonly GuardMark[]): readonly BlockSum[] {
  const sums = new Map<string, { readonly total: number; readonly blocks: number[] }>();
  for (const graph of functions) {
    for (const { kind, mark: { guard, end, total }, block } of placesIn(graph, marks)) {
      const name = `guard ${guard} ${end ? "end" : "start"}`;
      const sum = sums.get(name) ?? { total, blocks: [] };
      if (kind === "block") sum.blocks.push(block.instructions[0]?.address ?? graph.address);
      sums.set(name, sum);
    }
  }
  const found = [...sums].filter(([, { blocks }]) => blocks.length > 0).map(([name, { total, blocks }]) => ({ name, total, blocks: blocks.toSorted((a, b) => a - b) }));
  return [...new Map(found.toReversed().map((sum) => [keyOf(sum), sum])).values()].toReversed();
}

function keyOf({ blocks, total }: BlockSum): string {
  return `${blocks.join(" ")} <= ${total}`;
}

/** What a text says otherwise than meant. A bound may be left out where an analyser's `int` would wrap. */
export function sumDifferences(meant: readonly BlockSum[], read: readonly BlockSum[]): readonly string[] {
  const [due, found] = [new Set(meant.map(keyOf)), new Set(read.map(keyOf))];
  const lost = meant.filter((sum) => sum.total < 2 ** 31 && !found.has(keyOf(sum)));
  const added = read.filter((sum) => !due.has(keyOf(sum)));
  return [...lost.map(({ name }) => `read again, the fact of ${name} is lost`), ...added.map((sum) => `read again, there is a fact that was not meant: ${keyOf(sum)}`)];
}
