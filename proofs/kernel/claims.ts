/**
 * The kernel's notebook for one stage: rules write their claims here. A claim that
 * names something the program does not have becomes a ground obligation that fails:
 * a missing entry is refuted, never skipped.
 */
import type { BoundedVariable, Formula, Obligation, Question, Rule, Subject } from "./obligation.js";

/** Rules that stay on; leaving one out exists only to show that the rule is needed. */
export type EnabledRules = (rule: Rule) => boolean;

export interface Claims {
  readonly stage: string;
  readonly obligations: Obligation[];
  readonly enabled: EnabledRules;
}

export function claims(stage: string, enabled: EnabledRules = () => true): Claims {
  return { stage, obligations: [], enabled };
}

const questionOf: Readonly<Record<Rule, Question>> = {
  W0: "1-defined", W1: "2-equal", W2: "2-equal", W3: "2-equal", W4: "2-equal", W5: "1-defined",
  W6: "1-defined", W7: "2-equal", W8: "1-defined", M1: "1-defined", F1: "3-timed",
  L1: "2-equal", B1: "2-equal", B2: "2-equal",
};

/** What every claim says of itself: its place, and the claim in words. */
export interface Heading {
  readonly rule: Rule;
  readonly detail: string;
  readonly sentence: string;
  readonly subject: Subject;
}

function claim(into: Claims, heading: Heading) {
  const { rule, detail, sentence, subject } = heading;
  return { id: `${into.stage}/${rule}/${detail}`, stage: into.stage, rule, question: questionOf[rule], sentence, subject };
}

/** The formula of a claim: premises imply the goal for all values of the variables; `cover` is what the premises must be. */
export interface Statement {
  readonly variables: readonly BoundedVariable[];
  readonly premises: readonly Formula[];
  readonly goal: Formula;
  readonly cover?: "sat" | "expect-empty";
}

/** For all values of the variables, the premises imply the goal. */
export function prove(into: Claims, heading: Heading, statement: Statement): void {
  if (!into.enabled(heading.rule)) return;
  const { variables, premises, goal, cover = "sat" } = statement;
  into.obligations.push({ kind: "solver", ...claim(into, heading), variables, premises, goal, cover });
}

/** A fact the kernel decides from literals. */
export function ground(into: Claims, heading: Heading, holds: boolean, detail: string): void {
  if (!into.enabled(heading.rule)) return;
  into.obligations.push({ kind: "ground", ...claim(into, heading), holds, detail });
}
