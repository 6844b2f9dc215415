/** `obligato check`: what the model leaves implicit, why it would be refused, how it stands to SONNX; and its explicit form. */
import { type Command, Option } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { type BuiltGraph, buildGraph } from "../onnx/build-graph.js";
import { type Finding, findingOfRefusal } from "../onnx/findings.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { type OpenedModel, openModel } from "../onnx/import.js";
import { type Verdict, sonnxVerdicts } from "../onnx/sonnx-verdicts.js";
import { fixDim, fixInputOption } from "./build-options.js";
import { type FixOptions, type WrittenForm, fixLines, requireFreeFiles, writeExplicit } from "./check-fix.js";
import { profileExit, profileLines, standing, summaryOf } from "./check-profile.js";
import { exitCodes, exitOfRefusal } from "./exit.js";
import { type CommonOptions, type SetExit, oneLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions, FixOptions {
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
  readonly profile?: "sonnx";
}

const examples = `
Examples:
  obligato check model.onnx
  obligato check model.onnx --json
  obligato check model.onnx --profile sonnx
  obligato check model.onnx --fix explicit.onnx --fix-dim batch=1
`;

export function addCheck(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("check <model>"))
    .summary("findings about a model, with their fixes")
    .description("Reads a model and lists what is implicit, unusual or refused: code, node, reason, fix. Writes its explicit form with --fix.")
    .option("--fix-dim <name=n>", "extent of a dynamic dimension", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addOption(new Option("--profile <name>", "judge every restriction of a profile instead, node by node; the exit code is 4 where one is not met, 2 where one cannot be judged").choices(["sonnx"]))
    .option("--fix <file>", "write the explicit form of the model there, if it is proved to be the same graph")
    .option("--external", "with --fix: large initializers go to FILE.data")
    .option("--force", "with --fix: replace the file")
    .addHelpText("after", examples)
    .action((model: string, options: Options) => setExit(check(model, options)));
}

interface Checked {
  readonly findings: readonly Finding[];
  /** undefined when the model is refused. */
  readonly verdicts: readonly Verdict[] | undefined;
  readonly written: WrittenForm | undefined;
  readonly exit: number;
}

/** A refusal that concerns the command line, not the model, is thrown. */
function checked(path: string, options: Options): Checked {
  requireFreeFiles(options);
  const attempt = attempted(() => {
    const opened = openModel(path);
    return { opened, built: buildGraph(opened.model, { fixDims: options.fixDim, fixInputs: options.fixInput, external: opened.external.read, contract: "separate" }) };
  });
  if (attempt instanceof Refusal) return { findings: [findingOfRefusal(attempt)], verdicts: undefined, written: undefined, exit: exitOfRefusal[attempt.refusal] };
  return outcomeOf(attempt.opened, attempt.built, options);
}

function attempted<T>(action: () => T): T | Refusal {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal && error.refusal !== "usage") return error;
    throw error;
  }
}

function outcomeOf(opened: OpenedModel, built: BuiltGraph, options: Options): Checked {
  const verdicts = sonnxVerdicts(opened.model, built);
  const written = options.fix === undefined ? undefined : writeExplicit(opened, options.fix, options);
  return { findings: built.findings, verdicts, written, exit: options.profile === undefined ? exitCodes.ok : profileExit(verdicts) };
}

function check(model: string, options: Options): number {
  const outcome = checked(model, options);
  if (options.json === true) sayJson(jsonOf(model, outcome, options));
  else show(model, outcome, options);
  return outcome.exit;
}

function jsonOf(model: string, { findings, verdicts, written }: Checked, { profile }: Options): object {
  const summary = verdicts === undefined ? undefined : standing(verdicts);
  return { model, refused: verdicts === undefined, findings, sonnx: summary, ...(profile === undefined ? {} : { profile, verdicts }), ...(written === undefined ? {} : { fixed: written }) };
}

function show(model: string, { findings, verdicts, written }: Checked, options: Options): void {
  for (const finding of findings) {
    if (finding.severity === "error") process.stderr.write(`${lineOf(finding)}\n`);
    else if (options.profile === undefined) say(options, lineOf(finding));
  }
  if (verdicts === undefined) return;
  if (options.profile === undefined) {
    const count = (severity: Finding["severity"]): number => findings.filter((finding) => finding.severity === severity).length;
    say(options, `${oneLine(model)}: accepted, ${count("warning")} warnings, ${count("info")} notes`);
  } else say(options, ...profileLines(verdicts));
  say(options, `SONNX: ${summaryOf(verdicts)}${options.profile === undefined ? "; --profile sonnx lists them" : ""}`, ...fixLines(written));
}

function lineOf({ severity, code, node, reason, fix }: Finding): string {
  return `${severity} ${code}: ${oneLine(reason)}${node === undefined ? "" : ` (at ${oneLine(node)})`}: ${oneLine(fix)}`;
}
