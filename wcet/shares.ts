/** Where a bound is spent: the executions of the worst path, summed up by loop and by class of instruction. */
import type { CodeGraph, FunctionGraph } from "./cfg/graph.js";
import type { InstructionClass } from "./cfg/instruction.js";
import { type LoopForest, loopForest } from "./cfg/loops.js";
import { type PathCost, costsOfStep } from "./cores/path-cost.js";
import type { Mark } from "./elf/marks.js";
import type { Ipet } from "./ipet/ipet.js";

export interface Share<T> {
  /** A loop of the program, or `function NAME` outside of every loop. */
  readonly of: T;
  readonly cost: number;
}

export interface ClassShare extends Share<InstructionClass> {
  /** Executions. */
  readonly times: number;
}

/** A loop and what it spends on each class of instruction; loops inside it are apart. */
export interface LoopShare extends Share<string> {
  readonly byClass: readonly ClassShare[];
}

export interface Shares {
  readonly byLoop: readonly LoopShare[];
  readonly byClass: readonly Share<InstructionClass>[];
}

export interface SharesOf {
  readonly ipet: Ipet;
  readonly code: CodeGraph;
  readonly marks: readonly Mark[];
  /** Of the variables of the linear program. */
  readonly values: readonly number[];
  readonly cost: PathCost;
  readonly namesakes?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** The costliest first. */
export function sharesOf({ ipet, code, marks, values, cost: of, namesakes = new Map() }: SharesOf): Shares {
  const nameOf = new Map(code.functions.map((graph) => [graph, namesIn(graph, marks)]));
  const [byLoop, byClass] = [new Map<string, Map<InstructionClass, ClassShare>>(), new Map<InstructionClass, number>()];
  ipet.edges.forEach((edge, v) => {
    const { graph, from, to } = edge;
    const passed = values[v] ?? 0;
    if (passed <= 0) return;
    const loop = nameOf.get(graph)?.[(to ?? from)?.id ?? 0] ?? graph.name;
    for (const [it, cycles, runs] of costsOfStep(edge, of)) {
      const [cost, times] = [passed * cycles, passed * runs];
      byLoop.set(loop, (byLoop.get(loop) ?? new Map<InstructionClass, ClassShare>()).set(it.class, added(byLoop.get(loop)?.get(it.class), { of: it.class, cost, times })));
      byClass.set(it.class, (byClass.get(it.class) ?? 0) + cost);
    }
  });
  const whole = [...byLoop].map(([of, classes]) => loopShare(of, [...classes.values()]));
  return { byLoop: whole.flatMap((share) => sharedOut(share, namesakes)).toSorted((a, b) => b.cost - a.cost), byClass: ranked(byClass) };
}

/** A share for each loop of the program that this one stands for; of merged loops the first says for how many. */
function sharedOut(share: LoopShare, namesakes: ReadonlyMap<string, readonly string[]>): readonly LoopShare[] {
  const names = share.of.split("+");
  const many = namesakes.get(names[0] ?? "")?.length ?? 1;
  const part = (n: number, k: number): number => Math.floor(n / many) + (k < n % many ? 1 : 0);
  return Array.from({ length: many }, (_, k) => ({
    of: names.map((name) => namesakes.get(name)?.[k] ?? name).join("+"), cost: part(share.cost, k),
    byClass: share.byClass.map((it) => ({ ...it, cost: part(it.cost, k), times: part(it.times, k) })),
  }));
}

function added(before: ClassShare | undefined, { of, cost, times }: ClassShare): ClassShare {
  return { of, cost: (before?.cost ?? 0) + cost, times: (before?.times ?? 0) + times };
}

function loopShare(of: string, classes: readonly ClassShare[]): LoopShare {
  const byClass = classes.map((it) => ({ ...it, cost: Math.round(it.cost), times: Math.round(it.times) })).toSorted((a, b) => b.cost - a.cost);
  return { of, cost: Math.round(classes.reduce((sum, { cost }) => sum + cost, 0)), byClass };
}

function ranked<T>(sums: ReadonlyMap<T, number>): readonly Share<T>[] {
  return [...sums].map(([of, cost]) => ({ of, cost: Math.round(cost) })).toSorted((a, b) => b.cost - a.cost);
}

/** The loop of the program that each block belongs to: the marks of its innermost natural loop tell. */
export function namesIn(graph: FunctionGraph, marks: readonly Mark[]): readonly string[] {
  const { loops, innermost } = loopForest(graph);
  const marksOfLoop = ownMarks(graph, innermost, marks);
  const nameOfLoop = (k: number | undefined): string => {
    if (k === undefined) return `function ${graph.name}`;
    const own = [...(marksOfLoop.get(k) ?? [])];
    return own.length === 0 ? nameOfLoop(loops[k]?.parent) : own.join("+"); // a loop merged of several
  };
  return graph.blocks.map(({ id }) => nameOfLoop(innermost[id]));
}

/** Names on the marks in each natural loop, without those of the loops inside it. */
function ownMarks(graph: FunctionGraph, innermost: LoopForest["innermost"], marks: readonly Mark[]): ReadonlyMap<number, ReadonlySet<string>> {
  const loopAt = new Map(graph.blocks.flatMap(({ id, instructions }) => instructions.map(({ address }) => [address, innermost[id]] as const)));
  const names = new Map<number, Set<string>>();
  for (const { address, loop } of marks) {
    const k = loopAt.get(address);
    if (k !== undefined) names.set(k, (names.get(k) ?? new Set()).add(loop));
  }
  return names;
}
