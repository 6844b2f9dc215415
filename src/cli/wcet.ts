/** `obligato wcet`: a bound on the worst case of the linked binary, where it is spent, its stack and its places in memory. */
import { writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { sensitivityLines, sensitivityOf } from "../optimise/sensitivity.js";
import { isBuilt, openPackage } from "../run/package.js";
import { timePicture } from "../evidence/time-picture.js";
import { alternatives } from "../run/alternatives.js";
import { comparedWithShipped, shippedLevel } from "../run/shipped.js";
import { measuresOf } from "../run/timing.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";
import { type TargetOptions, boardNamed, settingOf, targetWords, withTargetOptions } from "./target-options.js";
import { type WcetReport, jsonOf, screenOf, withinBudget } from "./wcet-report.js";

interface Options extends CommonOptions, TargetOptions {
  readonly elf?: string;
  readonly picture?: string;
  readonly target: string;
  readonly sensitivity?: boolean;
}

export function addWcet(program: Command, setExit: SetExit): void {
  withTargetOptions(withCommonOptions(program.command("wcet <dir>")))
    .summary("bound the worst case of the binary")
    .description("Compiles a built directory for a small core with the pinned flags, links it, and bounds how long the network can take, from the instructions of that ELF and the exact counts of the program. Without a core with a timing table the bound is a number of instructions.")
    .option("--elf <file>", "analyse this ELF instead: it must link the marked objects and keep its symbols")
    .addOption(new Option("--target <name>", "what to compile for").choices(targetWords).default("cortex-m4"))
    .option("--picture <file>", "draw where the bound is spent, as SVG: network, ONNX nodes, loops, classes of instructions")
    .option("--sensitivity", "also bound the program with each pass of its schedule left out; those programs are not proved")
    .addHelpText("after", "\nExamples:\n  obligato wcet out/model\n  obligato wcet out/model --core cortex-m4 --wcet-budget 12ms@168MHz\n  obligato wcet out/model --elf firmware.elf --json\n")
    .action(async (target: string, options: Options, command: Command) => {
      const shipped = command.getOptionValueSource("optimisation") === "default" ? shippedLevel(target, boardNamed(options.target).target) : undefined;
      setExit(await wcet(target, shipped === undefined ? options : { ...options, optimisation: shipped }));
    });
}

async function wcet(target: string, options: Options): Promise<number> {
  if (!isBuilt(target)) throw new Refusal("usage", "not-built", `${target} is no built directory`, target, "run `obligato build` first and give its directory");
  const built = openPackage(target);
  const { board, optimisation, core, memory, limit, hertz } = settingOf(options, boardNamed(options.target));
  const { image, measures } = await measuresOf({ built, board, elf: options.elf, optimisation, core, memory });
  const shipped = options.elf === undefined ? undefined : comparedWithShipped(built, image, options.elf);
  const over = withinBudget({ measures, limit }) === false;
  const tried = over ? await alternatives({ read: built.read, files: built.files, board, optimisation, core, memory, image, compiled: options.elf === undefined }) : [];
  const report = { measures, program: built.read.program, memory, limit, hertz, shipped, alternatives: tried };
  const without = options.sensitivity === true ? await sensitivityOf(built, { board, core, memory, form: { optimisation, floatCompare: built.read.floatCompare } }) : undefined;
  if (options.picture !== undefined) writePicture(options.picture, report, built.model);
  if (options.json === true) sayJson(without === undefined ? jsonOf(report) : { bound: jsonOf(report), sensitivity: without });
  else say(options, ...screenOf(report), ...(without === undefined ? [] : sensitivityLines(without, core.unit)));
  if (measures.time.kind === "none") return exitCodes.unproved;
  return over ? exitCodes.budget : exitCodes.ok;
}

/** No picture where there is no bound. */
function writePicture(path: string, { measures: { time }, program, memory }: WcetReport, model: string): void {
  if (time.kind === "bound") writeFileSync(path, timePicture(time, program, memory, model));
}
