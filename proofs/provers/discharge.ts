/**
 * Discharge: obligations in, ledger out. Each obligation goes to the provers cheapest
 * first and then to a solver, and so do its premises for their cover. Equal ones
 * are asked once. Nothing here throws for want of a proof: what is not settled is
 * `unknown` and says why.
 */
import type { Point } from "../encode/formula.js";
import type { Formula, Obligation, SolverObligation } from "../kernel/obligation.js";
import type { Verdict } from "../kernel/verdict.js";
import { coverShape, coverStatus, digestOf, obligationShape, printCover, printObligation } from "../smt/print.js";
import type { Printed, Shape } from "../smt/print.js";
import type { AnswerCache } from "./cache.js";
import { settleCheaply } from "./cheap.js";
import type { CoverMemo, Settled } from "./cheap.js";
import { startCvc5 } from "./cvc5.js";
import { confirm } from "./example.js";
import type { KnownQuestions } from "./known.js";
import { askAll } from "./lanes.js";
import type { Task, Reply } from "./lanes.js";
import { groundLine, withCover } from "./ledger.js";
import type { CoverResult, LedgerLine } from "./ledger.js";
import type { StartSolver } from "./solver.js";
import { startNativeZ3 } from "./z3-native.js";
import { startZ3 } from "./z3.js";

export type SolverChoice = "auto" | "z3" | "native" | "cvc5";

export interface DischargeOptions {
  /** Solver instances at once; an instance of Z3 takes about 230 MB. */
  readonly jobs: number;
  /** `auto` is the Z3 that comes with this package: the same for everybody. */
  readonly solver: SolverChoice;
  /** For audits: every obligation and every cover to the solver, nothing shared, no cache. */
  readonly solveAll?: boolean;
  readonly cache?: AnswerCache;
  /** In place of the solver's own way to start: where its plumbing is put to the test. */
  readonly start?: StartSolver;
  /** By what equal questions are known: the digest of their text, except where sharing is put to the test. */
  readonly keyOf?: (text: string) => string;
  /** What this build has proved before; equal questions are not asked again. */
  readonly known?: KnownQuestions;
  /** How many obligations are settled, of how many, and the one settled last. */
  readonly onProgress?: (done: number, total: number, current: string) => void;
}

const starters: Readonly<Record<SolverChoice, StartSolver>> = {
  auto: () => startZ3(),
  z3: () => startZ3(),
  native: () => startNativeZ3(),
  cvc5: () => startCvc5(),
};

/** One instance of the solver of a choice, for questions that are no obligations. */
export const startSolver = (choice: SolverChoice): ReturnType<StartSolver> => starters[choice]();

/** A task to wait for, and this obligation's names for the values of a model, in order. */
interface Ticket {
  readonly task: Task;
  readonly names: readonly string[];
}

/** An obligation under way. */
interface Entry extends Settled {
  readonly o: SolverObligation;
  readonly claimTicket: Ticket | undefined;
  readonly coverTicket: Ticket | undefined;
  readonly ms: number;
}

/** One line per obligation, in their order. */
export async function discharge(obligations: readonly Obligation[], options: DischargeOptions): Promise<LedgerLine[]> {
  const tasks = new Map<string, Task>();
  const memo: CoverMemo = new Map();
  const progress = progressOver(obligations.length, options);
  const work: (Entry | LedgerLine)[] = [];
  const known = options.solveAll === true ? undefined : options.known;
  known?.nextStage();
  for (const o of obligations) {
    const item = o.kind === "ground" ? groundLine(o) : (known?.lineOf(o) ?? settledOr(enter(o, options, tasks, memo), known));
    if (!("o" in item) || progress.expect(item)) progress.done(o.id);
    if (work.push(item) % 256 === 0) await new Promise(setImmediate); // lets progress and signals through
  }
  const cache = options.solveAll === true ? undefined : options.cache;
  const lanes = { jobs: options.jobs, start: options.start ?? starters[options.solver], cache };
  const replies = await askAll([...tasks.values()], lanes, progress.answered);
  return work.map((item) => ("o" in item ? noted(item.o, lineOf(item, replies), known) : item));
}

/** The line of an entry that waits for no solver: equal ones after it need not be looked at. */
function settledOr(entry: Entry, known: KnownQuestions | undefined): Entry | LedgerLine {
  if (known === undefined || entry.claimTicket !== undefined || entry.coverTicket !== undefined) return entry;
  return noted(entry.o, lineOf(entry, new Map()), known);
}

function noted(o: SolverObligation, line: LedgerLine, known: KnownQuestions | undefined): LedgerLine {
  known?.note(o, line);
  return line;
}

type Print = (o: SolverObligation) => Printed;

/** What the cheap provers leave open becomes a task for the solver. */
function enter(o: SolverObligation, options: DischargeOptions, tasks: Map<string, Task>, memo: CoverMemo): Entry {
  const start = performance.now();
  const all = options.solveAll === true;
  const settled: Settled = all ? { verdict: undefined, cover: undefined } : settleCheaply(o, memo);
  const ask = (shape: (o: SolverObligation) => Shape, print: Print): Ticket => ticket(tasks, o, print, all ? undefined : shape(o), options);
  const claimOpen = settled.verdict === undefined && (all || o.cover === "sat");
  const claimTicket = claimOpen ? ask(obligationShape, printObligation) : undefined;
  const coverOpen = settled.cover === undefined && settled.verdict?.kind !== "refuted";
  const coverTicket = coverOpen ? ask(coverShape, printCover) : undefined;
  return { o, ...settled, claimTicket, coverTicket, ms: performance.now() - start };
}

