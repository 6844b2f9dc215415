/**
 * Mutants of the plumbing around solvers: what a solver is given, what it answers, what
 * is remembered and shared. Each runs the same questions, of which the verdicts are
 * known: claims that hold, claims that do not, premises that are empty. It is noticed
 * if the ledger differs from the known verdicts by an `unknown` only, never by a false
 * `proved`; where a wrong answer could pass for a proof, by the audit, which shares and
 * remembers nothing, or by the control questions that every solver answers first.
 */
import { atLeast, below, equals, literal, plus, shift, times, variable } from "../../../ir/loop/index-expr.js";
import { type Formula, type SolverObligation, condition, falsehood, not } from "../../../proofs/kernel/obligation.js";
import type { AnswerCache } from "../../../proofs/provers/cache.js";
import { controlMark } from "../../../proofs/provers/control.js";
import { type DischargeOptions, discharge } from "../../../proofs/provers/discharge.js";
import type { LedgerLine } from "../../../proofs/provers/ledger.js";
import { type Answer, type Query, type Solver, unknown } from "../../../proofs/provers/solver.js";
import { startZ3 } from "../../../proofs/provers/z3.js";
import { type MutantRow, mutantRow } from "../row.js";

interface Question {
  readonly o: SolverObligation;
  readonly due: "proved" | "refuted" | "vacuous";
}

/** Three variables in a chain: the cheap provers leave it to the solver. */
function chain(id: string, names: readonly [string, string, string], gap: number, extent = 100): SolverObligation {
  const [x, y, z] = names.map((name) => variable(name));
  const premises = x === undefined || y === undefined || z === undefined ? [] : [condition(atLeast(y, shift(x, 1))), condition(atLeast(z, shift(y, 1)))];
  const goal = x === undefined || z === undefined ? falsehood : condition(atLeast(z, shift(x, gap)));
  return question(id, names.map((name) => ({ name, extent })), premises, goal);
}

function question(id: string, variables: SolverObligation["variables"], premises: readonly Formula[], goal: Formula): SolverObligation {
  return {
    kind: "solver", id, stage: "control", rule: "W2", question: "2-equal", sentence: "a question of known verdict",
    subject: { node: "", statement: "", buffer: "" }, variables, premises, goal, cover: "sat",
  };
}

const parity = [1, 2].map((rest) => condition(equals(plus(times(variable("a"), 6), times(variable("b"), 10)), plus(times(variable("c"), 15), literal(rest)))));

/** Two equations in four variables and a third that they force, or not: a point exists and no short search finds it. */
function hidden(id: string, rest: number): SolverObligation {
  const sum = (...by: readonly number[]) => ["a", "b", "c", "d"].reduce((e, name, k) => plus(e, times(variable(name), by[k] ?? 0)), literal(0));
  const premises = [condition(equals(sum(6, -17, 23, -42), literal(1027))), condition(equals(sum(31, -13, 40, -3), literal(5211)))];
  return question(id, ["a", "b", "c", "d"].map((name) => ({ name, extent: 97 })), premises, not(condition(equals(sum(14, -39, 12, -22), literal(rest)))));
}

const questions: readonly Question[] = [
  { o: chain("holds", ["x", "y", "z"], 2), due: "proved" },
  { o: chain("holds-renamed", ["u", "v", "w"], 2), due: "proved" },
  { o: chain("fails", ["x", "y", "z"], 3), due: "refuted" },
  { o: chain("fails-in-a-smaller-box", ["x", "y", "z"], 3, 7), due: "refuted" },
  { o: hidden("hidden-holds", -9), due: "proved" },
  { o: hidden("hidden-fails", -10), due: "refuted" },
  { o: question("empty", ["a", "b", "c"].map((name) => ({ name, extent: 50 })), parity, condition(below(variable("a"), 3))), due: "vacuous" },
];

/** A solver between the questions and the real one. */
type Middle = (real: Solver, query: Query) => Promise<Answer>;

interface Plumbing {
  readonly name: string;
  readonly bug: string;
  readonly middle?: Middle;
  readonly cache?: () => AnswerCache;
  readonly keyOf?: (text: string) => string;
  /** It is wrong about control questions too; else it is right about them, so that other checks have to notice. */
  readonly always?: true;
}

