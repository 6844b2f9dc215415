/** `obligato audit`: a built directory, checked again by somebody who believes nobody. */
import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { type AuditReport, audit } from "../audit/audit.js";
import { type Result, jsonOf, linesOf, pageOf, resultOf } from "../audit/report.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, oneLine, positiveInteger, progressLine, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly each?: boolean;
  readonly offline?: boolean;
  readonly timeout: number;
  readonly report?: string;
}

export function addAudit(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("audit <dir>"))
    .summary("check a built directory again, with two solvers")
    .description("Checks a built directory from nothing but itself: its seal, its model with two readers, every text made again, and every claim and cover by Z3 and cvc5, with no prover of our own and no cache.")
    .option("--offline", "no solver: every question must have a certificate that checks; needs a build with --certify")
    .option("--each", "ask every use of a question on its own text, not each distinct text once")
    .option("--timeout <s>", "how long a solver may be silent over one question, in seconds", positiveInteger, 120)
    .option("--report <file>", "write the result as a page, outside of the directory")
    .addHelpText("after", "\nExamples:\n  obligato audit out/model\n  obligato audit out/model --report audit.md\n  obligato audit out/model --each --json\n\nExit codes: 0 confirmed · 1 a claim is refuted · 2 not confirmed by two solvers · 3 the evidence does not match\n")
    .action(async (folder: string, options: Options) => setExit(await run(folder, options)));
}

const exitOf: Readonly<Record<Result, number>> = { pass: exitCodes.ok, refuted: exitCodes.refuted, open: exitCodes.unproved, altered: exitCodes.nothingChecked };

async function run(folder: string, options: Options): Promise<number> {
  requireOutside(folder, options.report);
  const progress = progressLine(options);
  const { onAnswer } = estimate(progress.stage);
  try {
    const report = await audit(folder, { jobs: options.jobs, each: options.each === true, offline: options.offline === true, silenceMs: 1000 * options.timeout, onStep: progress.stage, onAnswer });
    progress.clear();
    return show(report, options);
  } finally {
    progress.clear();
  }
}

/** A report inside would break the seal it reports on. */
function requireOutside(folder: string, report: string | undefined): void {
  if (report === undefined) return;
  const inside = relative(resolve(folder), resolve(report));
  if (!inside.startsWith("..") && resolve(report) !== inside) throw new Refusal("usage", "report-inside", `${report} lies in the directory that is audited`, report, "name a file outside of it");
}

/** How far, and at the present pace how long, ten times a second. */
function estimate(say: (text: string) => void): { readonly onAnswer: (done: number, total: number) => void } {
  let [first, shown] = [0, 0];
  return {
    onAnswer: (done, total) => {
      const now = performance.now();
      first ||= now;
      if (now - shown < 100 && done < total) return;
      shown = now;
      const left = Math.ceil(((now - first) * (total - done)) / done / 1000);
      say(`solvers: ${done} of ${total} answers, about ${left} s left`);
    },
  };
}

function show(report: AuditReport, options: Options): number {
  const exit = exitOf[resultOf(report)];
  if (options.report !== undefined) writeFileSync(options.report, pageOf(report));
  if (options.json === true) sayJson(jsonOf(report, exit));
  else say(options, ...linesOf(report).map((line) => line.replace(/\S.*/, (text) => shown(text))));
  return exit;
}

/** Names in a package may hold anything. */
function shown(text: string): string {
  return oneLine(text);
}
