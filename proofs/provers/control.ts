/**
 * Control questions: two obligations of known verdicts, printed like any other and put
 * to a solver before it is believed. A solver that says `unsat` to every claim and is
 * right about every cover would pass all other checks, and so would a text whose goal
 * is not negated on the way; neither passes these. They show that a solver and the way
 * to it work at all, not that it is sound.
 */
import { equals, literal, plus, shift, atLeast, times, variable } from "../../ir/loop/index-expr.js";
import type { Formula, SolverObligation } from "../kernel/obligation.js";
import { condition } from "../kernel/obligation.js";
import { printObligation } from "../smt/print.js";
import type { Solver } from "./solver.js";

/** How the text of every control question begins. */
export const controlMark = "; obligation: control";

const [x, y] = [variable("x"), variable("y")];

/** Within 0 … 9, 3x + 5y = 31 has the solutions (2, 5) and (7, 2). */
const line = condition(equals(plus(times(x, 3), times(y, 5)), literal(31)));

function claim(name: string, goal: Formula): SolverObligation {
  return {
    kind: "solver", id: `control-${name}`, stage: "control", rule: "W2", question: "2-equal", sentence: "A claim of known verdict.",
    subject: { node: "", statement: "", buffer: "" }, variables: [{ name: "x", extent: 10 }, { name: "y", extent: 10 }], premises: [line], goal, cover: "sat",
  };
}

/** True, and refuted by x = 2, y = 5 alone. */
const holds = claim("holds", condition(atLeast(shift(x, -2), literal(0))));
const fails = claim("fails", condition(atLeast(shift(x, -3), literal(0))));

/** What is wrong with the solver's answers, or undefined. */
export async function controlled(solver: Pick<Solver, "check">): Promise<string | undefined> {
  for (const [o, due] of [[holds, "unsat"], [fails, "sat 2 5"]] as const) {
    const found = await answerOf(solver, o);
    if (found !== due) return `control question ${o.id}: ${found} where ${due} is due`;
  }
  return undefined;
}

async function answerOf({ check }: Pick<Solver, "check">, o: SolverObligation): Promise<string> {
  const { text, assertions, variables } = printObligation(o);
  try {
    const answer = await check({ text, assertions, variables: variables.map(({ name }) => name) });
    return answer.kind === "sat" ? ["sat", ...answer.values].join(" ") : answer.kind === "unsat" ? "unsat" : `unknown (${answer.why})`;
  } catch (error) {
    return `a breakdown (${String(error)})`;
  }
}
