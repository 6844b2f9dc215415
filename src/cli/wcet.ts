/** `obligato wcet`: a bound on the worst case of the linked binary, and where it is spent. */
import { type Command, Option } from "commander";
import type { Optimisation } from "../../backends/c/flags.js";
import { Refusal, present } from "../../ir/prelude.js";
import { factsOf } from "../../ir/loop/facts.js";
import type { Bound, NoBound } from "../../wcet/analyse.js";
import { cores } from "../../wcet/cores/cores.js";
import { type BuiltPackage, isBuilt, openPackage } from "../run/package.js";
import { boundOf } from "../run/timing.js";
import { boards } from "../toolchain/boards.js";
import { type Budget, budgetOf, limitOf } from "./budget.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, naturalNumber, oneLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly elf?: string;
  readonly target: string;
  readonly core: string;
  readonly optimisation: Optimisation;
  readonly flashWaitStates: number;
  readonly ramWaitStates: number;
  readonly wcetBudget?: Budget;
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
  const found = await boundOf({ built, board, elf: options.elf, optimisation: options.optimisation, core, memory });
  const lines = found.kind === "none" ? refusalLines(found) : boundLines(found, built, limit);
  if (options.json === true) sayJson(jsonOf(found, limit));
  else say(options, ...lines);
  if (found.kind === "none") return exitCodes.unproved;
  return limit !== undefined && found.bound > limit ? exitCodes.budget : exitCodes.ok;
}

function refusalLines({ reasons }: NoBound): readonly string[] {
  return ["no bound:", ...reasons.slice(0, 10).map((reason) => `  ${oneLine(reason)}`), ...(reasons.length > 10 ? [`  and ${reasons.length - 10} more`] : [])];
}

/** The largest shares first; what would help a budget that is exceeded. */
function boundLines(found: Bound, { read }: BuiltPackage, limit: bigint | undefined): readonly string[] {
  const nodeOf = new Map(factsOf(read.program).loops.map(({ loop, origin }) => [loop, origin.node]));
  const { core, bound, byLoop, byClass } = found;
  const share = (cost: number): string => `${((100 * cost) / Number(bound)).toFixed(1).padStart(5)} %`;
  const rows = byLoop.slice(0, 8).map(({ of, cost }) => `  ${share(cost)}  ${of.padEnd(20)} ${nodeOf.get(of.split("+")[0] ?? "") ?? ""}`.trimEnd());
  return [
    `at most ${bound.toLocaleString("en")} ${core.unit}  (${core.title})`,
    `proved in exact arithmetic over ${found.blocks} blocks, ${found.instructions.toLocaleString("en")} instructions, ${found.marks} loop marks`,
    "",
    "where:",
    ...rows,
    `  by class: ${byClass.slice(0, 5).map(({ of, cost }) => `${of} ${share(cost).trim()}`).join(", ")}`,
    ...(found.unseen.length > 0 ? [`  loops without a mark left, not needed: ${found.unseen.slice(0, 5).join(", ")}`] : []),
    `not covered: ${core.gaps.join("; ")}`,
    ...budgetLines(found, limit),
  ];
}

function budgetLines({ bound, core, byLoop }: Bound, limit: bigint | undefined): readonly string[] {
  if (limit === undefined) return [];
  if (bound <= limit) return ["", `within the budget of ${limit.toLocaleString("en")} ${core.unit}`];
  const dominating = byLoop.slice(0, 3).map(({ of }) => of).join(", ");
  return ["", `over the budget of ${limit.toLocaleString("en")} ${core.unit} by ${(bound - limit).toLocaleString("en")}`, `most is spent in ${dominating}: larger tiles there, --optimisation O3, or --muladd fused may help`];
}

function jsonOf(found: Bound | NoBound, limit: bigint | undefined): unknown {
  if (found.kind === "none") return found;
  const { core, bound, ...rest } = found;
  return { ...rest, core: core.name, unit: core.unit, source: core.source, gaps: core.gaps, bound: Number(bound), budget: limit === undefined ? null : Number(limit), within: limit === undefined ? null : bound <= limit };
}
