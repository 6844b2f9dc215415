/**
 * What the answers of the judges come to. A question is settled if every judge, and there is one, gave
 * exactly the expected answer, a `sat` with a model that evaluates; anything else is a
 * finding. One confirmed model against a claim refutes it, whoever else says `unsat`.
 */
import type { Point } from "../../proofs/encode/formula.js";
import type { Answer } from "../../proofs/provers/solver.js";
import { type Finding, open, refuted } from "./finding.js";
import type { Hearing } from "./judge.js";
import { type Question, type QuestionKind, confirmed } from "./questions.js";

export type Said = "unsat" | "sat" | "unknown";

/** How often two judges gave this pair of answers to questions of this kind. */
export interface MatrixCell {
  readonly kind: QuestionKind;
  readonly rule: string;
  readonly said: readonly Said[];
  readonly questions: number;
  /** Obligations that stand on them. */
  readonly uses: number;
}

export interface Judgement {
  readonly matrix: readonly MatrixCell[];
  /** Questions with the expected answer of every judge. */
  readonly settled: number;
  /** Questions not settled that only such claims rest on as the package does not call proved. */
  readonly conceded: number;
  readonly findings: readonly Finding[];
}

interface Opinion {
  readonly said: Said;
  readonly point: Point | undefined;
  readonly detail: string;
}

/** `admitted`: obligations that the package itself does not call proved; their questions are asked, and settle nothing. */
export function judge(questions: readonly Question[], hearings: readonly Hearing[], admitted: ReadonlySet<string>): Judgement {
  const matrix = new Map<string, MatrixCell>();
  const findings: Finding[] = [];
  let [settled, conceded] = [0, 0];
  for (const question of questions) {
    const opinions = hearings.map(({ answers }) => opinionOf(question, answers.get(question)));
    const said = opinions.map((opinion) => opinion.said);
    const rule = question.kind === "cover" ? "any" : question.uses[0].rule; // rules share premises
    const key = [question.kind, rule, ...said].join(" ");
    const cell = matrix.get(key) ?? { kind: question.kind, rule, said, questions: 0, uses: 0 };
    matrix.set(key, { ...cell, questions: cell.questions + 1, uses: cell.uses + question.uses.length });
    if (said.length > 0 && said.every((one) => one === question.expected)) settled++;
    else if (question.uses.every(({ id }) => admitted.has(id))) conceded++;
    else findings.push(objection(question, opinions, hearings));
  }
  return { matrix: [...matrix.values()], settled, conceded, findings };
}

/** A `sat` counts as one only with a model that all of the question's formulas hold for. */
function opinionOf(question: Question, answer: Answer | undefined): Opinion {
  if (answer === undefined) return { said: "unknown", point: undefined, detail: "not asked" };
  if (answer.kind === "unsat") return { said: "unsat", point: undefined, detail: "" };
  if (answer.kind === "unknown") return { said: "unknown", point: undefined, detail: answer.detail };
  const point = confirmed(question, answer.values);
  return point === undefined ? { said: "unknown", point, detail: "a model that does not satisfy what was asked" } : { said: "sat", point, detail: "" };
}

function objection(question: Question, opinions: readonly Opinion[], hearings: readonly Hearing[]): Finding {
  const { kind, expected, uses } = question;
  const others = uses.length > 1 ? ` (and ${uses.length - 1} more obligations of the same text)` : "";
  const said = opinions.map(({ said: one, detail }, k) => `${hearings[k]?.name ?? "nobody"} says ${one}${detail === "" ? "" : `, ${detail}`}`).join("; ");
  const where = uses[0].id;
  const against = opinions.find(({ point }) => point !== undefined)?.point;
  if (kind === "claim" && against !== undefined) return refuted(`false at ${JSON.stringify(against)}${others}; ${said}`, where);
  if (kind === "control") return open(`a claim made false on purpose is not refuted: ${said}`, where, "do not trust the solver that missed it");
  const due = kind === "claim" ? "unsat" : `${expected} for its premises`;
  return open(`due: ${due}; ${said}${others}`, where, "ask again with other versions of the solvers, or with more time");
}
