/**
 * cvc5 as one process for many questions, for those who ask thousands of it. Why no
 * answer can be taken for another's:
 *
 * - one question at a time: the next is written when the answer of this one was read;
 * - each begins with `(reset)`, which leaves no assertion, declaration or option;
 * - each ends with `(echo …)` of a mark that was never used before and cannot be
 *   guessed; standard output up to the mark's line must be the answer, to the byte;
 * - an error line, a second line, text on standard error, silence, the end of the
 *   process: each is `unknown`, and so is everything that this process is asked later.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Refusal } from "../../ir/prelude.js";
import { symbol } from "../smt/names.js";
import { cvc5Limit } from "./cvc5.js";
import { parseModel } from "./external.js";
import { type Answer, type Query, type Solver, unknown } from "./solver.js";

export interface SessionOptions {
  /** In cvc5's own units, per question. */
  readonly limit?: number;
  /** How long one exchange may take, for a process that hangs. */
  readonly silenceMs: number;
}

/** Throws a Refusal `solver-missing` where there is no cvc5, or it does not answer as one. */
export async function startCvc5Session({ limit = cvc5Limit, silenceMs }: SessionOptions): Promise<Solver> {
  const running = startProcess(limit, silenceMs);
  const version = versionIn(await running.exchange("(get-info :version)\n"));
  if (version === undefined) {
    const why = running.failure();
    running.end();
    throw new Refusal("tool-missing", "solver-missing", `the solver cvc5 ${why ?? "does not say its version"}`, undefined, "install cvc5");
  }
  const close = (): Promise<void> => Promise.resolve(running.end());
  return { name: `cvc5 ${version}`, limit, check: (query) => ask(running, query), close };
}

interface SolverProcess {
  /** What was printed in answer to `text`, line by line; undefined if there is no whole answer, and then there never is one again. */
  readonly exchange: (text: string) => Promise<readonly string[] | undefined>;
  /** Ends it for good, as after an answer that is none. */
  readonly fail: (why: string) => void;
  readonly failure: () => string | undefined;
  readonly end: () => void;
}

function startProcess(limit: number, silenceMs: number): SolverProcess {
  const child = spawn("cvc5", ["--lang=smt2", `--rlimit-per=${limit}`, "-"], { stdio: ["pipe", "pipe", "pipe"] });
  const seal = randomBytes(16).toString("hex");
  let failure: string | undefined;
  let [count, output] = [0, ""];
  let arrived = (): void => undefined;
  const fail = (why: string): void => {
    if (failure !== undefined) return;
    failure = why;
    child.kill("SIGKILL");
    arrived();
  };
  listen(child, fail, (text) => {
    output += text;
    arrived();
  });
  const exchange = async (text: string): Promise<readonly string[] | undefined> => {
    if (failure !== undefined) return undefined;
    const mark = `${seal}-${count++}`;
    const timer = setTimeout(() => fail("is silent"), silenceMs);
    output = "";
    const done = new Promise<readonly string[] | undefined>((resolve) => {
      arrived = () => {
        if (failure !== undefined) return resolve(undefined);
        const lines = output.split("\n");
        if (lines.at(-1) === "" && lines.at(-2) === `"${mark}"`) resolve(lines.slice(0, -2));
      };
    });
    child.stdin.write(`${text}(echo "${mark}")\n`);
    arrived();
    const lines = await done;
    clearTimeout(timer);
    arrived = () => fail("spoke without being asked");
    return lines;
  };
  return { exchange, fail, failure: () => failure, end: () => fail("was ended") };
}

function listen(child: ChildProcessWithoutNullStreams, fail: (why: string) => void, said: (text: string) => void): void {
  child.stdout.setEncoding("utf8").on("data", said);
  child.stderr.setEncoding("utf8").on("data", (text: string) => fail(`complains: ${JSON.stringify(text.slice(0, 200))}`));
  child.stdin.on("error", () => fail("does not read"));
  child.on("error", () => fail("is not on the PATH"));
  child.on("close", (code) => fail(`ended with code ${code ?? "none"}`));
}

function versionIn(lines: readonly string[] | undefined): string | undefined {
  const [line = "", ...more] = lines ?? [];
  return more.length === 0 ? /^\(:version "([0-9A-Za-z.+-]+)"\)$/.exec(line)?.[1] : undefined;
}

async function ask(cvc5: SolverProcess, query: Query): Promise<Answer> {
  const lines = await cvc5.exchange(`(reset)\n(set-option :produce-models true)\n${query.text.trimEnd()}\n`);
  const verdict = lines?.join("\n");
  if (verdict === "unsat") return { kind: "unsat" };
  if (verdict === "sat") return readModel(cvc5, query);
  if (verdict === "unknown") return unknown("resource-limit", "the solver says unknown");
  return noAnswer(cvc5, verdict);
}

async function readModel(cvc5: SolverProcess, { variables }: Query): Promise<Answer> {
  if (variables.length === 0) return { kind: "sat", values: [] };
  const symbols = variables.map(symbol);
  const lines = await cvc5.exchange(`(get-value (${symbols.join(" ")}))\n`);
  const values = lines === undefined ? undefined : parseModel({ code: 0, stdout: `sat\n${lines.join("\n")}\n`, stderr: "" }, symbols);
  return values === undefined ? noAnswer(cvc5, lines?.join("\n")) : { kind: "sat", values };
}

/** After it nothing more is believed of the process. */
function noAnswer(cvc5: SolverProcess, said: string | undefined): Answer {
  if (said !== undefined) cvc5.fail(`says ${JSON.stringify(said.slice(0, 200))}`);
  return unknown(said?.includes("(error") === true ? "corrupt" : "solver-error", `cvc5 ${cvc5.failure() ?? "gives no answer"}`);
}
