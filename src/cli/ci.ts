/** What `build` and `prove` share for continuous integration: the configuration file, and reports for the tools around it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { type Config, findConfig } from "../config.js";
import type { CheckedBuild } from "../report/checked.js";
import { printJunit } from "../report/junit.js";
import { printSarif } from "../report/sarif.js";
import { diagnosticOf } from "./terminal.js";

export interface CiOptions {
  readonly config?: string;
  readonly sarif?: string;
  readonly junit?: string;
}

export function withCiOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration (default: obligato.config.json beside the model or in the working directory)")
    .option("--sarif <file>", "write the claims as SARIF 2.1.0")
    .option("--junit <file>", "write the claims as JUnit XML, a suite per stage");
}

/** Options that were not given on the command line, as the configuration says them. */
export function configured<T extends object>(command: Command, options: T, given: { readonly config: string | undefined; readonly model: string | undefined }): { readonly options: T; readonly config: Config | undefined } {
  const config = findConfig(given.config, given.model);
  if (config === undefined) return { options, config };
  const said = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const { output, schedule, muladd, jobs, solver } = config;
  const from: [string, unknown][] = Object.entries({ output, schedule, muladd, jobs, solver }).filter(([name, value]) => value !== undefined && !said(name) && !(name === "schedule" && objectives.some(said)));
  for (const [name, value] of optionsFrom(command, config, said)) {
    command.setOptionValueWithSource(name, value, "config");
    from.push([name, value]);
  }
  const own = "fixDim" in options && options.fixDim instanceof Map ? [...options.fixDim] : [];
  const dims = config.fixDims.size > 0 ? { fixDim: new Map([...config.fixDims, ...own]) } : {};
  const values = "fixInput" in options && options.fixInput instanceof Map ? [...options.fixInput] : [];
  const inputs = config.fixInputs.size > 0 ? { fixInput: new Map([...config.fixInputs, ...values]) } : {};
  return { options: { ...options, ...Object.fromEntries(from), ...dims, ...inputs }, config };
}

/** A schedule on the command line leaves nothing to search. */
const searches: readonly string[] = ["minimise", "optimise", "candidates", "searchCache"];

/** Both names of what is to be small: one on the command line stands for the other in the file. */
const objectives: readonly string[] = ["minimise", "optimise"];

/** The words of the configuration for options that this command has, read as the command line reads them. */
function optionsFrom(command: Command, { options, path }: Config, said: (name: string) => boolean): readonly (readonly [string, unknown])[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    const word = options.get(name);
    if (word === undefined || said(name) || (said("schedule") && searches.includes(name)) || (objectives.includes(name) && objectives.some(said))) return [];
    try {
      return [[name, option.parseArg === undefined ? word : option.parseArg(word, undefined)] as const];
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new Refusal("usage", "config", `${name} is ${JSON.stringify(word)}: ${error.message}`, path, "correct the configuration file; schemas/config.schema.json describes it");
    }
  });
}

/** Writes what is asked for; a run without any claim exits 3 if it would have exited 0. */
export function writeReports(build: CheckedBuild, { sarif, junit }: CiOptions): void {
  if (sarif !== undefined) put(sarif, printSarif(build));
  if (junit !== undefined) put(junit, printJunit(build));
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A refusal is in the reports too, so that a step that uploads them finds one. */
export async function reporting<T>(target: string, options: CiOptions, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refusal) {
      const { code, what, exit } = diagnosticOf(error);
      writeReports({ target, stages: [], sources: [], exit, refusal: { code, what } }, options);
    }
    throw error;
  }
}
