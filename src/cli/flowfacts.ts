/** `obligato flowfacts`: facts about the loops of one ELF, in the format of an analyser. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { runName } from "../../backends/c/names.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { factsOf } from "../../ir/loop/facts.js";
import { Refusal, present } from "../../ir/prelude.js";
import { factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import { readInput } from "../onnx/import.js";
import { isBuilt, openPackage } from "../run/package.js";
import { withTargetElf } from "../run/timing.js";
import { boards } from "../toolchain/boards.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, oneLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly elf?: string;
  readonly format: string;
  readonly target: string;
  readonly optimisation: Optimisation;
  readonly output?: string;
  readonly check?: string;
}

export function addFlowfacts(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("flowfacts <dir>"))
    .summary("loop bounds of a linked binary for a timing analyser")
    .description("Finds the loops of an ELF that links the marked objects of a built directory, and writes their bounds by label and offset. The text is read again and replayed before it is written. Without --elf the directory's C is compiled and linked here, and the ELF is written beside the facts.")
    .option("--elf <file>", "the ELF whose loops are meant")
    .addOption(new Option("--format <name>", "of the facts").choices(factFormats.map(({ name }) => name)).default("ffx"))
    .addOption(new Option("--target <name>", "what to compile for without --elf").choices(boards.map(({ target }) => target)).default("cortex-m4"))
    .addOption(new Option("--optimisation <level>", "of the compiler without --elf").choices(["O0", "O1", "O2", "O3", "Os"]).default("O2"))
    .option("-o, --output <file>", "where to write the facts")
    .option("--check <file>", "compare this file with the facts of the ELF instead of writing one; needs --elf")
    .addHelpText("after", "\nExamples:\n  obligato flowfacts out/model --elf firmware.elf --format f4 -o firmware.ff\n  obligato flowfacts out/model --format ffx -o model.ffx\n")
    .action(async (target: string, options: Options) => setExit(await flowfacts(target, options)));
}

async function flowfacts(target: string, options: Options): Promise<number> {
  if (!isBuilt(target)) throw new Refusal("usage", "not-built", `${target} is no built directory`, target, "run `obligato build` first and give its directory");
  const built = openPackage(target);
  const format = present(factFormats.find(({ name }) => name === options.format), options.format);
  const { check, output = check } = options;
  if (output === undefined) throw new Refusal("usage", "usage", "nowhere to write the facts", undefined, "give -o FILE, or --check FILE with --elf");
  const board = present(boards.find(({ target: name }) => name === options.target), options.target);
  const totals = new Map(factsOf(built.read.program).loops.map(({ loop, total }) => [loop, total]));
  const elfPath = options.elf ?? `${output}.elf`;
  const elf = options.elf === undefined ? await withTargetElf({ built, board, optimisation: options.optimisation }, (path) => Promise.resolve(readFileSync(path))) : readInput(options.elf);
  const found = await factFileOf({ elf, where: basename(elfPath), entry: runName(built.model), totals, format });
  if (found.kind === "none") {
    if (options.json === true) sayJson(found);
    else say(options, "no facts:", ...found.reasons.slice(0, 10).map((reason) => `  ${oneLine(reason)}`));
    return exitCodes.unproved;
  }
  if (check !== undefined) return compared(check, found.text, options);
  if (options.elf === undefined) writeFileSync(elfPath, elf);
  writeFileSync(output, found.text);
  const about = { format: format.name, file: output, elf: elfPath, loops: found.loops, replayed: Number(found.replayed) };
  if (options.json === true) sayJson(about);
  else say(options, `${found.loops} loops of ${elfPath} in ${output} (${format.title})`, `read again and replayed: at most ${found.replayed.toLocaleString("en")} instructions from these facts alone`);
  return exitCodes.ok;
}

/** Facts that were changed, or belong to another ELF, are not those of this one. */
function compared(path: string, due: string, options: Options): number {
  const same = new TextDecoder().decode(readInput(path)) === due;
  if (options.json === true) sayJson({ file: path, same });
  else say(options, same ? `${path} has the facts of this ELF` : `${path} does not have the facts of this ELF: export them again`);
  return same ? exitCodes.ok : exitCodes.nothingChecked;
}
