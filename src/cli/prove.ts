/** `obligato prove`: every obligation of a built directory, made and discharged again. */
import type { Command } from "commander";
import { endToEnd } from "../compose/coverage.js";
import { countLedger } from "../evidence/counts.js";
import { type Reproof, reprove } from "../evidence/reprove.js";
import { counterexampleLines } from "../explain/counterexample.js";
import { recordedIn, refutedFrom } from "../explain/recorded.js";
import type { ReportedStage } from "../report/checked.js";
import { type CiOptions, configured, reporting, withCiOptions, writeReports } from "./ci.js";
import { exitCodes } from "./exit.js";
import { solverOption } from "./build-options.js";
import type { SolverChoice } from "../../proofs/provers/discharge.js";
import { type CommonOptions, type SetExit, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions, CiOptions {
  readonly model?: string;
  readonly solver: SolverChoice;
  readonly solveAll?: boolean;
}

export function addProve(program: Command, setExit: SetExit): void {
  withCommonOptions(withCiOptions(program.command("prove <dir>")))
    .summary("prove a built directory again")
    .description("Makes every obligation again from the programs and witnesses in DIR/evidence and the C in DIR/src, compares them with the recorded ones, and discharges them.")
    .option("--model <file>", "the model: its reference program, constants and weights are made again too")
    .option("--solve-all", "ask the solver about every obligation, not only those the cheap provers leave open")
    .addOption(solverOption())
    .addHelpText("after", "\nExamples:\n  obligato prove out/model --model model.onnx\n  obligato prove out/model --solver cvc5 --solve-all\n")
    .action(async (folder: string, given: Options, command: Command) => {
      const { options } = configured(command, given, { config: given.config, model: given.model });
      setExit(await reporting(folder, options, () => prove(folder, options)));
    });
}

async function prove(folder: string, options: Options): Promise<number> {
  const progress = progressLine(options);
  progress.stage(folder);
  try {
    const { jobs, solver, solveAll = false } = options;
    const again = await reprove(folder, options.model, { jobs, solver, solveAll, onProgress: progress.settled });
    progress.clear();
    const exit = show(again, folder, options);
    writeReports({ target: folder, stages: stagesOf(again), sources: [], exit }, options);
    return exit;
  } finally {
    progress.clear();
  }
}

/** The stages in the order of the chain. */
function stagesOf({ obligations, ledger }: Reproof): readonly ReportedStage[] {
  const names = [...new Set(obligations.map(({ stage }) => stage))];
  return names.map((name) => {
    const own = ledger.filter(({ stage }) => stage === name);
    return { name, obligations: obligations.filter(({ stage }) => stage === name), ledger: own, seconds: own.reduce((sum, { ms }) => sum + ms, 0) / 1000 };
  });
}

/** The first refuted claim in full. */
function counterexampleOf({ obligations, ledger }: Reproof, folder: string, model: string | undefined): readonly string[] {
  const line = ledger.find(({ verdict }) => verdict.kind === "refuted");
  const obligation = obligations.find(({ id }) => id === line?.id);
  if (line === undefined || obligation === undefined || obligation.kind === "ground") return [];
  const recorded = recordedIn(folder, line.id);
  const refuted = refutedFrom({ ...recorded, obligation, line: { verdict: line.verdict, detail: line.detail } }, model);
  return refuted === undefined ? [] : counterexampleLines(refuted).map((text) => `  ${text}`);
}

function show(again: Reproof, folder: string, options: Options): number {
  const { ledger, notRemade, notRecorded } = again;
  const { total, covers } = countLedger(ledger);
  if (options.json === true) sayJson({ ...total, covers, notRemade, notRecorded });
  else {
    say(options, `${total.obligations} obligations: ${total.proved} proved, ${total.refuted} refuted, ${total.unknown} unknown; covers: ${covers.sat} satisfiable, ${covers.expectEmpty} empty as declared`);
    const open = ledger.filter(({ verdict }) => verdict.kind !== "proved");
    say(options, ...open.slice(0, 10).map(({ id, verdict }) => `  ${id}: ${verdict.kind}`));
    say(options, ...counterexampleOf(again, folder, options.model));
    if (notRemade.length > 0) say(options, `${notRemade.length} recorded claims were not made again${options.model === undefined ? " (those about constants need --model)" : ""}: ${notRemade.slice(0, 3).join(", ")}`);
    if (notRecorded.length > 0) say(options, `${notRecorded.length} claims are not in the evidence: ${notRecorded.slice(0, 3).join(", ")}`);
  }
  const chain = countLedger(ledger.filter(({ stage }) => stage !== endToEnd)).total; // it decides, as in the build
  if (chain.refuted > 0) return exitCodes.refuted;
  if (chain.unknown > 0) return exitCodes.unproved;
  const stale = notRecorded.length > 0 || (options.model !== undefined && notRemade.length > 0);
  return total.obligations === 0 || stale ? exitCodes.nothingChecked : exitCodes.ok;
}
