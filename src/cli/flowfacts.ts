/** `obligato flowfacts`: facts about the loops of one ELF, or of the C, in the format of an analyser. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { runName } from "../../backends/c/names.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { Refusal, present } from "../../ir/prelude.js";
import { markedLoops } from "../../wcet/facts/counted.js";
import { factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import type { FactFormat } from "../../wcet/bind/formats/format.js";
import { type Bank, otawaProblems } from "../../wcet/bind/otawa-gate.js";
import type { CodeGraph } from "../../wcet/cfg/graph.js";
import type { Elf } from "../../wcet/elf/elf.js";
import { type LineTable, lineFlags } from "../../wcet/facts/lines.js";
import { type SourceFormat, annotated, sourceProblems } from "../../wcet/export/source-format.js";
import { sourceFormats } from "../../wcet/export/source-formats.js";
import { readInput } from "../onnx/import.js";
import { type CompiledFor, compiledFor } from "../run/analyser-flags.js";
import { type BuiltPackage, isBuilt, openPackage } from "../run/package.js";
import { withTargetElf } from "../run/timing.js";
import { countFacts } from "./count-facts.js";
import { exitCodes } from "./exit.js";
import { boardNamed, targetWords } from "./target-options.js";
import { type CommonOptions, type SetExit, oneLine, positiveInteger, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly elf?: string;
  readonly format: string;
  readonly target: string;
  readonly optimisation: Optimisation;
  readonly output?: string;
  readonly check?: string;
  readonly count?: number | true;
  readonly for?: "otawa";
  readonly bank: readonly Bank[];
}

export function addFlowfacts(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("flowfacts <dir>"))
    .summary("loop bounds of a linked binary, or of the C, for a timing analyser")
    .description("Finds the loops of an ELF that links the marked objects of a built directory, and writes their bounds by label and offset; or, for a format of annotated C, a copy of the source with its bounds. The text is read again, and the facts of an ELF replayed, before it is written. Without --elf the directory's C is compiled and linked here, and the ELF is written beside the facts.")
    .option("--elf <file>", "the ELF whose loops are meant")
    .addOption(new Option("--format <name>", "of the facts").choices([...factFormats, ...sourceFormats].map(({ name }) => name)).default("ffx"))
    .addOption(new Option("--for <analyser>", "refuse an ELF that this analyser cannot read as it is").choices(["otawa"]))
    .option("--bank <start..end>", "memory of the analyser's board, for --for; may be given again", addBank, [])
    .addOption(new Option("--target <name>", "what to compile for without --elf").choices(targetWords).default("cortex-m4"))
    .addOption(new Option("--optimisation <level>", "of the compiler without --elf").choices(["O0", "O1", "O2", "O3", "Os"]).default("O2"))
    .option("-o, --output <file>", "where to write the facts")
    .option("--check <file>", "compare this file with the facts of the ELF instead of writing one; needs --elf")
    .option("--count [runs]", "run the C with its marks as counters and compare with the facts of the directory: exit 1 if one differs", positiveInteger)
    .addHelpText("after", "\nExamples:\n  obligato flowfacts out/model --elf firmware.elf --format f4 --for otawa -o firmware.ff\n  obligato flowfacts out/model --format ffx -o model.ffx\n  obligato flowfacts out/model --format tacle -o model.tacle.c\n  obligato flowfacts out/model --count\n")
    .action(async (target: string, options: Options) => setExit(await flowfacts(target, options)));
}

/** `0x08000000..0x08200000`: addresses from the first up to, not including, the last. */
function addBank(text: string, before: readonly Bank[]): readonly Bank[] {
  const [, start, end] = /^(0x[0-9a-f]+)\.\.(0x[0-9a-f]+)$/i.exec(text) ?? [];
  const bank = { start: Number(start), end: Number(end) };
  if (!(bank.start < bank.end)) throw usage(`${text} is no range of addresses`, "write --bank 0x08000000..0x08200000");
  return [...before, bank];
}

function usage(what: string, remedy: string): Refusal {
  return new Refusal("usage", "usage", what, undefined, remedy);
}

async function flowfacts(target: string, options: Options): Promise<number> {
  if (!isBuilt(target)) throw new Refusal("usage", "not-built", `${target} is no built directory`, target, "run `obligato build` first and give its directory");
  const built = openPackage(target);
  if (options.count !== undefined) return countFacts(built, options.count === true ? 4 : options.count, options);
  const source = sourceFormats.find(({ name }) => name === options.format);
  if (source !== undefined) return sourceFacts(built, source, options);
  const format = present(factFormats.find(({ name }) => name === options.format), options.format);
  if (options.for === "otawa" && !/^(?:f4|ffx(?:-lines)?)$/.test(format.name)) throw usage(`OTAWA does not read ${format.title}`, "choose --format f4, ffx or ffx-lines");
  return elfFacts(built, format, options);
}

