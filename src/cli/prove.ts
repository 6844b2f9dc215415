/** `obligato prove`: every obligation of a built directory, made and discharged again. */
import type { Command } from "commander";
import { endToEnd } from "../compose/coverage.js";
import { countLedger } from "../evidence/counts.js";
import { type Reproof, reprove } from "../evidence/reprove.js";
import { exitCodes } from "./exit.js";
import { solverOption } from "./build-options.js";
import type { SolverChoice } from "../../proofs/provers/discharge.js";
import { type CommonOptions, type SetExit, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly model?: string;
  readonly solver: SolverChoice;
  readonly solveAll?: boolean;
}

export function addProve(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("prove <dir>"))
    .summary("prove a built directory again")
    .description("Makes every obligation again from the programs and witnesses in DIR/evidence and the C in DIR/src, compares them with the recorded ones, and discharges them.")
    .option("--model <file>", "the model: its reference program, constants and weights are made again too")
    .option("--solve-all", "ask the solver about every obligation, not only those the cheap provers leave open")
    .addOption(solverOption())
    .addHelpText("after", "\nExamples:\n  obligato prove out/model --model model.onnx\n  obligato prove out/model --solver cvc5 --solve-all\n")
    .action(async (folder: string, options: Options) => setExit(await prove(folder, options)));
}

async function prove(folder: string, options: Options): Promise<number> {
  const progress = progressLine(options);
  progress.stage(folder);
  try {
    const { jobs, solver, solveAll = false } = options;
    const again = await reprove(folder, options.model, { jobs, solver, solveAll, onProgress: progress.settled });
    progress.clear();
    return show(again, options);
  } finally {
    progress.clear();
  }
}

function show({ ledger, notRemade, notRecorded }: Reproof, options: Options): number {
  const { total, covers } = countLedger(ledger);
  if (options.json === true) sayJson({ ...total, covers, notRemade, notRecorded });
  else {
    say(options, `${total.obligations} obligations: ${total.proved} proved, ${total.refuted} refuted, ${total.unknown} unknown; covers: ${covers.sat} satisfiable, ${covers.expectEmpty} empty as declared`);
    const open = ledger.filter(({ verdict }) => verdict.kind !== "proved");
    say(options, ...open.slice(0, 10).map(({ id, verdict }) => `  ${id}: ${verdict.kind}`));
    if (notRemade.length > 0) say(options, `${notRemade.length} recorded claims were not made again${options.model === undefined ? " (those about constants need --model)" : ""}: ${notRemade.slice(0, 3).join(", ")}`);
    if (notRecorded.length > 0) say(options, `${notRecorded.length} claims are not in the evidence: ${notRecorded.slice(0, 3).join(", ")}`);
  }
  const chain = countLedger(ledger.filter(({ stage }) => stage !== endToEnd)).total; // it decides, as in the build
  if (chain.refuted > 0) return exitCodes.refuted;
  if (chain.unknown > 0) return exitCodes.unproved;
  const stale = notRecorded.length > 0 || (options.model !== undefined && notRemade.length > 0);
  return total.obligations === 0 || stale ? exitCodes.nothingChecked : exitCodes.ok;
}
