/** Runs a program without a shell: bytes in, bytes out, with a time limit that always ends it. */
import { spawn } from "node:child_process";
import { Refusal } from "../../ir/prelude.js";

export interface ProcessOptions {
  readonly input?: Uint8Array;
  readonly folder?: string;
  /** Milliseconds; default one minute. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
}

export interface Finished {
  readonly status: number;
  readonly output: Buffer;
  readonly errors: string;
}

const defaultLimit = 60_000;

/** Rejects with a Refusal `time-out` or `interrupted`; any exit status is a result. */
export function runProcess(path: string, args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const limit = options.timeLimit ?? defaultLimit;
    const stop = AbortSignal.timeout(limit);
    const signal = options.signal === undefined ? stop : AbortSignal.any([stop, options.signal]);
    const child = spawn(path, args, { cwd: options.folder, signal, killSignal: "SIGKILL", stdio: ["pipe", "pipe", "pipe"] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.stdin.on("error", () => undefined); // the program may end before it has read everything
    child.on("error", (error) => {
      reject(stop.aborted ? timeOut(path, limit) : signal.aborted ? interrupted(path) : error);
    });
    child.on("close", (code, killedBy) => {
      const text = Buffer.concat(errors).toString("utf8");
      resolve({ status: code ?? 128, output: Buffer.concat(output), errors: killedBy === null ? text : `${text}ended by ${killedBy}\n` });
    });
    child.stdin.end(options.input ?? new Uint8Array());
  });
}

function timeOut(path: string, limit: number): Refusal {
  return new Refusal("budget", "time-out", `${path} did not end within ${limit / 1000} s`, undefined, "raise the time limit or use fewer vectors");
}

function interrupted(path: string): Refusal {
  return new Refusal("usage", "interrupted", `${path} was interrupted`, undefined, "start again");
}
