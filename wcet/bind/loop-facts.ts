/**
 * Flow facts of the loops of a binary, for analysers that want a bound per loop header:
 * what the marks inside a natural loop say about its back edges.
 *
 * Let a mark of loop L stand in a block that every iteration passes (it dominates every
 * latch). Then the back edges are at most the passages of that mark, at most L's total;
 * k such copies (an unrolled loop) divide it. In one entry L's body runs N times, so the
 * back edges per entry are at most ⌊N / k⌋, and one less if an entry cannot be left
 * without passing the mark (a rotated loop, tested at its end).
 */
import type { CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { type LoopForest, dominatorsOf, loopForest } from "../cfg/loops.js";
import type { Mark } from "../elf/marks.js";
import { type MarkPlace, placeMarks } from "../ipet/mark-places.js";

export interface LoopFact {
  readonly function: string;
  readonly functionAddress: number;
  /** Of the loop's header. */
  readonly address: number;
  /** Back edges per entry, at most. */
  readonly max: number;
  /** Back edges in one run of the entry function, at most. */
  readonly total: number;
  /** The loop of the program, whose ONNX node and bound the facts come from. */
  readonly loop: string;
}

export interface LoopFacts {
  readonly facts: readonly LoopFact[];
  /** Loops for which nothing can be said, by address and with the reason. */
  readonly problems: readonly string[];
}

/** `totals`: executions of the body of each loop of the program in one run. */
export function loopFacts(code: CodeGraph, marks: readonly Mark[], totals: ReadonlyMap<string, number>): LoopFacts {
  const { places } = placeMarks(code, marks);
  const facts: LoopFact[] = [];
  const problems = [...code.problems];
  for (const graph of code.functions) {
    const forest = loopForest(graph);
    const own = places.filter((place) => place.graph === graph);
    for (const id of forest.irreducible) problems.push(`${placeOf(graph, id)}: a cycle with more than one entry`);
    forest.loops.forEach((_, k) => {
      const fact = factOf(graph, forest, k, own, totals);
      if (fact === undefined) problems.push(`${placeOf(graph, forest.loops[k]?.header ?? 0)}: no mark is passed in every iteration`);
      else facts.push(fact);
    });
  }
  return { facts, problems };
}

function addressOf(graph: FunctionGraph, block: number): number {
  return graph.blocks[block]?.instructions[0]?.address ?? graph.address;
}

function placeOf(graph: FunctionGraph, block: number): string {
  return `${graph.name}+0x${(addressOf(graph, block) - graph.address).toString(16)}`;
}

/** Of the marks passed in every iteration the one that says most. */
function factOf(graph: FunctionGraph, forest: LoopForest, k: number, places: readonly MarkPlace[], totals: ReadonlyMap<string, number>): LoopFact | undefined {
  const loop = forest.loops[k];
  if (loop === undefined) return undefined;
  const dominates = dominatorsOf(graph);
  const every = (block: number): boolean => loop.latches.every((latch) => dominates(block, latch));
  const passed = places.filter(({ kind, block }) => kind === "block" && forest.innermost[block.id] === k && every(block.id));
  const exits = graph.blocks.filter(({ id, successors, exits: leaves }) => loop.blocks.has(id) && (leaves || successors.some((to) => !loop.blocks.has(to))));
  const candidates = [...new Set(passed.map(({ mark }) => mark.loop))].map((name): LoopFact => {
    const copies = passed.filter(({ mark }) => mark.loop === name);
    const rotated = copies.length === 1 && copies.every(({ block }) => exits.every(({ id }) => dominates(block.id, id)));
    const [bound, runs] = [copies[0]?.mark.bound ?? 0, totals.get(name) ?? 0];
    const max = Math.floor(bound / copies.length) - (rotated ? 1 : 0);
    // Rotated and nowhere else: each entry, of which there are at least runs / bound, has one passage more than back edges.
    const sole = rotated && places.filter(({ mark }) => mark.loop === name).length === 1;
    const total = sole ? runs - Math.ceil(runs / bound) : Math.floor(runs / copies.length);
    return { function: graph.name, functionAddress: graph.address, address: addressOf(graph, loop.header), max, total, loop: name };
  });
  return candidates.toSorted((a, b) => a.total - b.total)[0];
}
