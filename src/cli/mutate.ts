/** `obligato mutate`: what could be wrong made wrong on purpose; each mutant must be noticed. */
import { type Command, InvalidArgumentError } from "commander";
import { type MutantScore, scoreTextMutants } from "../../backends/c/mutate.js";
import { Refusal } from "../../ir/prelude.js";
import { buildModel } from "../driver.js";
import { runMutants } from "../mutate/all.js";
import { explainPass } from "../mutate/explain.js";
import { catalogue } from "../mutate/catalogue.js";
import { runCatalogue } from "../mutate/index.js";
import { type MutantKind, type MutantRow, isHole, mutantKinds, scoreByKind } from "../mutate/row.js";
import { isBuilt, openPackage } from "../run/package.js";
import { type BuildOptions, requestOf, withBuildOptions } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { type SetExit, naturalNumber, oneLine, positiveInteger, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends BuildOptions {
  readonly text?: string;
  readonly only?: string;
  readonly kind: readonly MutantKind[];
  readonly emitTest?: string;
  readonly count: number;
  readonly seed: number;
}

export function addMutate(program: Command, setExit: SetExit): void {
  withCommonOptions(withBuildOptions(program.command("mutate")))
    .summary("wrong passes, proofs, tables and C on purpose: each must be noticed")
    .description(`Makes wrong what could be wrong (${mutantKinds.join(", ")}) and lists what nobody noticed. With --text: single tokens of emitted C are changed, and each change must be noticed.`)
    .option("--kind <kind>", "only mutants of this kind; may be given several times", kindOf, [])
    .option("--only <name>", "one mutant; a wrong pass is shown with both programs and the inputs that tell them apart")
    .option("--emit-test <dir>", "with --only NAME of a wrong pass: a test that runs and shows the difference")
    .option("--text <target>", "a model, or a built directory, whose C is changed")
    .option("--count <n>", "number of mutants with --text", positiveInteger, 500)
    .option("--seed <n>", "choice of mutants with --text", naturalNumber, 1)
    .addHelpText("after", examples)
    .action(async (options: Options) => setExit(await mutate(options)));
}

const examples = `
Examples:
  obligato mutate
  obligato mutate --kind pass --kind kernel --json
  obligato mutate --only halo-short-by-one --emit-test out/halo
  obligato mutate --text out/model --count 500 --seed 1
`;

function kindOf(text: string, before: readonly MutantKind[]): readonly MutantKind[] {
  const kind = mutantKinds.find((it) => it === text);
  if (kind === undefined) throw new InvalidArgumentError(`one of ${mutantKinds.join(", ")} is expected`);
  return [...before, kind];
}

async function mutate(options: Options): Promise<number> {
  if (options.text === undefined) return mutateAll(options);
  const files = isBuilt(options.text) ? openPackage(options.text).files : await emitted(options.text, options);
  return show(scoreTextMutants(files, options.count, options.seed), options);
}

/** One wrong pass is run alone; any other mutant is picked from the rows of its kind. */
async function mutateAll(options: Options): Promise<number> {
  const pass = catalogue.find(({ name }) => name === options.only);
  if (pass !== undefined) {
    const rows = await runCatalogue({ only: pass.name, jobs: options.jobs });
    if (options.json !== true) say(options, ...await explainPass(pass, rows[0], options.emitTest), "");
    else if (options.emitTest !== undefined) await explainPass(pass, rows[0], options.emitTest);
    return showRows(rows, options);
  }
  const progress = progressLine(options);
  try {
    const kinds = options.kind.length > 0 ? options.kind : mutantKinds;
    const rows = await runMutants({ jobs: options.jobs, kinds, onKind: progress.stage });
    progress.clear();
    const wanted = rows.filter(({ name }) => options.only === undefined || name === options.only);
    if (wanted.length === 0 && options.only !== undefined) throw new Refusal("usage", "no-target", `there is no mutant ${options.only}`, undefined, "leave --only out to see all names");
    return showRows(wanted, options);
  } finally {
    progress.clear();
  }
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

/** Exit 1 for a survivor that nothing explains, 3 if nothing ran. */
function showRows(rows: readonly MutantRow[], options: Options): number {
  const holes = rows.filter(isHole);
  if (options.json === true) sayJson(rows.map((row) => ({ ...row, rule: row.rules[0] ?? "" })));
  else say(options, ...rowLines(rows), ...scoreLines(rows));
  if (rows.length === 0) return exitCodes.nothingChecked;
  return holes.length === 0 ? exitCodes.ok : exitCodes.refuted;
}

/** Wrong passes one by one; of the systematic kinds only what survived. */
function rowLines(rows: readonly MutantRow[]): readonly string[] {
  const width = Math.max(0, ...rows.filter(({ kind }) => kind === "pass").map(({ name }) => name.length));
  return rows.flatMap(({ name, kind, killed, rules, replayed, bug, by, source, equivalent }) => {
    if (kind === "pass") return [`${killed ? "killed  " : "SURVIVED"}  ${name.padEnd(width)}  ${rules.join(" ").padEnd(8)}  ${replayed ? "replayed" : "proof only"}  ${bug}${source === "" ? "" : ` (${source})`}`];
    if (killed) return rows.length === 1 ? [`killed    ${kind} ${oneLine(name)}: ${bug}; by ${oneLine(by)}`] : [];
    return [`${equivalent === undefined ? "SURVIVED  " : "equivalent"}  ${kind} ${oneLine(name)}: ${bug}${equivalent === undefined ? "" : `; ${equivalent}`}`];
  });
}

function scoreLines(rows: readonly MutantRow[]): readonly string[] {
  const replayed = rows.filter((row) => row.kind === "pass" && row.replayed).length;
  const lines = scoreByKind(rows).map(({ kind, mutants, killed, equivalent, holes }) =>
    kind === "pass" ? `${mutants} wrong passes, ${killed} refuted, ${replayed} replayed` : `${mutants} ${kind} mutants, ${killed} noticed, ${equivalent} equivalent, ${holes} not noticed`);
  return lines;
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
