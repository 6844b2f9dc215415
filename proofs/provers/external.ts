/**
 * Solvers that are programs: the text goes to standard input, and the whole of
 * standard output has to be the answer, to the byte. An error line before the verdict,
 * a warning, a missing newline or a non-zero exit is not an answer.
 */
import { spawn } from "node:child_process";
import { Refusal } from "../../ir/prelude.js";
import { symbol } from "../smt/names.js";
import { parseInteger, unknown } from "./solver.js";
import type { Answer, Query, Solver } from "./solver.js";

export interface Program {
  readonly command: string;
  /** Arguments that make it read SMT-LIB from standard input under a resource limit. */
  readonly args: readonly string[];
  readonly limit: number;
  /** Arguments that print the version in the first line. */
  readonly versionArgs: readonly string[];
  readonly versionOf: (firstLine: string) => string | undefined;
}

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function startProgram(program: Program): Promise<Solver> {
  const { command } = program;
  const { stdout } = await run(command, program.versionArgs, "").catch(() => missing(command, "is not on the PATH"));
  const version = program.versionOf(stdout.split("\n")[0] ?? "") ?? missing(command, "does not say its version");
  const ask = (text: string): Promise<Output> => run(program.command, program.args, text);
  return { name: version, limit: program.limit, check: (query) => check(ask, query), close: () => Promise.resolve() };
}

function missing(command: string, what: string): never {
  throw new Refusal("tool-missing", "solver-missing", `the solver ${command} ${what}`, undefined, `install ${command} or choose --solver z3`);
}

async function check(ask: (text: string) => Promise<Output>, query: Query): Promise<Answer> {
  const verdict = parseVerdict(await ask(query.text));
  if (verdict !== "sat") return verdict === "unsat" ? { kind: "unsat" } : verdict;
  if (query.variables.length === 0) return { kind: "sat", values: [] };
  const symbols = query.variables.map(symbol);
  const output = await ask(`(set-option :produce-models true)\n${query.text}(get-value (${symbols.join(" ")}))\n`);
  const values = parseModel(output, symbols);
  return values === undefined ? unknown("solver-error", `not a model: ${excerpt(output.stdout)}`) : { kind: "sat", values };
}

/** Exactly `sat` or `unsat` and a newline; everything else is unknown. */
export function parseVerdict({ code, stdout, stderr }: Output): "sat" | "unsat" | Answer {
  const clean = code === 0 && stderr === "";
  if (clean && stdout === "unsat\n") return "unsat";
  if (clean && stdout === "sat\n") return "sat";
  if (stdout === "unknown\n") return unknown("resource-limit", "the solver says unknown");
  const why = stdout.includes("(error") ? "corrupt" : "solver-error";
  return unknown(why, `exit ${code}: ${excerpt(stdout)} ${excerpt(stderr)}`);
}

/** `sat`, then `((x 1) (y (- 2)))` for exactly the symbols asked, in their order. */
export function parseModel({ code, stdout }: Output, symbols: readonly string[]): number[] | undefined {
  const body = /^sat\n\(((?:\([^\n]*\)\s*)+)\)\n$/.exec(stdout)?.[1];
  if (code !== 0 || body === undefined) return undefined;
  const pairs = [...body.matchAll(/\((\|[^|]*\||[^\s()|]+) (?:([0-9]+)|\(- ([0-9]+)\))\)\s*/g)];
  if (pairs.map(([whole]) => whole).join("") !== body || pairs.length !== symbols.length) return undefined;
  const values = pairs.map(([, name, value, negated], k) => (name === symbols[k] ? parseInteger(value ?? `-${negated}`) : undefined));
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}

function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

/** Runs a program to its end; rejects if it cannot be started. */
export function run(command: string, args: readonly string[], input: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (output.stderr += text));
    child.stdin.on("error", () => undefined); // a solver that stops reading shows in its output
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
    child.stdin.end(input);
  });
}
