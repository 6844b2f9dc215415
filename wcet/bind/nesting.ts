/**
 * Whether the marks of a binary can be those of the program, as far as its loops show: the
 * bound that each mark carries is the program's, and the loop of a mark lies within the
 * loops around it in the source. An ELF whose marks were moved, renamed or given another
 * bound is refused here, before a fact is drawn from it.
 */
import type { LoopFact as ProgramLoop } from "../../ir/loop/facts.js";
import type { CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { loopForest } from "../cfg/loops.js";
import type { Mark } from "../elf/marks.js";

/** By name of the loop in the program. */
export type ProgramLoops = ReadonlyMap<string, Pick<ProgramLoop, "extent" | "total" | "parent">>;

/** What is wrong, mark by mark; empty if nothing. */
export function markProblems({ functions }: CodeGraph, marks: readonly Mark[], loops: ProgramLoops): readonly string[] {
  const foreign = [...new Set(marks.map(({ loop }) => loop))].filter((loop) => !loops.has(loop));
  if (foreign.length > 0) return foreign.map((loop) => `the file marks the loop ${loop}, which the program does not have`);
  const wrong = marks.filter(({ loop, bound }) => loops.get(loop)?.extent !== bound);
  if (wrong.length > 0) return wrong.map(({ loop, bound }) => `the file says that loop ${loop} has ${bound} iterations, the program ${loops.get(loop)?.extent ?? 0}`);
  return functions.flatMap((graph) => nestingProblems(graph, marks, loops));
}

/** The marks inside a loop of the binary, and in none within it, have one loop of the source around all of them; it lies in that of the loop around. */
function nestingProblems(graph: FunctionGraph, marks: readonly Mark[], loops: ProgramLoops): readonly string[] {
  const forest = loopForest(graph);
  const homes = new Map(graph.blocks.flatMap(({ id, instructions }) => instructions.slice(1).map(({ address }) => [address, forest.innermost[id]] as const)));
  const inside = forest.loops.map((_) => new Set<string>());
  for (const { address, loop } of marks) {
    const home = homes.get(address);
    if (home !== undefined) inside[home]?.add(loop);
  }
  const roots = inside.map((names) => [...names].find((name) => [...names].every((other) => encloses(loops, name, other))));
  return forest.loops.flatMap(({ header, parent }, k) => {
    const at = `${graph.name}+0x${((graph.blocks[header]?.instructions[0]?.address ?? graph.address) - graph.address).toString(16)}`;
    const [root, around] = [roots[k], parent === undefined ? undefined : roots[parent]];
    if (root === undefined) return (inside[k]?.size ?? 0) === 0 ? [] : [`${at}: marks of loops of which none is around the others: ${[...(inside[k] ?? [])].join(", ")}`];
    return around === undefined || encloses(loops, around, root) ? [] : [`${at}: marked as loop ${root}, inside a loop marked as ${around}, which is not around it in the program`];
  });
}

/** Whether `inner` is `outer` or lies in it. */
function encloses(loops: ProgramLoops, outer: string, inner: string): boolean {
  for (let at: string | undefined = inner; at !== undefined; at = loops.get(at)?.parent) if (at === outer) return true;
  return false;
}
