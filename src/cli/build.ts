/** `obligato build`: a model to proved C with its evidence, or nothing. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { type BuildRequest, type BuildResult, type Progress, buildModel } from "../driver.js";
import { type Certified, certify } from "../evidence/certificates.js";
import { openOutput } from "../evidence/output-directory.js";
import { type Additions, type WrittenPackage, writePackage } from "../evidence/package.js";
import type { PackageTarget } from "../evidence/package-facts.js";
import { readInput } from "../onnx/import.js";
import { type BuildOptions, requestOf, withBuildOptions } from "./build-options.js";
import type { CheckedBuild } from "../report/checked.js";
import { scheduledTargets } from "../schedule/targets.js";
import type { Figure } from "../schedule/minimise.js";
import type { VectorMachine } from "../schedule/vector/machine.js";
import { jsonOf, screenOf } from "./build-report.js";
import { type OverBudget, overBudget, targetOf } from "./build-target.js";
import { type CiOptions, configured, reporting, withCiOptions, writeReports } from "./ci.js";
import { exitCodes, exitOfOutcome } from "./exit.js";
import { type MinimiseOptions, minimisedRequest, oneFigure, withMinimise } from "./minimise.js";
import { type Planned, type Search, type SearchOptions, planFor, searchOf, withSearchOptions, withoutAdvice } from "./optimise.js";
import { type CommonOptions, type SetExit, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";
import { processorLines, processorOf, scheduledFor } from "./processor.js";
import { type TargetOptions, type TargetSetting, boardNamed, settingOf, targetWords, withTargetOptions } from "./target-options.js";

interface Options extends BuildOptions, CiOptions, TargetOptions, SearchOptions, MinimiseOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly keepFailed?: string;
  readonly certify?: boolean;
}

export function addBuild(program: Command, setExit: SetExit): void {
  withCommonOptions(withSearchOptions(withMinimise(withTargetOptions(withCiOptions(withBuildOptions(program.command("build [model]")))))))
    .summary("compile a model to C and prove every step")
    .description("Compiles an ONNX model to C and proves every step. Writes C and evidence to a directory that appears only if everything is proved.")
    .option("-o, --output <dir>", "where to write (default: the model's name with .obligato)")
    .option("--force", "replace what an earlier build wrote there")
    .option("--keep-failed <dir>", "write the evidence of a failed build there")
    .addOption(new Option("--target <name>", "the schedule that suits this target; for a small core, compile for it too and bound time and stack of the binary").choices([...targetWords, ...scheduledTargets]))
    .addOption(new Option("--for <analyser>", "make the image for --target one that this analyser reads as it is; implies --float-compare integer").choices(["otawa"]))
    .option("--certify", "add a certificate to every claim, so that an audit needs no solver; needs cadical")
    .addHelpText("after", examples)
    .action(async (argument: string | undefined, given: Options, command: Command) => {
      const { options: said, config } = configured(command, given, { config: given.config, model: argument });
      const options = oneFigure(said.for !== undefined && command.getOptionValueSource("floatCompare") === "default" ? { ...said, floatCompare: "integer" as const } : said);
      const model = argument ?? config?.model ?? noModel();
      const request = { ...requestOf(options), model, ...(config?.replication === undefined ? {} : { replication: config.replication }) };
      const fixed = (option: string): boolean => command.getOptionValueSource(option) !== "default";
      setExit(await reporting(model, options, () => build(request, targetsOf(model, options, fixed), options)));
    });
}

function noModel(): never {
  throw new Refusal("usage", "usage", "no model is named", undefined, "name a model, or give `model` in obligato.config.json");
}

const examples = `
Examples:
  obligato build model.onnx -o out/model
  obligato build model.onnx -o out/model --force --fix-dim batch=1
  obligato build model.onnx --skip tile-loops --muladd fused
  obligato build model.onnx -o out/model --keep-failed out/failed --json
  obligato build model.onnx -o out/model --target cortex-m4f --flash-wait-states 5 --wcet-budget 12ms@168MHz
  obligato build model.onnx -o out/model --target cortex-m4f --minimise wcet
  obligato build model.onnx -o out/model --target cortex-m4f --minimise ram
  obligato build model.onnx -o out/model --target x86-64-v4
  obligato build model.onnx -o out/model --target cortex-m4f --for otawa
  obligato build --config obligato.config.json --sarif out/claims.sarif --junit out/claims.xml
`;

export interface Targets {
  readonly directory: string;
  readonly force: boolean;
  /** Where the evidence of a failed build goes, if it is kept. */
  readonly failed: string | undefined;
  /** Whether each claim gets a certificate. */
  readonly certified?: boolean;
  /** What is compiled besides, and how long it may take. */
  readonly binary?: TargetSetting | undefined;
  /** How the schedule for it is searched. */
  readonly search?: Search | undefined;
  /** The processor whose vectors the schedule is for; nothing is compiled for it. */
  readonly processor?: VectorMachine | undefined;
  /** What the schedule shall make small besides. */
  readonly minimise?: Figure | undefined;
}