/** Joins the task of the same shape, or makes a new one; without a shape nothing is shared. */
function ticket(tasks: Map<string, Task>, o: SolverObligation, print: Print, shape: Shape | undefined, { solver, keyOf = digestOf }: DischargeOptions): Ticket {
  const key = shape === undefined ? String(tasks.size) : `${solver}-${keyOf(shape.text)}`;
  const known = tasks.get(key);
  if (known !== undefined && shape !== undefined) {
    known.users.push(o.id);
    return { task: known, names: shape.names };
  }
  const printed = print(o);
  const names = printed.variables.map((v) => v.name);
  const query = { text: printed.text, assertions: printed.assertions, variables: names };
  const task = { query, key, digest: printed.digest, users: [o.id] };
  tasks.set(key, task);
  return { task, names };
}

function lineOf(entry: Entry, replies: ReadonlyMap<Task, Reply>): LedgerLine {
  const { o, claimTicket, coverTicket } = entry;
  const claimReply = claimTicket && replies.get(claimTicket.task);
  const coverReply = coverTicket && replies.get(coverTicket.task);
  const claim = entry.verdict ?? verdictOf(o, claimTicket, claimReply);
  const cover = entry.cover ?? coverOf(o, claim, coverTicket, coverReply);
  const verdict = withCover(claim, cover);
  const first = claimTicket?.task.users[0];
  return {
    id: o.id,
    stage: o.stage,
    rule: o.rule,
    question: o.question,
    verdict,
    cover,
    prover: verdict.kind === "unknown" ? (claimReply?.by ?? coverReply?.by ?? cover.by) : verdict.by,
    detail: verdict.kind === "unknown" ? verdict.detail : "",
    digest: claimTicket?.task.digest,
    sharedWith: first === o.id ? undefined : first,
    ms: entry.ms + ownTime(o, claimTicket, claimReply) + ownTime(o, coverTicket, coverReply),
  };
}

/** The time of a task counts for its first user. */
function ownTime(o: SolverObligation, asked: Ticket | undefined, reply: Reply | undefined): number {
  return asked?.task.users[0] === o.id ? (reply?.ms ?? 0) : 0;
}

/** Premises declared empty decide their claim alone. */
const notAsked: Verdict = { kind: "unknown", why: "not-empty", detail: "not asked: the premises are declared empty" };

/** What a reply about the negated claim means; a model counts only if it falsifies the claim. */
function verdictOf(o: SolverObligation, asked: Ticket | undefined, reply: Reply | undefined): Verdict {
  if (asked === undefined || reply === undefined) return notAsked;
  switch (reply.answer.kind) {
    case "unsat":
      return { kind: "proved", by: reply.by };
    case "unknown":
      return reply.answer;
    case "sat": {
      const counterexample = pointOf(o, [...o.premises, { kind: "not", of: o.goal }], asked.names, reply.answer.values);
      if (counterexample !== undefined) return { kind: "refuted", by: reply.by, counterexample };
      return { kind: "unknown", why: "solver-error", detail: `${reply.by} gave a model that does not falsify the claim` };
    }
  }
}

/** What is known of the premises: a refutation's point, or the reply about them. */
function coverOf(o: SolverObligation, claim: Verdict, asked: Ticket | undefined, reply: Reply | undefined): CoverResult {
  const expected = coverStatus(o);
  const result = (found: CoverResult["found"], by: string, point: Point | undefined, detail: string): CoverResult =>
    ({ expected, found, by, point, detail });
  if (claim.kind === "refuted") return result("sat", claim.by, claim.counterexample, "");
  if (asked === undefined || reply === undefined) return result("unknown", "nobody", undefined, "not asked");
  const { answer, by } = reply;
  if (answer.kind === "unsat") return result("unsat", by, undefined, "");
  if (answer.kind === "unknown") return result("unknown", by, undefined, answer.detail);
  const point = pointOf(o, o.premises, asked.names, answer.values);
  if (point === undefined) return result("unknown", by, undefined, "a model that is not a point of the premises");
  return result("sat", by, point, "");
}

/** The model as a point of the obligation, if `formulas` hold there; variables it does not mention are 0. */
function pointOf(o: SolverObligation, formulas: readonly Formula[], names: readonly string[], values: readonly number[]): Point | undefined {
  const valueOf = new Map(names.map((name, k) => [name, values[k] ?? 0]));
  return confirm(o.variables, formulas, o.variables.map((v) => valueOf.get(v.name) ?? 0));
}

interface Progress {
  /** Notes what an entry waits for; true if for nothing. */
  readonly expect: (entry: Entry) => boolean;
  readonly done: (id: string) => void;
  readonly answered: (task: Task) => void;
}

function progressOver(total: number, { onProgress }: DischargeOptions): Progress {
  const open = new Map<string, number>();
  let count = 0;
  const done = (id: string): void => onProgress?.(++count, total, id);
  const expect = ({ o, claimTicket, coverTicket }: Entry): boolean => {
    const tasks = Number(claimTicket !== undefined) + Number(coverTicket !== undefined);
    open.set(o.id, tasks);
    return tasks === 0;
  };
  const answered = ({ users }: Task): void => {
    for (const id of users) {
      const left = (open.get(id) ?? 0) - 1;
      open.set(id, left);
      if (left === 0) done(id);
    }
  };
  return { expect, done, answered };
}
