/**
 * Z3 from npm as a solver: one instance in a worker thread (z3-worker.ts), one query
 * at a time. An instance never gives memory back, so it is replaced after a number of
 * queries; one that dies answers `unknown` and is replaced as well.
 */
import { Worker } from "node:worker_threads";
import { unknown } from "./solver.js";
import type { Answer, Query, Solver } from "./solver.js";
import type { Reply, Request } from "./z3-worker.js";

/**
 * Z3's own count of its steps, not time, so a verdict repeats on every machine.
 * Obligations of tiled loops need less than 10^4; 10^7 are about 30 s in wasm.
 */
export const z3Limit = 10_000_000;

const queriesPerInstance = 400;

/** Far beyond what the resource limit allows: only a hung thread is silent for so long. */
const silenceMs = 15 * 60 * 1000;

export async function startZ3(limit: number = z3Limit): Promise<Solver> {
  let { worker, version } = await startInstance();
  let asked = 0;
  const check = async (query: Query): Promise<Answer> => {
    if (asked++ >= queriesPerInstance) await replace();
    const reply = await ask(worker, { query, limit });
    if (reply.kind === "answer") return reply.answer;
    await replace();
    return unknown("solver-error", reply.kind === "failure" ? reply.detail : "an answer out of turn");
  };
  const replace = async (): Promise<void> => {
    await worker.terminate();
    ({ worker, version } = await startInstance());
    asked = 1;
  };
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  return { name: version, limit, check, close };
}

type Outcome = Reply | { readonly kind: "failure"; readonly detail: string };

async function startInstance(): Promise<{ worker: Worker; version: string }> {
  const worker = new Worker(new URL("./z3-worker.js", import.meta.url), { execArgv: [] });
  const outcome = await nextReply(worker);
  worker.unref();
  if (outcome.kind === "ready") return { worker, version: `${outcome.version} (wasm)` };
  await worker.terminate();
  throw new Error(outcome.kind === "failure" ? `Z3 does not start: ${outcome.detail}` : "Z3 does not start");
}

/** Only a worker that owes an answer keeps the process alive. */
async function ask(worker: Worker, request: Request): Promise<Outcome> {
  worker.ref();
  worker.postMessage(request);
  const outcome = await nextReply(worker);
  worker.unref();
  return outcome;
}

/** The next message of the worker, or why there will be none. */
function nextReply(worker: Worker): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event); // all at once would cut the worker's own wiring
      resolve(outcome);
    };
    const fail = (detail: string): void => settle({ kind: "failure", detail });
    const timer = setTimeout(() => fail("the solver is silent"), silenceMs);
    worker.on("message", (message: unknown) => (isReply(message) ? settle(message) : fail("a message that is not a reply")));
    worker.on("error", (error: Error) => fail(error.message));
    worker.on("exit", (code) => fail(`the solver ended with code ${code}`));
  });
}

function isReply(message: unknown): message is Reply {
  return typeof message === "object" && message !== null && "kind" in message;
}
