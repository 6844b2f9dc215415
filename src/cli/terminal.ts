/** What commands print: results on standard output, diagnostics and progress on standard error. */
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { InvariantViolation, Refusal } from "../../ir/prelude.js";
import type { Progress } from "../driver.js";
import { exitCodes, exitOfRefusal } from "./exit.js";

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  readonly jobs: number;
}

/** A command's answer: its exit code. */
export type SetExit = (code: number) => void;

export function withCommonOptions(command: Command): Command {
  return command
    .option("-j, --jobs <n>", "solver instances at once", positiveInteger, Math.min(4, availableParallelism()))
    .option("--json", "one JSON document on standard output")
    .option("--quiet", "nothing but errors")
    .option("--no-color", "no colours");
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a positive integer is expected");
  return value;
}

export function naturalNumber(text: string): number {
  return text === "0" ? 0 : positiveInteger(text);
}

/** A tolerance: finite and not negative. */
export function toleranceOf(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("a number of at least 0 is expected");
  return value;
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function say(options: Pick<CommonOptions, "quiet">, ...lines: readonly string[]): void {
  if (options.quiet !== true) process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A text from a model on one line: no escape sequence of a model reaches the terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

export interface Diagnostic {
  readonly code: string;
  readonly what: string;
  readonly where: string | undefined;
  readonly remedy: string;
  readonly exit: number;
}

export function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof Refusal) {
    return { code: error.code, what: error.message, where: error.where, remedy: error.remedy, exit: exitOfRefusal[error.refusal] };
  }
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return { code: "too-deep", what: "the model nests too deeply", where: undefined, remedy: "flatten its subgraphs or functions", exit: exitCodes.invalid };
  }
  const kind = error instanceof InvariantViolation ? "a promise of the program is broken" : "unexpected error";
  const what = `${kind}: ${error instanceof Error ? error.message : String(error)}`;
  return { code: "internal", what, where: undefined, remedy: "this is a bug of obligato; report it with the model", exit: exitCodes.internal };
}

/** One line on standard error, or one JSON document on standard output. Returns the exit code. */
export function showDiagnostic({ code, what, where, remedy, exit }: Diagnostic, json: boolean): number {
  if (json) {
    sayJson({ error: { code, what: oneLine(what), where: where === undefined ? null : oneLine(where), remedy, exit } });
  } else {
    process.stderr.write(`error ${code}: ${oneLine(what)}${where === undefined ? "" : ` (at ${oneLine(where)})`}: ${oneLine(remedy)}\n`);
  }
  return exit;
}

/** Colours a word where a person watches. */
export function paint(word: string, colour: "red" | "green", { color }: Pick<CommonOptions, "color">): string {
  const on = color && process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  return on ? `\u001b[${colour === "red" ? 31 : 32}m${word}\u001b[0m` : word;
}

/** A line on standard error that is overwritten, on a terminal only; `clear` removes it. */
export function progressLine(options: Pick<CommonOptions, "quiet" | "json">): Progress & { readonly clear: () => void } {
  const on = process.stderr.isTTY && options.quiet !== true;
  let stage = "";
  let shown = 0;
  let begun = 0;
  const show = (text: string): void => {
    if (on) process.stderr.write(`\r\u001b[2K${text}`);
  };
  return {
    stage: (name) => {
      stage = oneLine(name);
      begun = performance.now();
      show(stage);
    },
    settled: (done, total) => {
      const now = performance.now();
      if (now - shown < 100 && done < total) return;
      shown = now;
      show(`${stage}: ${done} of ${total} obligations${timeLeft((now - begun) / 1000, done, total)}`);
    },
    clear: () => show(""),
  };
}

/** What is left of a stage at the pace so far; said only where somebody waits for it. */
export function timeLeft(seconds: number, done: number, total: number): string {
  const left = done === 0 ? 0 : (seconds / done) * (total - done);
  return seconds < 2 || left < 1 ? "" : `, about ${left < 90 ? `${Math.round(left)} s` : `${Math.round(left / 60)} min`} left`;
}
