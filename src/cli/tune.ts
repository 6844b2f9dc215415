/**
 * `obligato tune`: searches a schedule around that of a target and writes it to a file that
 * `build --schedule` reads. Nothing that is not proved is kept; a build proves it again.
 */
import { rmSync } from "node:fs";
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { Refusal } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { SolverChoice } from "../../proofs/provers/discharge.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { readInput } from "../onnx/import.js";
import { printSchedule } from "../schedule.js";
import { type Figure, figures } from "../schedule/minimise.js";
import { isLevel, levels } from "../toolchain/levels.js";
import { type BoundOptions, tuneBound } from "../tune/bound.js";
import { ownLevel, tuneModel } from "../tune/run.js";
import { openScheduleFile } from "../tune/schedule-file.js";
import { fixDim, fixInputOption, solverOption } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { boardNamed, targetWords } from "./target-options.js";
import { type CommonOptions, type SetExit, oneLine, paint, positiveInteger, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly target?: string;
  readonly minimise?: Figure;
  readonly measure?: boolean;
  readonly limit?: number;
  readonly perNest?: number | "all";
  readonly budget?: number;
  readonly searchCache?: string;
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
  readonly muladd: MulAddContract;
  readonly solver: SolverChoice;
}

const examples = `
Examples:
  obligato tune model.onnx --target x86-64-v4
  obligato tune model.onnx --measure -o fast.json && obligato build model.onnx --schedule fast.json
  obligato tune model.onnx --target x86-64-v3 --minimise code --limit 100
  obligato tune model.onnx --target cortex-m4f --minimise wcet --limit 60

A run that was interrupted goes on where it was if it is given again as it was.
`;

export function addTune(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("tune <model>"))
    .summary("search a faster or smaller schedule")
    .description("Searches around the schedule of a target, nest by nest, by a model of the processor or by measuring on this machine, proves what it keeps, and writes a schedule file for `build --schedule`.")
    .option("-o, --output <file>", "where to write the schedule (default: the model's name with .schedule.json)")
    .option("--force", "replace that file")
    .addOption(new Option("--target <name>", "what the code is for (default: the widest vectors that this machine has)").choices([...levels, ...targetWords]))
    .addOption(new Option("--minimise <figure>", "what is to be small: time, bytes of code, or the bound of the time on a small core (default: time, or wcet for a small core); ram needs no search").choices([...figures]))
    .option("--measure", "compile candidates, and run them on this machine in turns with what they have to beat")
    .option("--limit <n>", "candidates that may be compiled (default: 400, any number with --per-nest all)", positiveInteger)
    .option("--per-nest <n>", "candidates of one nest that are compiled, those first that the model likes, or `all` that registers hold (default: 8)", (text: string) => (text === "all" ? text : positiveInteger(text)))
    .option("--budget <time>", "no new candidate after this time, such as 90s, 10min or 2h", durationOf)
    .option("--search-cache <dir>", "where the answers of an interrupted run are kept (default: the schedule file with .search)")
    .option("--fix-dim <name=n>", "extent of a dynamic dimension; may be given several times", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addOption(new Option("--muladd <contract>", "rounding of multiply-add: twice or once").choices(["separate", "fused"]).default("separate"))
    .addOption(solverOption())
    .addHelpText("after", examples)
    .action(async (model: string, options: Options) => setExit(await tune(model, options)));
}

/** In milliseconds. */
export function durationOf(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})(s|min|h)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("a number with s, min or h is expected, such as 10min");
  return Number(count) * (unit === "h" ? 3_600_000 : unit === "min" ? 60_000 : 1000);
}

