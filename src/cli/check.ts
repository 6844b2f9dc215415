/** `obligato check`: what the model leaves implicit, and why it would be refused. */
import type { Command } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { type Finding, findingOfRefusal } from "../onnx/findings.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { importModel } from "../onnx/import.js";
import { fixDim, fixInputOption } from "./build-options.js";
import { exitCodes, exitOfRefusal } from "./exit.js";
import { type CommonOptions, type SetExit, oneLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
}

export function addCheck(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("check <model>"))
    .summary("findings about a model, with their fixes")
    .description("Reads a model and lists what is implicit, unusual or refused: code, node, reason, fix.")
    .option("--fix-dim <name=n>", "extent of a dynamic dimension", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addHelpText("after", "\nExamples:\n  obligato check model.onnx\n  obligato check model.onnx --json\n")
    .action((model: string, options: Options) => setExit(check(model, options)));
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly exit: number;
}

/** A refusal that concerns the command line, not the model, is thrown. */
function findingsOf(model: string, { fixDim: fixDims, fixInput: fixInputs }: Options): Checked {
  try {
    return { findings: importModel(model, { fixDims, fixInputs }).findings, exit: exitCodes.ok };
  } catch (error) {
    if (!(error instanceof Refusal) || error.refusal === "usage") throw error;
    return { findings: [findingOfRefusal(error)], exit: exitOfRefusal[error.refusal] };
  }
}

function check(model: string, options: Options): number {
  const { findings, exit } = findingsOf(model, options);
  if (options.json === true) {
    sayJson({ model, refused: exit !== exitCodes.ok, findings });
    return exit;
  }
  for (const finding of findings) {
    if (finding.severity === "error") process.stderr.write(`${lineOf(finding)}\n`);
    else say(options, lineOf(finding));
  }
  const count = (severity: Finding["severity"]): number => findings.filter((finding) => finding.severity === severity).length;
  if (exit === exitCodes.ok) say(options, `${oneLine(model)}: accepted, ${count("warning")} warnings, ${count("info")} notes`);
  return exit;
}

function lineOf({ severity, code, node, reason, fix }: Finding): string {
  return `${severity} ${code}: ${oneLine(reason)}${node === undefined ? "" : ` (at ${oneLine(node)})`}: ${oneLine(fix)}`;
}
