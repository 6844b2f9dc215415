/** `obligato schedule`: the default schedule for editing, a file checked, and what of it a model has. */
import { type Command, Option } from "commander";
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type LemmaRequest, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { stagedReference } from "../lower/reference.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { lemmaOfText } from "../numeric/request.js";
import { importModel, readInput } from "../onnx/import.js";
import { programsOf } from "../optimise/evaluate.js";
import { paddingOf } from "../optimise/padding.js";
import { usualSteps } from "../optimise/search.js";
import { pipeline } from "../pipeline.js";
import { type Schedule, defaultSchedule, parseSchedule, printSchedule } from "../schedule.js";
import { adviceOn } from "../schedule/matches.js";
import { type ScheduledModel, scheduleFor, scheduledTargets } from "../schedule/targets.js";
import { planSteps } from "../steps.js";
import { boards } from "../toolchain/boards.js";
import { type Figure, stepsToMinimise } from "../schedule/minimise.js";
import { fixDim, fixInputOption } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { aimFor, minimiseOption } from "./minimise.js";
import { type CommonOptions, type SetExit, collect, say, sayJson, withCommonOptions } from "./terminal.js";

/** Cores without vectors, as `build --target` names them. */
const smallCores: readonly string[] = boards.map((board) => board.target);

interface Options extends CommonOptions {
  readonly check?: string;
  readonly for?: string;
  readonly target?: string;
  readonly minimise?: Figure;
  readonly lemma: readonly string[];
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
}

export function addSchedule(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("schedule [model]"))
    .summary("print or check a schedule")
    .description("Prints the default schedule for editing, or the one for a processor and a model, or checks a schedule file. With --for, runs its passes on a model without proving and tells which rules fit nothing there.")
    .option("--default", "print the default schedule (what happens without options)")
    .option("--check <file>", "check a schedule file")
    .addOption(new Option("--target <processor>", "print the schedule for the vectors or the registers of a processor: that of build --target for a model, or, for one with vectors, for any").choices([...scheduledTargets, ...smallCores]))
    .addOption(minimiseOption())
    .option("--lemma <request>", "as for build: the schedule is for the graph that it makes of the model, and asks for it; may be given several times", collect, [])
    .option("--for <model>", "tell which rules fit no loop of this model and which steps change nothing")
    .option("--fix-dim <name=n>", "extent of a dynamic dimension; may be given several times", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addHelpText("after", "\nExamples:\n  obligato schedule > mine.json\n  obligato schedule model.onnx --target x86-64-v4 > fast.json\n  obligato schedule model.onnx --target cortex-m4 > small.json\n  obligato schedule qdq.onnx --target cortex-m4 --lemma integer-quantised > integers.json\n  obligato schedule --target x86-64-v4 > any.json\n  obligato schedule model.onnx --minimise ram > little.json\n  obligato schedule --check mine.json\n  obligato schedule --check mine.json --for model.onnx\n")
    .action((subject: string | undefined, options: Options) => {
      show(subject, options);
      setExit(exitCodes.ok);
    });
}

function show(subject: string | undefined, options: Options): void {
  const { check, for: model, target, minimise = "time" } = options;
  if (subject !== undefined && target === undefined && minimise === "time") throw new Refusal("usage", "usage", "the default schedule is the same for every model", undefined, "add --target or --minimise, or name the model after --for");
  if (options.lemma.length > 0 && (subject === undefined || target === undefined || minimise === "ram")) {
    throw new Refusal("usage", "usage", "with a lemma a schedule is for the graph that it makes of a model, for a target, and not for little memory", "--lemma", "name the model and --target, or leave the lemma out");
  }
  const schedule = check === undefined ? (targetSchedule(subject, options) ?? defaultSchedule()) : parseSchedule(new TextDecoder().decode(readInput(check)), check);
  if (check === undefined && model === undefined) {
    process.stdout.write(printSchedule(schedule));
    return;
  }
  const advice = model === undefined ? [] : adviceFor(schedule, model, options);
  if (options.json === true) sayJson({ schedule: check ?? "default", steps: schedule.steps.length, advice });
  else say(options, ...advice.map((what) => `note   ${what}`), `${check ?? "the default schedule"}: version ${schedule.version}, ${schedule.steps.length} steps, ${advice.length} notes`);
}

/** Of the target, if one is named, made small in what is asked for; undefined where neither is. */
function targetSchedule(model: string | undefined, options: Options): Schedule | undefined {
  const { target, minimise = "time" } = options;
  const lemmas = options.lemma.map(lemmaOfText);
  if (target === undefined && minimise === "time") return undefined;
  if (minimise === "wcet") throw new Refusal("usage", "usage", "the schedule with the lowest bound is searched over compiled programs", undefined, "build --target CORE --minimise wcet leaves it in evidence/schedule.json");
  const contract = defaultSchedule().muladd;
  const given = model === undefined ? undefined : { graph: graphOf(model, options, contract, lemmas), contract };
  const smallCore = target !== undefined && smallCores.includes(target);
  const base = target === undefined ? defaultSchedule() : smallCore ? coreSchedule(target, given, options.minimise) : (scheduleFor(target, given) ?? defaultSchedule());
  const all = [...lemmas, ...(base.lemmas ?? [])];
  const asking = all.length === 0 ? base : { ...base, lemmas: all };
  if (smallCore && minimise === "code") return asking;
  return { ...asking, steps: stepsToMinimise(minimise, () => given ?? withoutModel(minimise), base.steps) };
}

/** What lemmas make of a model. */
function graphOf(model: string, { fixDim: fixDims, fixInput: fixInputs }: Pick<Options, "fixDim" | "fixInput">, contract: MulAddContract, lemmas: readonly LemmaRequest[]): Graph {
  return rewriteGraph(importModel(model, { fixDims, fixInputs, contract }).graph, lemmas).graph;
}

function withoutModel(figure: Figure): never {
  throw new Refusal("usage", "usage", `the schedule for ${figure} depends on the model`, "--minimise", `name it: obligato schedule model.onnx --minimise ${figure}`);
}

/** Tiles of a small core are chosen nest by nest, so that they are those of one model. */
function coreSchedule(target: string, model: ScheduledModel | undefined, figure: Figure | undefined): Schedule {
  if (model === undefined) throw new Refusal("usage", "usage", `the schedule for ${target} depends on the model`, "--target", `name it: obligato schedule model.onnx --target ${target}`);
  const lemmas = figure === "code" ? paddingOf(model.graph, model.contract) : [];
  const { graph } = rewriteGraph(model.graph, lemmas);
  return { ...defaultSchedule(), target, ...(lemmas.length === 0 ? {} : { lemmas }), steps: usualSteps(programsOf({ ...model, graph }), aimFor(figure)) };
}

/** Runs the passes of the schedule on the model, unproved. */
function adviceFor({ steps, muladd, lemmas = [] }: Schedule, model: string, options: Options): readonly string[] {
  let current = stagedReference(graphOf(model, options, muladd, lemmas), muladd);
  return planSteps({ schedule: steps, until: undefined, skip: [] }, pipeline).flatMap(({ pass, options }, k) => {
    const before = current.program;
    const result = pass.run(current, options);
    if (result !== undefined) current = { program: result.after, dataflow: result.witness };
    return adviceOn(k + 1, pass, options, before, result !== undefined);
  });
}