function targetsOf(model: string, options: Options, fixed: Search["fixed"]): Targets {
  const { output, force = false, keepFailed, certify: certified = false, target } = options;
  if (target === undefined && options.for !== undefined) throw new Refusal("usage", "usage", "an analyser is named, and no target", undefined, "add --target, such as cortex-m4f");
  if (target === undefined && (options.wcetBudget !== undefined || options.core !== undefined)) throw new Refusal("usage", "usage", "a budget or a core is named, and no target", undefined, "add --target, such as cortex-m4f");
  const processor = processorOf(options);
  const binary = target === undefined || processor !== undefined ? undefined : settingOf(options, boardNamed(target));
  return { directory: output ?? `${basename(model).replace(/\.onnx$/, "")}.obligato`, force, failed: keepFailed, certified, binary, search: searchOf(options, fixed), processor, minimise: options.minimise };
}

/** Returns the exit code. The directory is opened first: an unwritable one is found before the proving. */
export async function build(asked: BuildRequest, { directory, force, failed, certified = false, binary: given, search, processor, minimise }: Targets, options: CommonOptions & CiOptions): Promise<number> {
  readInput(asked.model);
  const into = openOutput(directory, force);
  const progress = progressLine(options);
  try {
    const planned = given === undefined ? undefined : await planFor(asked, given, search, progress.stage, minimise);
    const { request: scheduled = processor === undefined ? asked : scheduledFor(asked, processor), setting: binary, found, record }: Partial<Planned> = planned ?? {};
    if (minimise !== undefined) progress.stage(`schedule for ${minimise}`);
    const request = minimisedRequest(asked, scheduled, minimise, given !== undefined);
    const result = withoutAdvice(await buildModel(request, progress), asked);
    const { certificates, missing } = certified && result.outcome === "proved" ? await certifyBuild(result, progress) : none;
    if (missing.length > 0) return uncertified(missing, options);
    progress.stage("writing");
    let written: WrittenPackage | undefined;
    let target: PackageTarget | undefined;
    if (result.outcome === "proved") {
      target = await targetOf(result, binary, progress);
      const refusal = target === undefined || binary === undefined ? undefined : await overBudget({ ...result, request: asked }, target, binary, found !== undefined);
      if (refusal !== undefined) return await refused(refusal, options, () => (failed === undefined ? Promise.resolve() : keepFailed(result, failed, force, { certificates, target, search: record })));
      written = writePackage(result, into, { certificates, target, search: record });
      await into.commit();
    } else if (failed !== undefined) written = await keepFailed(result, failed, force);
    progress.clear();
    writeReports(checkedOf(result, directory), options);
    const place = result.outcome === "proved" ? directory : failed;
    const report = { result, model: request.model, directory: place, written, target, found };
    if (options.json === true) sayJson(jsonOf(report));
    else say(options, ...screenOf(report, options), ...(result.outcome === "proved" ? processorLines(processor) : []));
    return result.outcome === "proved" && result.numeric?.unbounded !== undefined ? exitCodes.unproved : exitOfOutcome[result.outcome];
  } finally {
    progress.clear();
    into.discard();
  }
}

const none: Certified = { certificates: new Map(), missing: [] };

function certifyBuild({ stages, request }: BuildResult, progress: Progress): Promise<Certified> {
  progress.stage("certificates");
  return certify(stages, request.jobs, progress.settled);
}

function uncertified(missing: readonly string[], options: CommonOptions): number {
  if (options.json === true) sayJson({ outcome: "unknown", uncertified: missing });
  else say(options, ...missing.slice(0, 10).map((line) => `no certificate: ${line}`), `${missing.length} claims have no certificate; build without --certify`);
  return exitCodes.unproved;
}

function checkedOf(result: BuildResult, directory: string): CheckedBuild {
  const files = result.code?.emission.files ?? [];
  const sources = files.map(({ name, text }) => ({ name, text, path: `${directory}/src/${name}` }));
  return { target: result.request.model, stages: result.stages, sources, exit: exitOfOutcome[result.outcome] };
}

/** Proved, but too slow: nothing is written where the code was to go. */
async function refused({ exit, lines, json }: OverBudget, options: CommonOptions, keep: () => Promise<unknown>): Promise<number> {
  await keep();
  if (options.json === true) sayJson(json);
  else say(options, ...lines);
  return exit;
}

async function keepFailed(result: BuildResult, directory: string, force: boolean, additions: Additions = {}): Promise<WrittenPackage> {
  const into = openOutput(directory, force);
  try {
    const written = writePackage(result, into, additions);
    await into.commit();
    return written;
  } finally {
    into.discard();
  }
}
