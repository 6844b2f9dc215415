/** `obligato schedule`: the default schedule for editing, a file checked, and what of it a model has. */
import { type Command, Option } from "commander";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { referenceDataflow } from "../lower/dataflow.js";
import { Refusal } from "../../ir/prelude.js";
import { importModel, readInput } from "../onnx/import.js";
import { programsOf } from "../optimise/evaluate.js";
import { usualSteps } from "../optimise/search.js";
import type { Staged } from "../pass.js";
import { pipeline } from "../pipeline.js";
import { type Schedule, defaultSchedule, parseSchedule, printSchedule } from "../schedule.js";
import { adviceOn } from "../schedule/matches.js";
import { scheduleFor, scheduledTargets } from "../schedule/targets.js";
import { planSteps } from "../steps.js";
import { boards } from "../toolchain/boards.js";
import { fixDim } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";

/** Cores without vectors, as `build --target` names them. */
const smallCores: readonly string[] = boards.map((board) => board.target);

interface Options extends CommonOptions {
  readonly check?: string;
  readonly for?: string;
  readonly target?: string;
  readonly fixDim: ReadonlyMap<string, number>;
}

export function addSchedule(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("schedule"))
    .summary("print or check a schedule")
    .description("Prints the default schedule for editing, or checks a schedule file. With a model, runs its passes without proving and tells which rules fit nothing there.")
    .option("--default", "print the default schedule (what happens without options)")
    .option("--check <file>", "check a schedule file")
    .addOption(new Option("--target <processor>", "print the schedule for the registers of a processor").choices([...scheduledTargets, ...smallCores]))
    .option("--for <model>", "tell which rules fit no loop of this model and which steps change nothing; with a small core as --target, print the schedule for this model")
    .option("--fix-dim <name=n>", "extent of a dynamic dimension; may be given several times", fixDim, new Map<string, number>())
    .addHelpText("after", "\nExamples:\n  obligato schedule > mine.json\n  obligato schedule --target x86-64-v4 > fast.json\n  obligato schedule --target cortex-m4 --for model.onnx > small.json\n  obligato schedule --check mine.json\n  obligato schedule --check mine.json --for model.onnx\n")
    .action((options: Options) => {
      show(options);
      setExit(exitCodes.ok);
    });
}

function show(options: Options): void {
  const { check, for: model, target = "" } = options;
  if (check === undefined && smallCores.includes(target)) return printForCore(target, model, options.fixDim);
  const schedule = check === undefined ? (scheduleFor(target) ?? defaultSchedule()) : parseSchedule(new TextDecoder().decode(readInput(check)), check);
  if (check === undefined && model === undefined) {
    process.stdout.write(printSchedule(schedule));
    return;
  }
  const advice = model === undefined ? [] : adviceFor(schedule, model, options.fixDim);
  if (options.json === true) sayJson({ schedule: check ?? "default", steps: schedule.steps.length, advice });
  else say(options, ...advice.map((what) => `note   ${what}`), `${check ?? "the default schedule"}: version ${schedule.version}, ${schedule.steps.length} steps, ${advice.length} notes`);
}

/** Tiles of a small core are chosen nest by nest, so that they are those of one model. */
function printForCore(target: string, model: string | undefined, fixDims: ReadonlyMap<string, number>): void {
  if (model === undefined) throw new Refusal("usage", "usage", `the schedule for ${target} depends on the model`, "--target", "name it: --for model.onnx");
  const { graph } = importModel(model, { fixDims, contract: "separate" });
  process.stdout.write(printSchedule({ ...defaultSchedule(), target, steps: usualSteps(programsOf({ graph, contract: "separate" })) }));
}

/** Runs the passes of the schedule on the model, unproved. */
function adviceFor({ steps, muladd }: Schedule, model: string, fixDims: ReadonlyMap<string, number>): readonly string[] {
  const { graph } = importModel(model, { fixDims, contract: muladd });
  const reference = referenceProgram(graph, muladd);
  let current: Staged = { program: reference, dataflow: referenceDataflow(reference) };
  return planSteps({ schedule: steps, until: undefined, skip: [] }, pipeline).flatMap(({ pass, options }, k) => {
    const before = current.program;
    const result = pass.run(current, options);
    if (result !== undefined) current = { program: result.after, dataflow: result.witness };
    return adviceOn(k + 1, pass, options, before, result !== undefined);
  });
}
