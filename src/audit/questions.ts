/**
 * Step 5, the questions. What is asked is a text; two claims whose texts are equal up
 * to the names of their variables are one question, asked once of each solver, and
 * every use keeps its own line in the evidence (docs/adr/0006). `each` asks every use
 * on the text of its own file.
 */
import type { Point } from "../../proofs/encode/formula.js";
import { type Formula, type Obligation, type SolverObligation, not } from "../../proofs/kernel/obligation.js";
import { confirm } from "../../proofs/provers/example.js";
import type { Query } from "../../proofs/provers/solver.js";
import { type Printed, type Shape, coverShape, coverStatus, obligationShape, printCover, printObligation } from "../../proofs/smt/print.js";

/** `claim` is asked with its goal negated, `cover` for its premises alone, `control` is a claim made false on purpose. */
export type QuestionKind = "claim" | "cover" | "control";

export interface Question {
  readonly kind: QuestionKind;
  /** The only answer that is accepted. */
  readonly expected: "unsat" | "sat";
  readonly query: Query;
  /** The obligations that stand on the answer, in the order of the chain; at least one. */
  readonly uses: readonly [SolverObligation, ...SolverObligation[]];
  /** The names that the variables of the query have in the first use. */
  readonly names: readonly string[];
}

/** Every claim and every cover of the obligations; one question per distinct text, or one per use. */
export function questionsOf(obligations: readonly Obligation[], each: boolean): readonly Question[] {
  const questions = new Map<string, Question & { readonly uses: SolverObligation[] }>();
  const add = (kind: QuestionKind, expected: "unsat" | "sat", o: SolverObligation, [shape, print]: Forms): void => {
    const { query, names } = each ? ownText(print(o)) : sharedText(shape(o));
    const key = `${kind} ${expected} ${query.text}`;
    const known = questions.get(key);
    if (known === undefined) questions.set(key, { kind, expected, query, uses: [o], names });
    else known.uses.push(o);
  };
  for (const o of obligations) {
    if (o.kind === "ground") continue;
    add("claim", "unsat", o, claimForms);
    add("cover", coverStatus(o), o, coverForms);
  }
  return [...questions.values()];
}

export function controlQuestion(o: SolverObligation): Question {
  return { kind: "control", expected: "sat", uses: [o], ...sharedText(obligationShape(o)) };
}

type Forms = readonly [(o: SolverObligation) => Shape, (o: SolverObligation) => Printed];
const claimForms: Forms = [obligationShape, printObligation];
const coverForms: Forms = [coverShape, printCover];

/** The very bytes that a solver is given: variables are v0, v1, … in order of first occurrence. */
function sharedText({ text, assertions, names }: Shape): Pick<Question, "query" | "names"> {
  return { query: { text: `${text}\n`, assertions, variables: names.map((_, k) => `v${k}`) }, names };
}

function ownText({ text, assertions, variables }: Printed): Pick<Question, "query" | "names"> {
  const names = variables.map(({ name }) => name);
  return { query: { text, assertions, variables: names }, names };
}

/** What the text of the question asserts, beside the ranges of its variables. */
function formulasOf({ kind, uses: [o] }: Question): readonly Formula[] {
  return kind === "cover" ? o.premises : [...o.premises, not(o.goal)];
}

/** The model of a solver as a point, if all that was asserted holds there, evaluated exactly. */
export function confirmed(question: Question, values: readonly number[]): Point | undefined {
  const { names, uses: [o] } = question;
  const valueOf = new Map(names.map((name, k) => [name, values[k] ?? 0]));
  return confirm(o.variables, formulasOf(question), o.variables.map(({ name }) => valueOf.get(name) ?? 0));
}
