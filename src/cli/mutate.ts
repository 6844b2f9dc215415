/** `obligato mutate`: wrong C and wrong passes on purpose; each must be noticed. */
import type { Command } from "commander";
import { type MutantScore, scoreTextMutants } from "../../backends/c/mutate.js";
import { Refusal } from "../../ir/prelude.js";
import { buildModel } from "../driver.js";
import { type CatalogueOptions, type Row, runCatalogue } from "../mutate/index.js";
import { isBuilt, openPackage } from "../run/package.js";
import { type BuildOptions, requestOf, withBuildOptions } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { type SetExit, naturalNumber, oneLine, positiveInteger, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends BuildOptions {
  readonly text?: string;
  readonly only?: string;
  readonly count: number;
  readonly seed: number;
}

export function addMutate(program: Command, setExit: SetExit): void {
  withCommonOptions(withBuildOptions(program.command("mutate")))
    .summary("wrong passes and wrong C on purpose: each must be noticed")
    .description("Without options: the catalogue of wrong passes, each with a witness that agrees with it; the kernel must refute each. With --text: single tokens of emitted C are changed, and each change must be noticed.")
    .option("--only <name>", "one entry of the catalogue")
    .option("--text <target>", "a model, or a built directory, whose C is changed")
    .option("--count <n>", "number of mutants", positiveInteger, 500)
    .option("--seed <n>", "choice of mutants", naturalNumber, 1)
    .addHelpText("after", "\nExamples:\n  obligato mutate\n  obligato mutate --text out/model --count 500 --seed 1\n")
    .action(async (options: Options) => setExit(await mutate(options)));
}

async function mutate(options: Options): Promise<number> {
  if (options.text === undefined) return showCatalogue(await runCatalogue(catalogueOptions(options)), options);
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

function catalogueOptions({ only, jobs }: Options): CatalogueOptions {
  return only === undefined ? { jobs } : { only, jobs };
}

/** A wrong pass counts as noticed only if an obligation is refuted; `unknown` is not enough. */
function showCatalogue(rows: readonly Row[], options: Options): number {
  if (rows.length === 0) throw new Refusal("usage", "no-target", `the catalogue has no entry ${options.only ?? ""}`, undefined, "leave --only out to see all names");
  const survivors = rows.filter(({ killed }) => !killed);
  if (options.json === true) sayJson(rows);
  else {
    const width = Math.max(...rows.map(({ name }) => name.length));
    say(options, ...rows.map(({ name, killed, rules, replay, bug }) => `${killed ? "killed  " : "SURVIVED"}  ${name.padEnd(width)}  ${rules.join(" ").padEnd(8)}  ${replay.kind === "confirmed" ? "replayed" : "proof only"}  ${bug}`));
    say(options, `${rows.length} wrong passes, ${rows.length - survivors.length} refuted, ${rows.filter(({ replay }) => replay.kind === "confirmed").length} replayed`);
  }
  return survivors.length === 0 ? exitCodes.ok : exitCodes.refuted;
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
