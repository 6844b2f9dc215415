/** The options that say what a binary is compiled for and how its time is counted, shared by the commands that need them. */
import { type Command, Option } from "commander";
import { type Optimisation, optimisations } from "../../backends/c/flags.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { cores } from "../../wcet/cores/cores.js";
import { instructionMode } from "../../wcet/cores/instructions.js";
import type { Analyser } from "../evidence/target-files.js";
import type { Board } from "../toolchain/boards.js";
import { boards } from "../toolchain/boards.js";
import { type Budget, budgetOf, limitOf } from "./budget.js";
import { naturalNumber } from "./terminal.js";

export interface TargetOptions {
  readonly target?: string;
  readonly core?: string;
  readonly optimisation: Optimisation;
  readonly flashWaitStates: number;
  readonly ramWaitStates: number;
  readonly wcetBudget?: Budget;
  readonly for?: Analyser;
}

/** What they say together. */
export interface TargetSetting {
  readonly board: Board;
  readonly optimisation: Optimisation;
  readonly core: Core;
  readonly memory: MemoryTiming;
  /** Of the budget, in the core's unit. */
  readonly limit: bigint | undefined;
  /** The clock of a budget in time. */
  readonly hertz: number | undefined;
  readonly analyser: Analyser | undefined;
}

/** Names that people use for a target besides its own. */
const aliases: ReadonlyMap<string, string> = new Map([["cortex-m4f", "cortex-m4"], ["cortex-m7f", "cortex-m7"]]);

/** Words for a target, for choices of an option. */
export const targetWords: readonly string[] = [...boards.map(({ target }) => target), ...aliases.keys()];

export function boardNamed(word: string): Board {
  const name = aliases.get(word) ?? word;
  return present(boards.find(({ target }) => target === name), word);
}

export function withTargetOptions(command: Command): Command {
  return command
    .addOption(new Option("--core <name>", "what an instruction costs (default: each counts 1; with a budget in time, the core that the target names)").choices(cores.map(({ name }) => name)))
    .addOption(new Option("--optimisation <level>", "of the compiler").choices(optimisations).default("O2"))
    .option("--flash-wait-states <n>", "of the memory that holds code and constants", naturalNumber, 0)
    .option("--ram-wait-states <n>", "of the memory that holds data", naturalNumber, 0)
    .option("--wcet-budget <budget>", "fail if the bound is larger: a count, or a time such as 12ms@168MHz", budgetOf);
}

/** Throws a Refusal for a budget in time where no core says what a cycle is, and for wait states that nothing counts. */
export function settingOf({ core: named, optimisation, flashWaitStates, ramWaitStates, wcetBudget, for: analyser }: TargetOptions, board: Board): TargetSetting {
  const own = wcetBudget?.kind === "time" ? cores.find(({ name }) => name === board.target) : undefined;
  const core = cores.find(({ name }) => name === named) ?? own ?? instructionMode;
  if (core.unit === "instructions" && flashWaitStates + ramWaitStates > 0) {
    throw new Refusal("usage", "usage", "wait states are counted in cycles, and instructions are counted", undefined, "give --core with a timing table");
  }
  return { board, optimisation, core, memory: { flashWaitStates, ramWaitStates }, limit: wcetBudget === undefined ? undefined : limitOf(wcetBudget, core), hertz: wcetBudget?.kind === "time" ? wcetBudget.hertz : undefined, analyser };
}
