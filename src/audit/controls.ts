/**
 * Step 6, negative controls: proved claims made false, mixed among the real questions.
 * A control is a claim of this very package with literals of its goal moved past a
 * point of its premises, so that the goal is false there; evaluation says so, not a
 * solver. Each solver has to answer `sat` with a model that evaluates. A solver stuck
 * at `unsat`, a printer that lost an assertion, answers out of turn show here.
 */
import { type Condition, evalIndex, shift } from "../../ir/loop/index-expr.js";
import { type Point, evalFormula, lookup } from "../../proofs/encode/formula.js";
import { type Formula, type Obligation, type SolverObligation, falsehood } from "../../proofs/kernel/obligation.js";
import { findPoint } from "../../proofs/provers/example.js";
import { type Question, controlQuestion } from "./questions.js";

/** Beside the first of each rule of each stage, every so many-th claim. */
const every = 97;
const tries = 12;

export interface Controls {
  readonly questions: readonly Question[];
  /** Rules of stages, as `stage rule`, none of whose claims could be made false at a known point. */
  readonly without: readonly string[];
}

/** The same ones for the same obligations. */
export function controlsOf(obligations: readonly Obligation[]): Controls {
  const claims = obligations.filter((o) => o.kind === "solver");
  const groups = new Map<string, SolverObligation[]>();
  for (const o of claims) {
    const group = groups.get(`${o.stage} ${o.rule}`);
    if (group === undefined) groups.set(`${o.stage} ${o.rule}`, [o]);
    else group.push(o);
  }
  const firsts = [...groups.values()].flatMap(firstControl);
  const sampled = claims.filter((_, k) => k % every === every - 1).flatMap((o) => firstControl([o]));
  return {
    questions: [...new Map([...firsts, ...sampled].map((question) => [question.query.text, question])).values()],
    without: [...groups].flatMap(([name, group]) => (firstControl(group).length === 0 ? [name] : [])),
  };
}

function firstControl(claims: readonly SolverObligation[]): readonly Question[] {
  for (const o of claims.slice(0, tries)) {
    const point = o.cover === "sat" ? findPoint(o.variables, o.premises) : undefined;
    const goal = point && falseAt(o.goal, point);
    if (goal !== undefined) return [controlQuestion({ ...o, id: `${o.id}.control`, goal })];
  }
  return [];
}

/** `goal` with as few of its literals changed, by constants, as make it false at `point`; a goal without any becomes false. */
export function falseAt(goal: Formula, point: Point): Formula | undefined {
  const count = literals(goal);
  if (count === 0) return falsehood;
  const holds = (f: Formula): boolean => evalFormula(f, lookup(point));
  let together = goal;
  for (let k = 0; k < count; k++) {
    for (const wanted of [false, true]) {
      const alone = changed(goal, k, wanted, point);
      if (!holds(alone)) return alone;
    }
    const more = changed(together, k, false, point);
    if (!holds(more)) return more;
    together = more;
  }
  return undefined;
}

function literals(f: Formula): number {
  if (f.kind === "condition") return 1;
  return f.kind === "not" ? literals(f.of) : f.of.reduce((sum, part) => sum + literals(part), 0);
}

/** Literal number `k` made true or false at the point. */
function changed(f: Formula, k: number, wanted: boolean, point: Point): Formula {
  switch (f.kind) {
    case "condition":
      return k === 0 ? { kind: "condition", condition: moved(f.condition, wanted, point) } : f;
    case "not":
      return { kind: "not", of: changed(f.of, k, wanted, point) };
    case "and":
    case "or": {
      let before = 0;
      const of = f.of.map((part) => {
        const at = k - before;
        before += literals(part);
        return at >= 0 && at < literals(part) ? changed(part, at, wanted, point) : part;
      });
      return { kind: f.kind, of };
    }
  }
}

/** e = 0 and e >= 0 moved by a constant: just met at the point, or missed by one. */
function moved({ kind, index }: Condition, wanted: boolean, point: Point): Condition {
  const value = evalIndex(index, lookup(point));
  return { kind, index: shift(index, (wanted ? 0 : -1) - value) };
}
