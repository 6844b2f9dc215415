/**
 * The command line. Every command is one file that adds itself here; what they share
 * is the way to answer: results on standard output, one line per error on standard
 * error, an exit code per class of outcome.
 */
import { Command, CommanderError } from "commander";
import { toolVersion } from "../evidence/version.js";
import { addAudit } from "./audit.js";
import { addBuild } from "./build.js";
import { addCheck } from "./check.js";
import { addDoctor } from "./doctor.js";
import { exitCodes } from "./exit.js";
import { addExplain } from "./explain.js";
import { addFlowfacts } from "./flowfacts.js";
import { addMutate } from "./mutate.js";
import { addNumeric } from "./numeric.js";
import { addOps } from "./ops.js";
import { addProve } from "./prove.js";
import { addRun } from "./run.js";
import { addSchedule } from "./schedule.js";
import { type SetExit, diagnosticOf, showDiagnostic } from "./terminal.js";
import { addTest } from "./test.js";
import { addTune } from "./tune.js";
import { addWcet } from "./wcet.js";

const exitHelp = `
Exit codes: 0 ok · 1 refuted · 2 unproved · 3 nothing checked · 4 model invalid or not
supported · 5 budget exceeded · 64 usage · 69 tool missing · 70 internal

Start with: obligato build model.onnx -o out
`;

/** Runs one command line, without the program's name; returns the exit code and never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes("--json");
  let exit: number = exitCodes.ok;
  const program = commandLine((code) => {
    exit = code;
  });
  if (argv.length === 0) {
    process.stderr.write(program.helpInformation());
    return exitCodes.usage;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, json);
    return showDiagnostic(diagnosticOf(error), json);
  }
}

function commandLine(setExit: SetExit): Command {
  const program = new Command("obligato")
    .description("Compiles ONNX models to C for critical embedded systems and proves every step of it.")
    .version(toolVersion())
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", exitHelp);
  for (const add of [addBuild, addRun, addTest, addCheck, addProve, addAudit, addWcet, addFlowfacts, addExplain, addMutate, addNumeric, addOps, addSchedule, addTune, addDoctor]) add(program, setExit);
  return program;
}

/** Help and version are answers; everything else that commander throws is a mistake in the command line. */
function usageExit(error: CommanderError, json: boolean): number {
  if (error.exitCode === 0) return exitCodes.ok;
  const what = error.message.replace(/^error: /, "").replace(/\s+/g, " ");
  return showDiagnostic({ code: "usage", what, where: undefined, remedy: "see `obligato --help`", exit: exitCodes.usage }, json);
}
