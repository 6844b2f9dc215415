/**
 * Who answers. A judge starts instances; each instance shows first that it tells a
 * known yes from a known no, answers one question at a time, and is replaced after a
 * number of questions and after every answer that was none. A judge that keeps
 * breaking down is asked no more: what is left is `unknown`, never skipped.
 *
 * A solver is one kind of judge; certificates that settle a question without a solver
 * (proofs/certificates) would be another: `ask` gets the whole question, not its text.
 */
import { Refusal } from "../../ir/prelude.js";
import { controlled } from "../../proofs/provers/control.js";
import { startCvc5Session } from "../../proofs/provers/cvc5-session.js";
import { type Answer, type Solver, unknown } from "../../proofs/provers/solver.js";
import { startZ3 } from "../../proofs/provers/z3.js";
import type { Question } from "./questions.js";

export interface Instance {
  readonly name: string;
  readonly ask: (question: Pick<Question, "query">) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export interface Judge {
  readonly label: string;
  readonly start: () => Promise<Instance>;
  /** Questions after which an instance is replaced. */
  readonly perInstance: number;
}

export interface Hearing {
  /** Name and version; undefined where no instance could be started. */
  readonly name: string | undefined;
  readonly answers: ReadonlyMap<Question, Answer>;
  readonly instances: number;
  /** Known questions that were answered right. */
  readonly probes: number;
  /** Why there is no judge, or why one was given up. */
  readonly trouble: string | undefined;
}

function instanceOf(solver: Solver): Instance {
  return { name: solver.name, ask: ({ query }) => solver.check(query), close: solver.close };
}

export const z3Judge: Judge = { label: "Z3", start: async () => instanceOf(await startZ3()), perInstance: 350 };

export function cvc5Judge(silenceMs: number): Judge {
  return { label: "cvc5", start: async () => instanceOf(await startCvc5Session({ silenceMs })), perInstance: 2000 };
}

/** Why the instance is not to be believed; undefined if it tells a known yes from a known no. */
async function probed(instance: Instance): Promise<string | undefined> {
  return controlled({ check: (query) => instance.ask({ query }) });
}

const probesPerInstance = 2;
/** Breakdowns of one lane after which the judge is not asked again. */
const patience = 2;

/** Asks all, `jobs` at once; `answered` is called after each. */
export async function hear(judge: Judge, questions: readonly Question[], jobs: number, answered: () => void): Promise<Hearing> {
  const answers = new Map<Question, Answer>();
  const state: { name: string | undefined; instances: number; trouble: string | undefined } = { name: undefined, instances: 0, trouble: undefined };
  const next = questions.values();
  const start = async (): Promise<Instance | undefined> => {
    const instance = await judge.start().catch((error: unknown) => {
      state.trouble = error instanceof Refusal ? error.message : `${judge.label} does not start: ${String(error)}`;
    });
    const wrong = instance && (await probed(instance));
    if (instance === undefined || wrong !== undefined) {
      if (wrong !== undefined) state.trouble = `${judge.label} is not believed: ${wrong}`;
      await instance?.close();
      return undefined;
    }
    [state.name, state.instances] = [instance.name, state.instances + 1];
    return instance;
  };
  const lane = async (): Promise<void> => {
    let [instance, asked, breakdowns] = [await start(), 0, 0];
    for (const question of next) {
      const answer = instance === undefined ? unknown("solver-error", state.trouble ?? "not asked") : await askOnce(instance, question);
      answers.set(question, answer);
      answered();
      const broken = answer.kind === "unknown" && answer.why !== "resource-limit";
      if (instance === undefined || (!broken && ++asked < judge.perInstance)) continue;
      await instance.close();
      asked = 0;
      if (broken && ++breakdowns > patience) state.trouble ??= `${judge.label} broke down ${breakdowns} times: ${answer.detail}`;
      instance = breakdowns > patience ? undefined : await start();
    }
    await instance?.close();
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, questions.length)) }, lane));
  return { ...state, answers, probes: probesPerInstance * state.instances };
}

async function askOnce(instance: Instance, question: Question): Promise<Answer> {
  try {
    return await instance.ask(question);
  } catch (error) {
    return unknown("solver-error", String(error));
  }
}
