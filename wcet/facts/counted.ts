/**
 * Flow facts against what an instrumented run counted. A fact is right if every run of
 * the program enters the loop as often as it says, iterates as often in all, and no
 * entry iterates more often than it says: then each entry has exactly that many.
 */
import type { FlowFacts } from "./flow-facts.js";

export interface CountedLoop {
  readonly entries: number;
  /** Iterations in all, and the most that one entry had. */
  readonly total: number;
  readonly longest: number;
}

/** One run of the program. */
export interface CountedRun {
  readonly loops: ReadonlyMap<string, CountedLoop>;
  /** How often each guarded body was started and ended, in the order of the text. */
  readonly guards: readonly { readonly starts: number; readonly ends: number }[];
}

/** A loop of the text; `called`: its steps are one call, so that there is no loop in the code, and no mark. */
export interface TextLoop {
  readonly loop: string;
  readonly called?: true;
}

/** The facts without loops that the text writes as calls: no run passes them. */
export function countable(facts: FlowFacts, bounds: readonly TextLoop[]): FlowFacts {
  const called = calledLoops(bounds);
  return { ...facts, loops: Object.fromEntries(Object.entries(facts.loops).filter(([loop]) => !called.has(loop))) };
}

/** By name, the loops that have marks in a binary. */
export function markedLoops<Loop extends { readonly loop: string }>(loops: readonly Loop[], bounds: readonly TextLoop[]): ReadonlyMap<string, Loop> {
  const called = calledLoops(bounds);
  return new Map(loops.flatMap((it) => (called.has(it.loop) ? [] : [[it.loop, it] as const])));
}

function calledLoops(bounds: readonly TextLoop[]): ReadonlySet<string> {
  return new Set(bounds.flatMap(({ loop, called }) => (called === true ? [loop] : [])));
}

/** What differs, in the order of the text, each run on its own; none: the facts are exact for these runs. */
export function countProblems({ loops, guards }: FlowFacts, runs: readonly CountedRun[]): readonly string[] {
  return runs.flatMap((run, k) => {
    const foreign = [...Object.keys(loops)].filter((loop) => !run.loops.has(loop)).map((loop) => `the facts name a loop ${loop} that the code does not have`);
    const wrong = [...run.loops].flatMap(([loop, counted]) => {
      const fact = loops[loop];
      if (fact === undefined) return [`no fact about the loop ${loop}`];
      const { entries, total, longest } = counted;
      if (entries === fact.entries && total === fact.total && longest === (total === 0 ? 0 : fact.N_body)) return [];
      return [`loop ${loop} of ${fact.node}, input ${k}: counted ${entries} entries, ${total} iterations, at most ${longest} per entry; the facts say ${fact.entries}, ${fact.total}, ${fact.N_body}`];
    });
    const bodies = Array.from({ length: Math.max(guards.length, run.guards.length) }, (_, at) => [run.guards[at], guards[at]?.taken] as const);
    const wrongGuards = bodies.flatMap(([counted, said], at) => (counted?.starts === said && counted?.ends === said ? [] : [`guard ${at}, input ${k}: counted ${counted?.starts ?? "no"} starts and ${counted?.ends ?? "no"} ends; the facts say ${said ?? "nothing"}`]));
    return [...foreign, ...wrong, ...wrongGuards];
  });
}
