/**
 * Whether the marks of a binary can be those of the program, as far as its loops show: the
 * bound that each mark carries is the program's, every loop that runs has a mark (a volatile
 * statement stays), and the loop of a mark lies within the loops around it in the source.
 * Marks that were renamed, moved to another loop or given another bound are refused here,
 * before a fact is drawn from them.
 */
import type { LoopFact as ProgramLoop } from "../../ir/loop/facts.js";
import type { CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { loopForest } from "../cfg/loops.js";
import type { Mark } from "../elf/marks.js";
import { type MarkPlace, placeMarks } from "../ipet/mark-places.js";

/** By name of the loop in the program. */
export type ProgramLoops = ReadonlyMap<string, Pick<ProgramLoop, "extent" | "total" | "parent">>;

/** What is wrong, mark by mark; empty if nothing. */
export function markProblems(code: CodeGraph, marks: readonly Mark[], loops: ProgramLoops): readonly string[] {
  const foreign = [...new Set(marks.map(({ loop }) => loop))].filter((loop) => !loops.has(loop));
  if (foreign.length > 0) return foreign.map((loop) => `the file marks the loop ${loop}, which the program does not have`);
  const wrong = marks.filter(({ loop, bound }) => loops.get(loop)?.extent !== bound);
  if (wrong.length > 0) return wrong.map(({ loop, bound }) => `the file says that loop ${loop} has ${bound} iterations, the program ${loops.get(loop)?.extent ?? 0}`);
  const { places } = placeMarks(code, marks);
  const marked = new Set(places.map(({ mark }) => mark.loop));
  const lost = [...loops].filter(([loop, { total }]) => total > 0 && !marked.has(loop));
  if (lost.length > 0) return lost.map(([loop]) => `loop ${loop} of the program runs, but has no mark in the code`);
  const byGraph = new Map(code.functions.map((graph) => [graph, places.filter((place) => place.graph === graph)]));
  return [...byGraph].flatMap(([graph, own]) => nestingProblems(graph, own, loops));
}

/**
 * All marks inside a loop of the binary, and in none within it, are of one nest of the
 * source; if one is around the others, that loop lies in the one of the loop around. A
 * mark of which it is not known on which side of a label it stands counts as inside.
 */
function nestingProblems(graph: FunctionGraph, places: readonly MarkPlace[], loops: ProgramLoops): readonly string[] {
  const forest = loopForest(graph);
  const inside = forest.loops.map((_) => new Set<string>());
  for (const { block, mark } of places) inside[forest.innermost[block.id] ?? -1]?.add(mark.loop);
  const roots = inside.map((names) => [...names].find((name) => [...names].every((other) => encloses(loops, name, other))));
  return forest.loops.flatMap(({ header, parent }, k) => {
    const at = `${graph.name}+0x${((graph.blocks[header]?.instructions[0]?.address ?? graph.address) - graph.address).toString(16)}`;
    const [root, around, names] = [roots[k], parent === undefined ? undefined : roots[parent], [...(inside[k] ?? [])]];
    if (new Set(names.map((name) => outermost(loops, name))).size > 1) return [`${at}: marks of separate loops of the program, which the compiler merged: ${names.join(", ")}: compile with the pinned flags`];
    if (root === undefined || around === undefined || encloses(loops, around, root)) return [];
    return [`${at}: marked as loop ${root}, inside a loop marked as ${around}, which is not around it in the program`];
  });
}

function outermost(loops: ProgramLoops, name: string): string {
  let at = name;
  for (let up = loops.get(at)?.parent; up !== undefined; up = loops.get(at)?.parent) at = up;
  return at;
}

/** Whether `inner` is `outer` or lies in it. */
function encloses(loops: ProgramLoops, outer: string, inner: string): boolean {
  for (let at: string | undefined = inner; at !== undefined; at = loops.get(at)?.parent) if (at === outer) return true;
  return false;
}
