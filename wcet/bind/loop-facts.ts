/**
 * Flow facts of the loops of a binary, for analysers that want a bound per loop header:
 * what the marks inside a natural loop say about its back edges.
 *
 * Let a mark of loop L stand in a block that every iteration passes (it dominates every
 * latch). Then the back edges are at most the passages of that mark, at most L's total;
 * k such copies (an unrolled loop) divide it.
 *
 * In one entry of the natural loop L's body runs at most P times: its N iterations, times
 * those of the loops around it up to the outermost of which a mark, too, stands in the
 * natural loop. Between two entries of L the mark of a loop around it is passed, so if
 * there is none in the natural loop, P is N; where the compiler unrolled L away, the
 * natural loop is that of a loop around it, and N alone would be too few. The back edges
 * per entry are at most ⌊P / k⌋, and one less if an entry cannot be left without passing
 * all k of them (a rotated loop, tested at its end): its last run has no back edge. Where no mark is passed by every iteration,
 * but every iteration passes one of the marks of L, they are at most P. Where it stays open which of the marks outside the
 * loops within an iteration passes (mark-places.ts), it passes one of them: the back edges are at most the sum of their P.
 */
import { present } from "../../ir/prelude.js";
import type { CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { type LoopForest, type NaturalLoop, dominatorsOf, loopForest } from "../cfg/loops.js";
import type { Mark } from "../elf/marks.js";
import { type MarkPlace, placeMarks } from "../ipet/mark-places.js";
import { foreignLoops } from "./foreign-loops.js";
import type { ProgramLoops } from "./nesting.js";

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

/** `named`: the loops of the program, of which all marks are. */
export function loopFacts(code: CodeGraph, marks: readonly Mark[], named: ProgramLoops): LoopFacts {
  const { places } = placeMarks(code, marks);
  const placesOf = new Map(code.functions.map((graph): [FunctionGraph, MarkPlace[]] => [graph, []]));
  for (const place of places) placesOf.get(place.graph)?.push(place);
  const copiesOf = countedBy(places, ({ mark }) => mark.loop);
  const facts: LoopFact[] = [];
  const problems = [...code.problems];
  for (const graph of code.functions) {
    const found = factsIn(code, graph, placesOf.get(graph) ?? [], { copiesOf, named });
    facts.push(...found.facts);
    problems.push(...found.problems);
  }
  return { facts, problems };
}

function factsIn(code: CodeGraph, graph: FunctionGraph, places: readonly MarkPlace[], { copiesOf, named }: Pick<InLoop, "copiesOf" | "named">): LoopFacts {
  const forest = loopForest(graph);
  const dominates = dominatorsOf(graph);
  const problems = forest.irreducible.map((id) => `${placeOf(graph, id)}: a cycle with more than one entry`);
  const facts = forest.loops.flatMap((loop, k) => {
    const inside = places.filter(({ block }) => loop.blocks.has(block.id));
    const about = { graph, loop, k, inside, forest, dominates, copiesOf, named };
    const passed = boundsOf(about);
    const cut = passed.length > 0 ? passed : boundsByCuts(about);
    const bounds = cut.length > 0 ? cut : boundByAll(about);
    const [best] = bounds.toSorted((a, b) => a.total - b.total);
    if (best === undefined && places.length > 0) problems.push(unbounded(about));
    return best === undefined ? [] : [{ function: graph.name, functionAddress: graph.address, address: addressOf(graph, loop.header), ...best, max: Math.min(...bounds.map(({ max }) => max)) }];
  });
  if (places.length === 0 && forest.loops.length > 0) problems.push(foreignLoops(code, graph, forest.loops.map(({ header }) => addressOf(graph, header))));
  return { facts, problems };
}

function unbounded({ graph, loop, inside }: InLoop): string {
  const names = [...new Set(inside.map(({ mark }) => mark.loop))];
  return `${placeOf(graph, loop.header)}: no mark is passed in every iteration${names.length === 0 ? ", and none stands in the loop" : `; those in the loop are of ${names.join(", ")}`}: compile with the pinned flags`;
}

function addressOf(graph: FunctionGraph, block: number): number {
  return graph.blocks[block]?.instructions[0]?.address ?? graph.address;
}

function placeOf(graph: FunctionGraph, block: number): string {
  const at = addressOf(graph, block);
  return `${graph.name}+0x${(at - graph.address).toString(16)} (0x${at.toString(16)})`;
}

function countedBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

interface InLoop {
  readonly graph: FunctionGraph;
  readonly loop: NaturalLoop;
  /** Its place in the forest. */
  readonly k: number;
  /** Marks anywhere in the loop. */
  readonly inside: readonly MarkPlace[];
  readonly forest: LoopForest;
  readonly dominates: (a: number, b: number) => boolean;
  /** Copies of the mark of each loop in the whole file. */
  readonly copiesOf: ReadonlyMap<string, number>;
  readonly named: ProgramLoops;
}

/** What each loop of the program says whose mark every iteration passes; all of it holds. */
function boundsOf({ graph, loop, k, inside, forest, dominates, copiesOf, named }: InLoop): readonly Pick<LoopFact, "max" | "total" | "loop">[] {
  const passed = inside.filter(({ kind, block }) => kind === "block" && forest.innermost[block.id] === k && loop.latches.every((latch) => dominates(block.id, latch)));
  const leaving = [...loop.blocks].filter((id) => graph.blocks[id]?.exits === true || graph.blocks[id]?.successors.some((to) => !loop.blocks.has(to)));
  const marked = new Set(inside.map(({ mark }) => mark.loop));
  return [...countedBy(passed, ({ mark }) => mark.loop)].map(([name, copies]) => {
    const rotated = passed.every(({ mark, block }) => mark.loop !== name || leaving.every((id) => dominates(block.id, id)));
    const [perEntry, runs] = [passagesPerEntry(name, marked, named), present(named.get(name), name).total];
    const max = Math.max(0, Math.floor(perEntry / copies) - (rotated ? 1 : 0));
    // Rotated and nowhere else: each entry, of which there are at least runs / perEntry, has one run more than back edges.
    const total = Math.floor(runs / copies) - (rotated && copiesOf.get(name) === copies ? Math.ceil(runs / perEntry) : 0);
    return { max, total, loop: name };
  });
}

/** Where an iteration ends in several copies, each with a mark of one loop: it passes one of them. */
function boundsByCuts({ graph, loop, inside, named }: InLoop): readonly Pick<LoopFact, "max" | "total" | "loop">[] {
  const marked = new Set(inside.map(({ mark }) => mark.loop));
  const cutting = [...marked].filter((name) => {
    const blocks = new Set(inside.filter(({ kind, mark }) => kind === "block" && mark.loop === name).map(({ block }) => block.id));
    return cuts(graph, loop, blocks);
  });
  return cutting.map((name) => ({ max: passagesPerEntry(name, marked, named), total: present(named.get(name), name).total, loop: name }));
}

/** One of the marks outside the loops within is passed, whichever it is; a way past the blocks of all of them would be a loop without a mark. */
function boundByAll({ graph, loop: body, k, inside, forest: { innermost }, named }: InLoop): readonly Pick<LoopFact, "max" | "total" | "loop">[] {
  const marked = new Set(inside.map(({ mark }) => mark.loop));
  const places = inside.filter(({ block }) => innermost[block.id] === k);
  if (!cuts(graph, body, new Set(places.map(({ block }) => block.id)))) return [];
  const own = [...new Set(places.map(({ mark }) => mark.loop))];
  const [loop] = own.toSorted((a, b) => runsOf(named, b) - runsOf(named, a));
  const max = own.reduce((sum, name) => sum + passagesPerEntry(name, marked, named), 0);
  return loop === undefined ? [] : [{ max, total: own.reduce((sum, name) => sum + runsOf(named, name), 0), loop }];
}

function runsOf(named: ProgramLoops, name: string): number {
  return present(named.get(name), name).total;
}

/** Whether no way through the loop leads from its header back to it past all of `blocks`. */
function cuts(graph: FunctionGraph, { header, blocks: body }: NaturalLoop, blocks: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  const pending = [header];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (blocks.has(id)) continue;
    for (const to of graph.blocks[id]?.successors ?? []) {
      if (to === header) return false;
      if (!body.has(to) || seen.has(to)) continue;
      seen.add(to);
      pending.push(to);
    }
  }
  return true;
}

/** How often at most the body of a loop runs before a mark of a loop around all those in `marked` is passed. */
function passagesPerEntry(name: string, marked: ReadonlySet<string>, named: ProgramLoops): number {
  let [product, most] = [1, 1];
  for (let at: string | undefined = name; at !== undefined; at = named.get(at)?.parent) {
    product *= present(named.get(at), at).extent;
    if (marked.has(at)) most = product;
  }
  return most;
}
