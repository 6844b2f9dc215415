/**
 * What a build has proved so far, by question. Stages ask much the same: a statement
 * that a pass leaves alone has the same obligations again, and layers of one kind
 * differ in names only. An obligation whose text, or whose shape, was proved before is
 * proved; its line says which obligation was. Refutations are not kept: each is shown
 * at its own point. An audit (`solveAll`) never looks here.
 *
 * It also saves memory: obligations that are one question share one formula.
 */
import { printFormula } from "../encode/formula.js";
import type { SolverObligation } from "../kernel/obligation.js";
import { digestOf, obligationShape } from "../smt/print.js";
import type { LedgerLine } from "./ledger.js";

/** A question with the line of the obligation that settled it. */
interface Question {
  readonly o: SolverObligation;
  readonly line: LedgerLine;
  /** The line without its point, whose names mean nothing to an equal obligation. */
  readonly inOtherWords: LedgerLine;
}

export class KnownQuestions {
  /** Digests of shapes by text; of the stage before and of this one, which is where texts come again. */
  private before = new Map<string, string>();
  private now = new Map<string, string>();
  private readonly questions = new Map<string, Question>();
  /** Shapes of the obligations of this stage. */
  private asked = new Map<SolverObligation, string>();

  nextStage(): void {
    this.before = this.now;
    this.now = new Map();
    this.asked = new Map();
  }

  /** The line of an obligation that is proved already. */
  lineOf(o: SolverObligation): LedgerLine | undefined {
    const start = performance.now();
    const shape = this.shapeOf(o);
    this.asked.set(o, shape);
    const question = this.questions.get(shape);
    if (question === undefined) return undefined;
    const { id, stage, rule, question: of } = o;
    return { ...question.inOtherWords, id, stage, rule, question: of, sharedWith: question.line.id, ms: performance.now() - start };
  }

  /** Keeps what was proved. */
  note(o: SolverObligation, line: LedgerLine): void {
    const shape = this.asked.get(o);
    if (shape === undefined || line.verdict.kind !== "proved" || this.questions.has(shape)) return;
    this.questions.set(shape, { o, line, inOtherWords: pointless(line) });
  }

  /** The obligation with the formula of the one that settled its question; names of variables are that one's. */
  shared(o: SolverObligation): SolverObligation {
    const question = this.questions.get(this.asked.get(o) ?? "");
    if (question === undefined) return o;
    const { variables, premises, goal } = question.o;
    return { ...o, variables, premises, goal };
  }

  private shapeOf(o: SolverObligation): string {
    const text = textOf(o);
    const shape = this.now.get(text) ?? this.before.get(text) ?? digestOf(`${o.cover}\n${obligationShape(o).text}`);
    this.now.set(text, shape);
    return shape;
  }
}

function pointless(line: LedgerLine): LedgerLine {
  return line.cover === undefined ? line : { ...line, cover: { ...line.cover, point: undefined } };
}

function textOf({ rule, cover, variables, premises, goal }: SolverObligation): string {
  const box = variables.map(({ name, extent }) => `${name}<${extent}`);
  return [rule, cover, ...box, ...premises.map(printFormula), "=>", printFormula(goal)].join("\n");
}
