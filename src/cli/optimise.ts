/**
 * The schedule of a build for a small core: the one that suits it, or the one a search by
 * bound finds. The search evaluates candidates unproved; what it chose is built and proved
 * like any schedule, and its bound is that of the proved C, linked again.
 */
import { type Command, Option } from "commander";
import { otawaFlags } from "../../backends/c/flags.js";
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import { rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import type { BuildRequest, BuildResult } from "../driver.js";
import type { NumericRequest } from "../numeric/request.js";
import { type ImportOptions, importModel } from "../onnx/import.js";
import { type CodeForm, type Evaluator, type Subject, evaluatorOf, programsOf } from "../optimise/evaluate.js";
import type { Alternative } from "../run/alternatives.js";
import { recordOf } from "../optimise/record.js";
import type { Bounded } from "../optimise/cheapest.js";
import { exactLemmas } from "../optimise/exact-lemmas.js";
import { type Found, boundedSteps, searchSchedule, usualSteps } from "../optimise/search.js";
import type { Figure } from "../schedule/minimise.js";
import { findTool } from "../toolchain/tools.js";
import type { ScheduleStep } from "../schedule.js";
import { aimFor } from "./minimise.js";
import type { TargetSetting } from "./target-options.js";
import { positiveInteger } from "./terminal.js";

export interface SearchOptions {
  readonly optimise?: "wcet";
  readonly candidates: number;
  readonly searchCache?: string;
}

export function withSearchOptions(command: Command): Command {
  return command
    .addOption(new Option("--optimise <objective>", "the older name of --minimise wcet").choices(["wcet"]))
    .option("--candidates <n>", "programs that --minimise wcet may compile and bound", positiveInteger, 60)
    .option("--search-cache <dir>", "keep the bounds of candidates there, so that a search goes on where an earlier one ended");
}

export interface Search {
  readonly candidates: number;
  readonly cache: string | undefined;
  /** Whether an option was given, so that the search must leave it. */
  readonly fixed: (option: keyof CodeForm) => boolean;
}

/** Undefined without --minimise wcet; throws a Refusal for options that say what the search decides. */
export function searchOf({ optimise, candidates, searchCache, schedule, target }: SearchOptions & { readonly schedule?: string; readonly target?: string }, fixed: Search["fixed"]): Search | undefined {
  if (optimise === undefined && searchCache === undefined) return undefined;
  if (optimise === undefined) throw new Refusal("usage", "usage", "--search-cache needs --minimise wcet", undefined, "add --minimise wcet");
  if (target === undefined) throw new Refusal("usage", "usage", "--minimise wcet needs --target", undefined, "say what to build for, such as --target cortex-m4f");
  if (schedule !== undefined) throw new Refusal("usage", "usage", "--minimise wcet chooses the schedule, and --schedule gives one", undefined, "leave one of them out");
  return { candidates, cache: searchCache, fixed };
}

/** The levels that are meant for a small core, and both forms of comparisons; the given one first. */
export function formsFor(given: CodeForm, fixed: Search["fixed"]): readonly [CodeForm, ...CodeForm[]] {
  const levels = fixed("optimisation") ? [given.optimisation] : (["O2", "O3", "Os"] as const);
  const compares = fixed("floatCompare") ? [given.floatCompare] : (["float", "integer"] as const);
  const all = compares.flatMap((floatCompare) => levels.map((optimisation) => ({ optimisation, floatCompare })));
  return [given, ...all.filter((it) => it.optimisation !== given.optimisation || it.floatCompare !== given.floatCompare)];
}

/** Programs that may be tried where the usual tiles have no bound. */
const usualCandidates = 24;

export interface Planned {
  readonly request: BuildRequest;
  /** With the level that was chosen. */
  readonly setting: TargetSetting;
  readonly found?: Found;
  /** For the package: what was tried; undefined without a search. */
  readonly record?: string;
}

/** The request with the schedule for the target in it, where the person gave none, of the graph that lemmas make of the model: for the figure that shall be small, or the lowest bound that a search finds. */
export async function planFor(asked: BuildRequest, setting: TargetSetting, search: Search | undefined, report: (text: string) => void, figure?: Figure): Promise<Planned> {
  if (asked.schedule !== undefined) return { request: asked, setting };
  if (search !== undefined && !isWhole(asked)) {
    throw new Refusal("usage", "usage", "--minimise wcet searches the whole pipeline of the model as it is", undefined, "leave --lemma, --skip and --until out, or search first and build with its schedule");
  }
  const { board, core, memory, optimisation, analyser } = setting;
  const aim = aimFor(figure);
  const given = { optimisation, floatCompare: asked.floatCompare ?? "float" };
  const of = (graph: Graph): Subject => ({ graph, contract: asked.contract, board, core, memory, extra: analyser === undefined ? [] : otawaFlags, cache: search?.cache });
  const usually = (evaluator: Evaluator): Promise<readonly ScheduleStep[]> => boundedSteps({ evaluator, forms: [given], limit: usualCandidates, report, aim });
  const compiled = search !== undefined || findTool(`${board.prefix}gcc`) !== undefined;
  const { request, graph } = await rewritten(asked, figure, compiled ? async (other) => {
    const evaluator = await evaluatorOf(of(other));
    return evaluator.evaluate(await usually(evaluator), given);
  } : undefined);
  const subject = of(graph);
  if (!compiled) return { request: { ...request, schedule: usualSteps(programsOf(subject), aim) }, setting };
  const evaluator = await evaluatorOf(subject);
  if (search === undefined) return { request: { ...request, schedule: await usually(evaluator) }, setting };
  const found = await searchSchedule({ evaluator, forms: analyser === undefined ? formsFor(given, search.fixed) : [given], limit: search.candidates, report });
  const { steps, form } = found;
  return {
    request: { ...request, schedule: steps, floatCompare: form.floatCompare }, setting: { ...setting, optimisation: form.optimisation },
    found, record: recordOf(found, { ...subject, compiler: evaluator.compiler }),
  };
}

const nothingAsked: NumericRequest = { lemmas: [], box: undefined, replication: undefined, allowUnbounded: false };

/**
 * The request with the exact lemmas that suit the figure. None if a box is declared, as the bound on the error is that of
 * the operators as they are, nor for the smallest arena, which is searched on the model as it is. With it the graph that all lemmas make.
 */
async function rewritten(request: BuildRequest, figure: Figure | undefined, bounded: Bounded | undefined): Promise<{ readonly request: BuildRequest; readonly graph: Graph }> {
  const { numeric = nothingAsked, contract } = request;
  const { graph } = rewriteGraph(importModel(request.model, importOptionsOf(request)).graph, numeric.lemmas);
  const fixed = numeric.box !== undefined || figure === "ram";
  const lemmas = fixed ? [] : await exactLemmas(graph, contract, aimFor(figure), bounded);
  if (lemmas.length === 0) return { request, graph };
  return { request: { ...request, numeric: { ...numeric, lemmas: [...numeric.lemmas, ...lemmas] } }, graph: rewriteGraph(graph, lemmas).graph };
}

function importOptionsOf({ fixDims, fixInputs = new Map(), contract }: BuildRequest): ImportOptions {
  return { fixDims, fixInputs, contract };
}

/** Whether all passes run on the model as it is. */
function isWhole({ numeric, skip, until }: BuildRequest): boolean {
  return (numeric?.lemmas ?? []).length === 0 && skip.length === 0 && until === undefined;
}

/** Programs tried to say what a search would give. */
const shortCandidates = 8;

/** What --minimise wcet would reach with a few programs, not proved; undefined where it cannot be used. */
export async function shortSearch(request: BuildRequest, { board, core, memory, optimisation }: TargetSetting): Promise<Alternative | undefined> {
  if (request.schedule !== undefined || !isWhole(request)) return undefined;
  const { graph } = importModel(request.model, importOptionsOf(request));
  const evaluator = await evaluatorOf({ graph, contract: request.contract, board, core, memory, cache: undefined });
  const forms = formsFor({ optimisation, floatCompare: request.floatCompare ?? "float" }, () => false);
  const { bound } = await searchSchedule({ evaluator, forms, limit: shortCandidates, report: () => undefined });
  return bound === undefined ? undefined : { what: `--minimise wcet, of the first ${shortCandidates} programs it tries`, bound: BigInt(Math.ceil(bound)) };
}

/** What the rules of a schedule that nobody wrote do not fit is no news. */
export function withoutAdvice(result: BuildResult, { schedule }: BuildRequest): BuildResult {
  return schedule === undefined ? { ...result, advice: [] } : result;
}

const grouped = (n: bigint | number | undefined): string => n?.toLocaleString("en") ?? "none";

/** For the screen: what the search started from. */
export function searchLines(found: Found | undefined): readonly string[] {
  if (found === undefined) return [];
  const { before, tried, forms, form: { optimisation, floatCompare } } = found;
  const form = [...(optimisation === "O2" ? [] : [`--optimisation ${optimisation}`]), ...(floatCompare === "float" ? [] : [`--float-compare ${floatCompare}`])];
  return [
    `       default schedule ${grouped(before.default)}, usual tiles of the core ${grouped(before.usual)}; ${tried.length} choices and ${forms.length} forms of the code tried`,
    ...(form.length === 0 ? [] : [`       chosen with the schedule: ${form.join(" ")}`]),
  ];
}

export function searchJson(found: Found | undefined): object {
  return found === undefined ? {} : { search: { before: found.before, tried: found.tried.length, form: found.form, chosen: found.chosen } };
}