async function tune(model: string, options: Options): Promise<number> {
  readInput(model);
  const { output = `${basename(model).replace(/\.onnx$/, "")}.schedule.json`, force = false } = options;
  const search = searchFor(model, output, options);
  const file = openScheduleFile(output, force);
  const progress = progressLine(options);
  const interrupt = (): void => {
    search.stop();
    file.discard();
    progress.clear();
    process.stderr.write("interrupted: the same command goes on from here\n");
    process.exit(130);
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const found = await search.run(progress);
    progress.clear();
    if (found.proved) file.write(printSchedule(found.schedule));
    if (options.json === true) sayJson(jsonOf(model, output, found));
    else say(options, ...linesOf(model, output, found, options));
    return found.proved ? exitCodes.ok : exitCodes.unproved;
  } finally {
    progress.clear();
    file.discard();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

type Found = Awaited<ReturnType<typeof tuneModel>> | Awaited<ReturnType<typeof tuneBound>>;

interface Search {
  readonly run: (progress: ReturnType<typeof progressLine>) => Promise<Found>;
  readonly stop: () => void;
}

/** Throws a Refusal for words that do not go together. */
function searchFor(model: string, output: string, { target = ownLevel(), minimise = isLevel(target) ? "time" : "wcet", measure = false, perNest, limit = perNest === "all" ? Infinity : 400, budget, searchCache = `${output}.search`, fixDim: fixDims, fixInput: fixInputs, muladd: contract, solver, jobs }: Options): Search {
  const controller = new AbortController();
  const { signal } = controller;
  const made: string[] = [];
  const stop = (): void => {
    controller.abort();
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  };
  if (minimise === "ram") throw refused("the smallest arena is chosen, not searched", "obligato schedule MODEL --minimise ram prints that schedule");
  const common = { model, fixDims, fixInputs, contract, limit, budget, cache: searchCache, solver, jobs, signal, temporary: (folder: string) => made.push(folder) };
  if (isLevel(target)) {
    if (minimise === "wcet") throw refused(`there is no bound of the time on ${target}`, "name a small core, such as --target cortex-m4f, or leave --minimise wcet out");
    return { stop, run: (progress) => tuneModel({ ...common, level: target, aim: minimise, measure, perNest }, progress) };
  }
  if (minimise !== "wcet") throw refused(`for ${target} the bound of the time is what a search lowers`, "leave --minimise out, or name a target with vectors");
  if (perNest !== undefined) throw refused(`--per-nest is for targets with vectors, not for ${target}`, "give --limit instead");
  if (measure) throw refused(`code for ${target} does not run on this machine`, "leave --measure out");
  const bound: BoundOptions = { ...common, board: boardNamed(target) };
  return { stop, run: (progress) => tuneBound(bound, progress) };
}

function refused(what: string, remedy: string): Refusal {
  return new Refusal("usage", "usage", what, undefined, remedy);
}

const figure = (value: number, unit: Found["unit"]): string => (unit === "µs" ? value.toFixed(value < 10 ? 2 : 1) : Math.round(value).toLocaleString("en"));

function linesOf(model: string, output: string, { before, after, unit, kept, modelled, priced, known, dropped, proved, cut, schedule }: Found, options: CommonOptions): readonly string[] {
  const rows = kept.map(({ sites, choice, before: was, after: is }) => `  ${sites.join(" ").padEnd(24)} ${figure(was, unit).padStart(10)} -> ${figure(is, unit).padStart(10)} ${unit}  ${choiceText(choice)}`);
  const tried = [modelled > 0 ? `${modelled.toLocaleString("en")} choices modelled` : "", `${priced} candidates tried${known > 0 ? `, ${known} of them known from an earlier run` : ""}`].filter((text) => text !== "");
  const left = Object.entries(dropped).filter(([, count]) => count > 0).map(([why, count]) => `${count} ${why}`);
  return [
    `${oneLine(model)}, ${schedule.target}: ${tried.join(", ")}${cut ? " (cut short by --limit or --budget)" : ""}`,
    ...rows,
    ...(left.length > 0 ? [`dropped: ${left.join(", ")}`] : []),
    `${proved ? paint("PASS", "green", options) : paint("OPEN", "red", options)}   ${figure(before, unit)} -> ${figure(after, unit)} ${unit}, ${((after / before - 1) * 100).toFixed(1)} %${proved ? ", proved" : ", not proved: no schedule is written"}`,
    ...(proved ? [`files  ${output}; obligato build ${oneLine(model)} --schedule ${output}`] : []),
  ];
}

function choiceText({ tile: { lanes, rows, cut }, sum }: Found["kept"][number]["choice"]): string {
  const words = [
    ...(lanes === undefined ? [] : [`${lanes.size} lanes of ${lanes.loop}${lanes.pad ? ", padded" : ""}`]),
    ...rows.filter(({ size }) => size > 1).map(({ loop, size }) => `${size} rows of ${loop}${cut ? ", cut" : ""}`),
    ...(sum === undefined ? [] : [`${sum.size} steps of ${sum.loop}`]),
  ];
  return words.join("; ");
}

function jsonOf(model: string, output: string, { before, after, unit, kept, modelled, priced, known, dropped, proved, cut, schedule }: Found): object {
  return { model, schedule: proved ? output : null, target: schedule.target, unit, before, after, proved, kept, modelled, priced, known, dropped, cut };
}
