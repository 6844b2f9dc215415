/** The tasks for a solver and the lanes they run in: one solver instance per lane, one task at a time. */
import type { AnswerCache } from "./cache.js";
import { controlled } from "./control.js";
import { unknown } from "./solver.js";
import type { Answer, Query, Solver, StartSolver } from "./solver.js";

export interface Task {
  readonly query: Query;
  /** What the cache knows it by. */
  readonly key: string;
  /** sha256 of the text of the query. */
  readonly digest: string;
  /** The obligations that wait for the answer; the text is the first one's. */
  readonly users: string[];
}

/** An answer and where it comes from. */
export interface Reply {
  readonly answer: Answer;
  readonly by: string;
  readonly ms: number;
}

export interface LaneOptions {
  readonly jobs: number;
  readonly start: StartSolver;
  readonly cache: AnswerCache | undefined;
}

/** Fewer tasks do not repay the start of another solver and its memory. */
const tasksPerLane = 8;

/** A reply to each task; `answered` is called as it comes. */
export async function askAll(tasks: readonly Task[], options: LaneOptions, answered: (task: Task) => void): Promise<Map<Task, Reply>> {
  const replies = new Map<Task, Reply>();
  const settle = (task: Task, reply: Reply): void => {
    replies.set(task, reply);
    answered(task);
  };
  for (const task of tasks) {
    const answer = options.cache?.get(task.key);
    if (answer !== undefined) settle(task, { answer, by: "cache", ms: 0 });
  }
  const queue = tasks.filter((task) => !replies.has(task));
  const next = queue.values();
  const lane = async (): Promise<void> => {
    const solver = await options.start();
    try {
      const fault = await controlled(solver);
      for (const task of next) settle(task, fault === undefined ? await ask(solver, task, options.cache) : { answer: unknown("solver-error", fault), by: solver.name, ms: 0 });
    } finally {
      await solver.close();
    }
  };
  const lanes = Math.min(Math.max(1, options.jobs), Math.ceil(queue.length / tasksPerLane));
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return replies;
}

async function ask(solver: Solver, task: Task, cache: AnswerCache | undefined): Promise<Reply> {
  const start = performance.now();
  const answer = await askOnce(solver, task.query);
  if (answer.kind !== "unknown") cache?.set(task.key, answer);
  return { answer, by: solver.name, ms: performance.now() - start };
}

/** A solver that breaks down has not answered; that must not stop the others. */
async function askOnce(solver: Solver, query: Query): Promise<Answer> {
  try {
    return await solver.check(query);
  } catch (e) {
    return unknown("solver-error", String(e));
  }
}
