/**
 * A build for one small core: the schedule that suits it, or the one a search by bound finds,
 * and the bound of what was built. The search evaluates candidates unproved; what it chose
 * is built and proved like any schedule, and its bound is that of the proved C, linked again.
 */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { Optimisation } from "../../backends/c/flags.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { cores } from "../../wcet/cores/cores.js";
import type { BuildRequest, BuildResult } from "../driver.js";
import { importModel } from "../onnx/import.js";
import { evaluatorOf } from "../optimise/evaluate.js";
import { recordOf } from "../optimise/record.js";
import { type Found, boundedSteps, searchSchedule } from "../optimise/search.js";
import { type Measures, measuresOfElf, withTargetElf } from "../run/timing.js";
import { type Board, boards } from "../toolchain/boards.js";
import { requireTool } from "../toolchain/tools.js";
import { type Budget, budgetOf, limitOf } from "./budget.js";
import { naturalNumber, positiveInteger } from "./terminal.js";

export interface TargetOptions {
  readonly target?: string;
  readonly optimise?: "wcet";
  readonly core?: string;
  readonly optimisation?: Optimisation;
  readonly flashWaitStates?: number;
  readonly ramWaitStates?: number;
  readonly wcetBudget?: Budget;
  readonly candidates?: number;
  readonly searchCache?: string;
}

export function withTargetOptions(command: Command): Command {
  return command
    .addOption(new Option("--target <name>", "build for this small core: tiles of the size of its registers, and a bound of the linked binary").choices(boards.map(({ target }) => target)))
    .addOption(new Option("--optimise <objective>", "search the schedule with the lowest bound for --target").choices(["wcet"]))
    .addOption(new Option("--core <name>", "what an instruction costs (default: instructions)").choices(cores.map(({ name }) => name)))
    .addOption(new Option("--optimisation <level>", "of the compiler (default: O2)").choices(["O1", "O2", "O3", "Os"]))
    .option("--flash-wait-states <n>", "of the memory that holds code and constants (default: 0)", naturalNumber)
    .option("--ram-wait-states <n>", "of the memory that holds data (default: 0)", naturalNumber)
    .option("--wcet-budget <budget>", "fail if the bound of the build is larger: a count, or a time such as 12ms@168MHz", budgetOf)
    .option("--candidates <n>", "programs that --optimise may compile and bound (default: 60)", positiveInteger)
    .option("--search-cache <dir>", "keep the bounds of candidates there, so that a search goes on where an earlier one ended");
}

/** What is built for; undefined without --target. */
export interface Target {
  readonly board: Board;
  readonly core: Core;
  readonly memory: MemoryTiming;
  readonly level: Optimisation;
  /** The budget in the core's unit. */
  readonly limit: bigint | undefined;
  readonly search: { readonly candidates: number; readonly cache: string | undefined } | undefined;
}

/** Throws a Refusal for options that need a target, or that say what the search decides. */
export function targetOf(options: TargetOptions & { readonly schedule?: string }): Target | undefined {
  const { target, optimise, core: named = "instructions", optimisation = "O2", flashWaitStates = 0, ramWaitStates = 0, wcetBudget, candidates = 60, searchCache } = options;
  if (target === undefined) {
    const without = (["optimise", "core", "optimisation", "flashWaitStates", "ramWaitStates", "wcetBudget", "candidates", "searchCache"] as const).find((key) => options[key] !== undefined);
    if (without === undefined) return undefined;
    throw new Refusal("usage", "usage", `--${without.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} needs --target`, undefined, "say what to build for, such as --target cortex-m4");
  }
  if (optimise !== undefined && options.schedule !== undefined) throw new Refusal("usage", "usage", "--optimise chooses the schedule, and --schedule gives one", undefined, "leave one of them out");
  const board = present(boards.find((it) => it.target === target), target);
  const core = present(cores.find(({ name }) => name === named), named);
  const limit = wcetBudget === undefined ? undefined : limitOf(wcetBudget, core);
  const search = optimise === undefined ? undefined : { candidates, cache: searchCache };
  return { board, core, memory: { flashWaitStates, ramWaitStates }, level: optimisation, limit, search };
}

/** Programs that may be tried where the usual tiles have no bound. */
const usualCandidates = 24;

