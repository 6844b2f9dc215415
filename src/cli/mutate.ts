/** `obligato mutate`: wrong C and wrong passes on purpose; each must be noticed. */
import type { Command } from "commander";
import { type MutantScore, scoreTextMutants } from "../../backends/c/mutate.js";
import { Refusal } from "../../ir/prelude.js";
import { buildModel } from "../driver.js";
import { isBuilt, openPackage } from "../run/package.js";
import { type BuildOptions, requestOf, withBuildOptions } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { type SetExit, naturalNumber, oneLine, positiveInteger, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends BuildOptions {
  readonly text?: string;
  readonly count: number;
  readonly seed: number;
}

export function addMutate(program: Command, setExit: SetExit): void {
  withCommonOptions(withBuildOptions(program.command("mutate")))
    .summary("wrong C on purpose: each must be noticed")
    .description("Changes single tokens of the emitted C of a model or built directory: each change must be refused by the reader, or give the same program.")
    .option("--text <target>", "a model, or a built directory, whose C is changed")
    .option("--count <n>", "number of mutants", positiveInteger, 500)
    .option("--seed <n>", "choice of mutants", naturalNumber, 1)
    .addHelpText("after", "\nExamples:\n  obligato mutate --text out/model --count 500 --seed 1\n")
    .action(async (options: Options) => setExit(await mutate(options)));
}

async function mutate(options: Options): Promise<number> {
  if (options.text === undefined) throw new Refusal("usage", "no-target", "there is nothing to change", undefined, "give --text MODEL or --text DIR");
  const files = isBuilt(options.text) ? openPackage(options.text).files : await emitted(options.text, options);
  return show(scoreTextMutants(files, options.count, options.seed), options);
}

/** The C of a model; its proof is not the question here. */
async function emitted(model: string, options: Options): ReturnType<typeof filesOf> {
  const progress = progressLine(options);
  try {
    return await filesOf(model, options, progress);
  } finally {
    progress.clear();
  }
}

async function filesOf(model: string, options: Options, progress: ReturnType<typeof progressLine>) {
  const { code } = await buildModel({ ...requestOf(options), model, prove: false }, progress);
  return code?.emission.files ?? [];
}

/** A survivor is a mutant that nobody noticed. */
function show(scores: readonly MutantScore[], options: Options): number {
  const survivors = scores.filter(({ killed }) => !killed);
  const by = new Map<string, number>();
  for (const { by: who } of scores) by.set(who, (by.get(who) ?? 0) + 1);
  if (options.json === true) sayJson({ mutants: scores.length, by: Object.fromEntries(by), survivors });
  else {
    say(options, `${scores.length} mutants; ${[...by].map(([who, count]) => `${who} ${count}`).join(", ")}`);
    say(options, ...survivors.map(({ name }) => `survived: ${oneLine(name)}`));
  }
  if (scores.length === 0) return exitCodes.nothingChecked;
  return survivors.length === 0 ? exitCodes.ok : exitCodes.refuted;
}