function outputOf({ check, output = check }: Options): string {
  if (output === undefined) throw usage("nowhere to write the facts", "give -o FILE, or --check FILE with --elf");
  return output;
}

async function elfFacts(built: BuiltPackage, format: FactFormat, options: Options): Promise<number> {
  const output = outputOf(options);
  const elfPath = options.elf ?? `${output}.elf`;
  const { made: elf, extra } = options.elf === undefined ? await compiledHere(built, format, options) : { made: readInput(options.elf), extra: [] };
  const facts = codeFactsOf(built.read.program);
  const [loops, guards] = [markedLoops(facts.loops, built.read.bounds), facts.guards.map(({ taken }) => taken)];
  const gate = options.for === undefined ? {} : { gate: (image: Elf, code: CodeGraph) => otawaProblems(image, code, options.bank) };
  const found = await factFileOf({ elf, where: basename(elfPath), entry: runName(built.model), loops, guards, format, lines: linesOf(built), ...gate });
  if (found.kind === "none") return nothing(found.reasons, options);
  if (options.check !== undefined) return compared(options.check, found.text, options);
  if (options.elf === undefined) writeFileSync(elfPath, elf);
  writeFileSync(output, found.text);
  const about = { format: format.name, file: output, elf: elfPath, flags: extra, loops: found.loops, replayed: Number(found.replayed) };
  if (options.json === true) sayJson(about);
  else say(options, `${found.loops} loops of ${elfPath} in ${output} (${format.title})`, `read again and replayed: at most ${found.replayed.toLocaleString("en")} instructions from these facts alone`, ...extra.map((flag) => `compiled with ${flag}, which the analyser needs here`));
  return exitCodes.ok;
}

function compiledHere(built: BuiltPackage, { byLine }: FactFormat, options: Options): Promise<CompiledFor<Uint8Array>> {
  const about = { built, board: boardNamed(options.target), optimisation: options.optimisation };
  const compile = (extra: readonly string[]): Promise<Uint8Array> => withTargetElf({ ...about, extra: [...(byLine === true ? lineFlags : []), ...extra] }, (path) => Promise.resolve(readFileSync(path)));
  return compiledFor(options.for, runName(built.model), compile, (image) => image);
}

function linesOf({ read }: BuiltPackage): LineTable {
  return new Map(read.bounds.map(({ loop, file, line, called }) => [loop, called === true ? undefined : { file, line }]));
}

/** A copy of the one file that holds the loops. */
function sourceFacts(built: BuiltPackage, format: SourceFormat, options: Options): number {
  const output = outputOf(options);
  if (options.elf !== undefined || options.for !== undefined) throw usage(`${format.title} are written into the C, not for an ELF`, "leave out --elf and --for");
  const bounds = built.read.bounds.filter(({ called }) => called !== true);
  const names = [...new Set(bounds.map(({ file }) => file))];
  const file = built.files.find(({ name }) => name === names[0]);
  if (file === undefined || names.length > 1) return nothing([`loops are in ${names.length} files of C, and a copy is made of one`], options);
  const text = annotated(format, file.text, bounds);
  const problems = sourceProblems(format, text, file.text, bounds);
  if (problems.length > 0) return nothing(problems, options);
  if (options.check !== undefined) return compared(options.check, text, options);
  writeFileSync(output, text);
  if (options.json === true) sayJson({ format: format.name, file: output, source: file.name, loops: bounds.length });
  else say(options, `${bounds.length} loops of ${file.name} in ${output} (${format.title})`, "read again: the code is that of the build, and each loop has its bound");
  return exitCodes.ok;
}

function nothing(reasons: readonly string[], options: Options): number {
  if (options.json === true) sayJson({ kind: "none", reasons });
  else say(options, "no facts:", ...reasons.slice(0, 10).map((reason) => `  ${oneLine(reason)}`), ...(reasons.length > 10 ? [`  and ${reasons.length - 10} more; --json names all`] : []));
  return exitCodes.unproved;
}

/** Facts that were changed, or belong to another ELF, are not those of this one. */
function compared(path: string, due: string, options: Options): number {
  const same = new TextDecoder().decode(readInput(path)) === due;
  if (options.json === true) sayJson({ file: path, same });
  else say(options, same ? `${path} has the facts as they are` : `${path} does not have the facts as they are: export them again`);
  return same ? exitCodes.ok : exitCodes.nothingChecked;
}