const isControl = ({ text }: Query): boolean => text.startsWith(controlMark);
const isClaim = ({ text }: Query): boolean => !text.startsWith("; cover");
const edited = (change: (text: string) => string): Middle => (real, query) => real.check({ ...query, text: change(query.text) });
const lastAssert = /\(assert [^\n]*\)\n(?=\(check-sat\))/;

const plumbing: readonly Plumbing[] = [
  { name: "unsat-for-everything", bug: "the solver says unsat whatever it is asked", middle: () => Promise.resolve({ kind: "unsat" }) },
  { name: "sat-for-everything", bug: "the solver says sat and gives zeros", middle: (_real, { variables }) => Promise.resolve({ kind: "sat", values: variables.map(() => 0) }) },
  { name: "unsat-for-claims", bug: "the solver says unsat to claims and is right about covers", middle: (real, query) => (isClaim(query) ? Promise.resolve({ kind: "unsat" }) : real.check(query)), always: true },
  { name: "unknown-for-everything", bug: "the solver gives up at once", middle: () => Promise.resolve(unknown("resource-limit", "0 steps")) },
  { name: "answers-exchanged", bug: "sat and unsat are exchanged", middle: async (real, query) => {
    const answer = await real.check(query);
    return answer.kind === "unsat" ? { kind: "sat", values: query.variables.map(() => 0) } : answer.kind === "sat" ? { kind: "unsat" } : answer;
  } },
  { name: "answers-late-by-one", bug: "each question gets the answer of the one before", middle: lateByOne() },
  { name: "model-shifted", bug: "the values of a model are one too large", middle: async (real, query) => {
    const answer = await real.check(query);
    return answer.kind === "sat" ? { ...answer, values: answer.values.map((v) => v + 1) } : answer;
  } },
  { name: "model-in-wrong-order", bug: "the values of a model stand in the other order", middle: async (real, query) => {
    const answer = await real.check(query);
    return answer.kind === "sat" ? { ...answer, values: answer.values.toReversed() } : answer;
  } },
  { name: "model-missing", bug: "a model without values", middle: async (real, query) => {
    const answer = await real.check(query);
    return answer.kind === "sat" ? { ...answer, values: [] } : answer;
  } },
  { name: "text-cut", bug: "the second half of the text does not arrive", middle: edited((text) => text.slice(0, text.length / 2)) },
  { name: "text-empty", bug: "an empty text arrives", middle: edited(() => "") },
  { name: "text-garbled", bug: "a parenthesis is lost", middle: edited((text) => text.replace(/\)\)\n/, ")\n")) },
  { name: "bytes-overwritten", bug: "bytes in the middle of the text are overwritten", middle: edited((text) => text.replace(/\(assert/, "(asse\u0001t")) },
  { name: "assertion-lost", bug: "the last assertion does not arrive", middle: edited((text) => text.replace(lastAssert, "")) },
  { name: "assertion-doubled", bug: "the last assertion arrives twice", middle: edited((text) => text.replace(lastAssert, (all) => all + all)) },
  { name: "contradiction-added", bug: "an assertion that is false is added", middle: edited((text) => text.replace("(check-sat)", "(assert false)\n(check-sat)")) },
  { name: "range-weakened", bug: "a range is replaced by true, the number of assertions kept", middle: edited((text) => text.replace(/\(assert \(and \(<= 0 x\)[^\n]*\n/, "(assert true)\n")) },
  { name: "goal-not-negated", bug: "the goal is asserted in place of its negation", middle: edited((text) => text.replace(/\(assert \(not (.*)\)\)\n(?=\(check-sat\))/, "(assert $1)\n")), always: true },
  { name: "cover-not-asked", bug: "questions about premises are not put", middle: (real, query) => (isClaim(query) ? real.check(query) : Promise.resolve(unknown("solver-error", "not put"))) },
  { name: "cover-always-sat", bug: "covers are answered sat without asking", middle: (real, query) => (isClaim(query) ? real.check(query) : Promise.resolve({ kind: "sat", values: query.variables.map(() => 0) })) },
  { name: "solver-throws", bug: "the solver breaks down at every question", middle: () => Promise.reject(new Error("broken pipe")) },
  { name: "solver-dies-once", bug: "the solver breaks down at the first question", middle: diesOnce() },
  { name: "cache-of-proofs", bug: "the cache answers unsat to whatever it is asked", cache: () => ({ get: () => ({ kind: "unsat" }), set: () => undefined }) },
  { name: "cache-of-models", bug: "the cache answers sat to whatever it is asked", cache: () => ({ get: () => ({ kind: "sat", values: [0, 0, 0] }), set: () => undefined }) },
  { name: "cache-with-one-key", bug: "the cache knows every question by one key", cache: oneKey },
  { name: "cache-poisoned", bug: "a wrong run left unsat for a claim and the right answer for its cover", cache: poisoned },
  { name: "key-without-literals", bug: "questions that differ in a number share an answer", keyOf: (text) => text.replaceAll(/\b\d+\b/g, "0") },
  { name: "key-of-the-rule", bug: "all questions of one rule share an answer", keyOf: (text) => text.split("\n")[0] ?? "" },
];

function lateByOne(): Middle {
  let before: Answer = { kind: "unsat" };
  return async (real, query) => {
    const answer = before;
    before = await real.check(query);
    return answer;
  };
}

function diesOnce(): Middle {
  let first = true;
  return (real, query) => {
    if (!first) return real.check(query);
    first = false;
    return Promise.reject(new Error("the solver ended with code 1"));
  };
}

function oneKey(): AnswerCache {
  let kept: Answer | undefined;
  return { get: () => kept, set: (_key, answer) => (kept = answer) };
}

/** Unsat for every other question it is asked about. */
function poisoned(): AnswerCache {
  let asked = 0;
  return { get: () => (asked++ % 2 === 0 ? { kind: "unsat" } : undefined), set: () => undefined };
}

export async function solverMutants(): Promise<MutantRow[]> {
  const real = await startZ3();
  try {
    const rows: MutantRow[] = [];
    for (const it of plumbing) rows.push(mutantRow("solver", it.name, it.bug, await noticedBy(it, real)));
    return rows;
  } finally {
    await real.close();
  }
}

/** What tells the mutant from a right solver: a line that is open where it should not be, or the audit. */
async function noticedBy({ middle, cache, keyOf, always }: Plumbing, real: Solver): Promise<string> {
  const check: Solver["check"] = middle === undefined ? real.check : (query) => (isControl(query) && always === undefined ? real.check(query) : middle(real, query));
  const wrong: Solver = { ...real, name: "mutant", check, close: () => Promise.resolve() };
  const remembers = cache !== undefined || keyOf !== undefined;
  const made = { ...(cache === undefined ? {} : { cache: cache() }), ...(keyOf === undefined ? {} : { keyOf }) };
  const options: DischargeOptions = { jobs: 1, solver: "auto", start: () => Promise.resolve(wrong), solveAll: !remembers, ...made };
  if (remembers) await settled(options); // what a first run leaves is met by a second
  const open = differing(await settled(options));
  if (open === undefined || !open.falseProof) return open === undefined ? "" : `ledger: ${open.id} is ${open.found}`;
  const audit = remembers ? differing(await settled({ ...options, solveAll: true })) : open;
  return audit === undefined ? `audit: ${open.id} is not proved when nothing is shared or remembered` : "";
}

function settled(options: DischargeOptions): Promise<LedgerLine[]> {
  return discharge(questions.map(({ o }) => ({ ...o })), options);
}

interface Differing {
  readonly id: string;
  readonly found: string;
  readonly falseProof: boolean;
}

/** The first line whose verdict is not the known one, a false proof before any other. */
function differing(lines: readonly LedgerLine[]): Differing | undefined {
  const all = questions.flatMap(({ o: { id }, due }, k): Differing[] => {
    const verdict = lines[k]?.verdict;
    const detail = lines[k]?.detail ?? "";
    const found = verdict?.kind === "unknown" ? (detail.startsWith("control") ? detail : verdict.why) : (verdict?.kind ?? "nothing");
    return found === due ? [] : [{ id, found, falseProof: found === "proved" }];
  });
  return all.find(({ falseProof }) => falseProof) ?? all[0];
}
