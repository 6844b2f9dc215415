/**
 * What one step of control costs: the instructions of the block that an edge leads to, and
 * what is lost on the way into it and inside it. The block before is known, what ran before
 * that is not: a core must take the worst of it.
 */
import type { Block } from "../cfg/graph.js";
import type { Instruction } from "../cfg/instruction.js";
import type { Core, MemoryTiming } from "./core.js";

export interface PathCost {
  readonly costOf: (instruction: Instruction) => number;
  readonly lostBetween?: (before: readonly Instruction[], after: Instruction | undefined) => number;
}

export function pathCostOf({ costOf, lostBetween }: Core, memory: MemoryTiming): PathCost {
  const own = (instruction: Instruction): number => costOf(instruction, memory);
  return lostBetween === undefined ? { costOf: own } : { costOf: own, lostBetween: (before, after) => lostBetween(before, after, memory) };
}

/** An edge of a function: `from` undefined enters it, `to` undefined leaves it. */
export interface Step {
  readonly from: Block | undefined;
  readonly to: Block | undefined;
}

/** An instruction, cycles charged to it, and whether it runs for them (1) or delays what follows (0). */
export type StepCost = readonly [instruction: Instruction, cycles: number, runs: 0 | 1];

/** What is lost between two instructions is charged to the earlier one, which caused it. */
export function costsOfStep({ from, to }: Step, { costOf, lostBetween }: PathCost): readonly StepCost[] {
  const path = from === undefined || from.calls !== undefined ? [] : [...from.instructions]; // behind a call, the callee's return ran last
  const costs: StepCost[] = [];
  const lose = (after: Instruction | undefined): void => {
    const charged = path.at(-1) ?? after;
    if (lostBetween !== undefined && charged !== undefined) costs.push([charged, lostBetween(path, after), 0]);
  };
  for (const instruction of to?.instructions ?? []) {
    lose(instruction);
    costs.push([instruction, costOf(instruction), 1]);
    path.push(instruction);
  }
  if (to === undefined) lose(undefined);
  return costs;
}
