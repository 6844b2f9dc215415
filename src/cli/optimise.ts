/**
 * The schedule of a build for a small core: the one that suits it, or the one a search by
 * bound finds. The search evaluates candidates unproved; what it chose is built and proved
 * like any schedule, and its bound is that of the proved C, linked again.
 */
import { type Command, Option } from "commander";
import { Refusal } from "../../ir/prelude.js";
import type { BuildRequest, BuildResult } from "../driver.js";
import { importModel } from "../onnx/import.js";
import { evaluatorOf, programsOf } from "../optimise/evaluate.js";
import { recordOf } from "../optimise/record.js";
import { type Found, boundedSteps, searchSchedule, usualSteps } from "../optimise/search.js";
import { findTool } from "../toolchain/tools.js";
import type { TargetSetting } from "./target-options.js";
import { positiveInteger } from "./terminal.js";

export interface SearchOptions {
  readonly optimise?: "wcet";
  readonly candidates: number;
  readonly searchCache?: string;
}

export function withSearchOptions(command: Command): Command {
  return command
    .addOption(new Option("--optimise <objective>", "search the schedule with the lowest bound for --target").choices(["wcet"]))
    .option("--candidates <n>", "programs that --optimise may compile and bound", positiveInteger, 60)
    .option("--search-cache <dir>", "keep the bounds of candidates there, so that a search goes on where an earlier one ended");
}

export interface Search {
  readonly candidates: number;
  readonly cache: string | undefined;
}

/** Undefined without --optimise; throws a Refusal for options that say what the search decides. */
export function searchOf({ optimise, candidates, searchCache, schedule, target }: SearchOptions & { readonly schedule?: string; readonly target?: string }): Search | undefined {
  if (optimise === undefined && searchCache === undefined) return undefined;
  if (optimise === undefined) throw new Refusal("usage", "usage", "--search-cache needs --optimise", undefined, "add --optimise wcet");
  if (target === undefined) throw new Refusal("usage", "usage", "--optimise needs --target", undefined, "say what to build for, such as --target cortex-m4f");
  if (schedule !== undefined) throw new Refusal("usage", "usage", "--optimise chooses the schedule, and --schedule gives one", undefined, "leave one of them out");
  return { candidates, cache: searchCache };
}

/** Programs that may be tried where the usual tiles have no bound. */
const usualCandidates = 24;

export interface Planned {
  readonly request: BuildRequest;
  readonly found?: Found;
  /** For the package: what was tried; undefined without a search. */
  readonly record?: string;
}

/** The request with the schedule for the target in it, where the person gave none. */
export async function planFor(request: BuildRequest, { board, core, memory, optimisation: level }: TargetSetting, search: Search | undefined, report: (text: string) => void): Promise<Planned> {
  if (request.schedule !== undefined) return { request };
  if (search !== undefined && ((request.numeric?.lemmas ?? []).length > 0 || request.skip.length > 0 || request.until !== undefined)) {
    throw new Refusal("usage", "usage", "--optimise searches the whole pipeline of the model as it is", undefined, "leave --lemma, --skip and --until out, or search first and build with its schedule");
  }
  const { graph } = importModel(request.model, { fixDims: request.fixDims, contract: request.contract });
  const subject = { graph, contract: request.contract, board, core, memory, cache: search?.cache };
  if (search === undefined && findTool(`${board.prefix}gcc`) === undefined) return { request: { ...request, schedule: usualSteps(programsOf(subject)) } };
  const evaluator = await evaluatorOf(subject);
  if (search === undefined) return { request: { ...request, schedule: await boundedSteps({ evaluator, level, limit: usualCandidates, report }) } };
  const found = await searchSchedule({ evaluator, level, limit: search.candidates, report });
  return { request: { ...request, schedule: found.steps }, found, record: recordOf(found, { ...subject, level, compiler: evaluator.compiler }) };
}

/** What the rules of a schedule that nobody wrote do not fit is no news. */
export function withoutAdvice(result: BuildResult, { schedule }: BuildRequest): BuildResult {
  return schedule === undefined ? { ...result, advice: [] } : result;
}

const grouped = (n: bigint | number | undefined): string => n?.toLocaleString("en") ?? "none";

/** For the screen: what the search started from. */
export function searchLines(found: Found | undefined): readonly string[] {
  if (found === undefined) return [];
  return [`       default schedule ${grouped(found.before.default)}, usual tiles of the core ${grouped(found.before.usual)}; ${found.tried.length} choices tried`];
}

export function searchJson(found: Found | undefined): object {
  return found === undefined ? {} : { search: { before: found.before, tried: found.tried.length, chosen: found.chosen } };
}
