/** Tasks given to processes of one program, one at a time to each; a process that ends or takes too long is replaced. */
import { type ChildProcess, fork } from "node:child_process";

export interface Processes<T> {
  /** Path of the program: it answers each message with one. */
  readonly program: string;
  /** Processes at a time. */
  readonly jobs: number;
  /** For one task, seconds. */
  readonly limit: number;
  /** The answer, or an Error where there is none; the time in seconds. */
  readonly done: (task: T, answer: unknown, seconds: number) => void;
}

export async function inProcesses<T extends object>(tasks: readonly T[], options: Processes<T>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(options.jobs, tasks.length) }, () => lane(() => tasks[next++], options)));
}

async function lane<T extends object>(next: () => T | undefined, { program, limit, done }: Processes<T>): Promise<void> {
  let child = fork(program);
  for (let task = next(); task !== undefined; task = next()) {
    const start = performance.now();
    const answer = await answerOf(child, task, limit);
    if (answer instanceof Error) child = fork(program);
    done(task, answer, (performance.now() - start) / 1000);
  }
  child.kill();
}

function answerOf(child: ChildProcess, task: object, limit: number): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = setTimeout(() => child.kill("SIGKILL"), limit * 1000);
    const settle = (answer: unknown): void => {
      clearTimeout(stop);
      child.removeAllListeners();
      resolve(answer);
    };
    child.once("message", settle);
    child.once("exit", (status, signal) => settle(new Error(signal === null ? `the process ended with status ${status}` : `ended by ${signal} within ${limit} s`)));
    child.send(task, (error) => {
      if (error !== null) settle(error);
    });
  });
}