export interface Planned {
  readonly request: BuildRequest;
  readonly found: Found | undefined;
  /** For the package: what was tried; undefined without a search. */
  readonly record: string | undefined;
}

/** The request with the schedule for the target in it, where the person gave none. */
export async function planFor(request: BuildRequest, { board, core, memory, level, search }: Target, report: (text: string) => void): Promise<Planned> {
  requireTool(`${board.prefix}gcc`, `to build for ${board.target}`); // before the proving
  if (request.schedule !== undefined) return { request, found: undefined, record: undefined };
  const { graph } = importModel(request.model, { fixDims: request.fixDims, contract: request.contract });
  const subject = { graph, contract: request.contract, board, core, memory, cache: search?.cache };
  const evaluator = await evaluatorOf(subject);
  if (search === undefined) {
    const schedule = await boundedSteps({ evaluator, level, limit: usualCandidates, report });
    return { request: { ...request, schedule }, found: undefined, record: undefined };
  }
  if ((request.numeric?.lemmas ?? []).length > 0 || request.skip.length > 0 || request.until !== undefined) {
    throw new Refusal("usage", "usage", "--optimise searches the whole pipeline of the model as it is", undefined, "leave --lemma, --skip and --until out, or search first and build with its schedule");
  }
  const found = await searchSchedule({ evaluator, level, limit: search.candidates, report });
  return { request: { ...request, schedule: found.steps }, found, record: recordOf(found, { ...subject, level, compiler: evaluator.compiler }) };
}

/** The bound of the proved C on the target. */
export async function boundFor({ code }: BuildResult, { board, core, memory, level }: Target): Promise<Measures | undefined> {
  if (code === undefined) return undefined;
  const built = { folder: "", model: code.model, contract: "separate", files: code.emission.files, read: code.read } as const;
  return withTargetElf({ built, board, optimisation: level }, (binary) => measuresOfElf(built, { elf: readFileSync(binary), where: "the linked ELF", core, memory }));
}

/** What the rules of a schedule that nobody wrote do not fit is no news. */
export function withoutAdvice(result: BuildResult, { schedule }: BuildRequest): BuildResult {
  return schedule === undefined ? { ...result, advice: [] } : result;
}

const grouped = (n: bigint | number | undefined): string => n?.toLocaleString("en") ?? "none";

/** For the screen. */
export function targetLines({ board, core, level, limit }: Target, measures: Measures | undefined, found: Found | undefined): readonly string[] {
  if (measures === undefined) return [];
  const { time } = measures;
  if (time.kind === "none") return [`bound  none on ${board.target}: ${time.reasons[0] ?? ""}`];
  const against = found === undefined ? [] : [
    `       default schedule ${grouped(found.before.default)}, usual tiles of the core ${grouped(found.before.usual)}; ${found.tried.length} choices tried`,
  ];
  const budget = limit === undefined ? [] : [`       ${time.bound <= limit ? "within" : "over"} the budget of ${grouped(limit)}`];
  const dominating = time.byLoop.slice(0, 3).map(({ of }) => of).join(", ");
  const search = found === undefined ? "--optimise wcet, " : "";
  if (limit !== undefined && time.bound > limit) budget.push(`       most is spent in ${dominating}: ${search}--optimisation O3 or --muladd fused may help`);
  return [`bound  ${grouped(time.bound)} ${core.unit} on ${board.target}, gcc -${level} (${core.title})`, ...against, ...budget];
}

export function targetJson({ board, core, level, limit }: Target, measures: Measures | undefined, found: Found | undefined): object {
  const time = measures?.time;
  return {
    wcet: {
      target: board.target, core: core.name, unit: core.unit, optimisation: level,
      bound: time?.kind === "bound" ? Number(time.bound) : null, reasons: time?.kind === "none" ? time.reasons : [],
      budget: limit === undefined ? null : Number(limit),
      search: found === undefined ? null : { before: found.before, tried: found.tried.length, chosen: found.chosen },
    },
  };
}

/** Whether the budget is exceeded, or cannot be kept for want of a bound. */
export function overBudget({ limit }: Target, measures: Measures | undefined): boolean {
  return limit !== undefined && (measures?.time.kind !== "bound" || measures.time.bound > limit);
}
