/** `obligato wcet`: a bound on the worst case of the linked binary, where it is spent, its stack and its places in memory. */
import { type Command, Option } from "commander";
import type { Optimisation } from "../../backends/c/flags.js";
import { Refusal, present } from "../../ir/prelude.js";
import { cores } from "../../wcet/cores/cores.js";
import { sensitivityLines, sensitivityOf } from "../optimise/sensitivity.js";
import { isBuilt, openPackage } from "../run/package.js";
import { measuresOf } from "../run/timing.js";
import { boards } from "../toolchain/boards.js";
import { type Budget, budgetOf, limitOf } from "./budget.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, naturalNumber, say, sayJson, withCommonOptions } from "./terminal.js";
import { jsonOf, screenOf } from "./wcet-report.js";

interface Options extends CommonOptions {
  readonly elf?: string;
  readonly target: string;
  readonly core: string;
  readonly optimisation: Optimisation;
  readonly flashWaitStates: number;
  readonly ramWaitStates: number;
  readonly wcetBudget?: Budget;
  readonly sensitivity?: boolean;
}

export function addWcet(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("wcet <dir>"))
    .summary("bound the worst case of the binary")
    .description("Compiles a built directory for a small core with the pinned flags, links it, and bounds how long the network can take, from the instructions of that ELF and the exact counts of the program. Without a core with a timing table the bound is a number of instructions.")
    .option("--elf <file>", "analyse this ELF instead: it must link the marked objects and keep its symbols")
    .addOption(new Option("--target <name>", "what to compile for").choices(boards.map(({ target }) => target)).default("cortex-m4"))
    .addOption(new Option("--core <name>", "what an instruction costs").choices(cores.map(({ name }) => name)).default("instructions"))
    .addOption(new Option("--optimisation <level>", "of the compiler").choices(["O0", "O1", "O2", "O3", "Os"]).default("O2"))
    .option("--flash-wait-states <n>", "of the memory that holds code and constants", naturalNumber, 0)
    .option("--ram-wait-states <n>", "of the memory that holds data", naturalNumber, 0)
    .option("--wcet-budget <budget>", "fail if the bound is larger: a count, or a time such as 12ms@168MHz", budgetOf)
    .option("--sensitivity", "also bound the program with each pass of its schedule left out; those programs are not proved")
    .addHelpText("after", "\nExamples:\n  obligato wcet out/model\n  obligato wcet out/model --core cortex-m4 --wcet-budget 12ms@168MHz\n  obligato wcet out/model --elf firmware.elf --json\n")
    .action(async (target: string, options: Options) => setExit(await wcet(target, options)));
}

async function wcet(target: string, options: Options): Promise<number> {
  if (!isBuilt(target)) throw new Refusal("usage", "not-built", `${target} is no built directory`, target, "run `obligato build` first and give its directory");
  const built = openPackage(target);
  const core = present(cores.find(({ name }) => name === options.core), options.core);
  const board = present(boards.find(({ target: name }) => name === options.target), options.target);
  const limit = options.wcetBudget === undefined ? undefined : limitOf(options.wcetBudget, core);
  const memory = { flashWaitStates: options.flashWaitStates, ramWaitStates: options.ramWaitStates };
  const measures = await measuresOf({ built, board, elf: options.elf, optimisation: options.optimisation, core, memory });
  const report = { measures, program: built.read.program, limit };
  const without = options.sensitivity === true ? await sensitivityOf(built, { board, core, memory, level: options.optimisation }) : undefined;
  if (options.json === true) sayJson(without === undefined ? jsonOf(report) : { bound: jsonOf(report), sensitivity: without });
  else say(options, ...screenOf(report), ...(without === undefined ? [] : sensitivityLines(without, core.unit)));
  const { time } = measures;
  if (time.kind === "none") return exitCodes.unproved;
  return limit !== undefined && time.bound > limit ? exitCodes.budget : exitCodes.ok;
}
