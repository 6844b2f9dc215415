/**
 * What an instruction costs at most. A core's table names the source of every number; a
 * bound in time also needs the clock and the wait states of its memories, which are
 * parameters of the system and not of the core.
 */
import type { Instruction, InstructionClass } from "../cfg/instruction.js";
import type { Machine } from "../elf/elf.js";

export interface MemoryTiming {
  /** Wait states of one access to the memory that holds the code and the constants. */
  readonly flashWaitStates: number;
  /** Wait states of one access to the memory that holds data and stack. */
  readonly ramWaitStates: number;
}

export interface Core {
  /** The word of the command line. */
  readonly name: string;
  readonly title: string;
  /** Whose instructions the table is of; undefined for any. */
  readonly machine: Machine | undefined;
  /** `instructions`: every instruction counts 1, and no time is claimed. */
  readonly unit: "instructions" | "cycles";
  readonly source: string;
  /** Upper bound for one execution, without what `lostBetween` counts. */
  readonly costOf: (instruction: Instruction, memory: MemoryTiming) => number;
  /** None: the cost of an instruction holds whatever runs around it. */
  readonly lostBetween?: LostBetween;
  /** What the bound leaves out. */
  readonly gaps: readonly string[];
}

/**
 * Cycles that pass at most between `before`, instructions that have just run in this order, and `after`: hazards, and the
 * way to the target of a jump. An empty `before` is the start of a function or the place behind a call: a jump, call or
 * return led here. Otherwise anything may have run before its first. `after` is undefined where control leaves the function.
 */
export type LostBetween = (before: readonly Instruction[], after: Instruction | undefined, memory: MemoryTiming) => number;

export interface ClassCost {
  /** Cycles without wait states, each register of a multiple transfer counted apart. */
  readonly base: number;
  readonly perRegister?: number;
  /** Accesses to data: 1, or one per register. */
  readonly accesses?: "one" | "each";
}

export type CostTable = Readonly<Record<InstructionClass, ClassCost>>;

/**
 * Cost by class, plus the wait states of fetching the instruction and of its data. Data may
 * lie in either memory, so the slower one counts; a taken branch fetches again.
 */
export function tableCost(table: CostTable): Core["costOf"] {
  return ({ class: kind, registers = 1, size, flow }, { flashWaitStates, ramWaitStates }) => {
    const { base, perRegister = 0, accesses } = table[kind];
    const data = (accesses === undefined ? 0 : accesses === "each" ? registers : 1) * Math.max(flashWaitStates, ramWaitStates);
    const fetches = (size / 2 + (flow.kind === "next" ? 0 : 2)) * flashWaitStates;
    return base + perRegister * registers + data + fetches;
  };
}
