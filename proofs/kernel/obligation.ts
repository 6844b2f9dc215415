/**
 * Obligations: what must hold of one stage, as a quantifier-free formula of linear
 * integer arithmetic over bounded variables, or as a ground fact the kernel decided.
 * The claim is: for all values of the variables, premises imply the goal.
 */
import type { Condition } from "../../ir/loop/index-expr.js";

export type Rule = "W0" | "W1" | "W2" | "W3" | "W4" | "W5" | "W6" | "W7" | "W8" | "M1" | "F1" | "L1" | "B1" | "B2";

/** 1-defined: W0 W5 W6 W8 M1 · 2-equal: W1–W4 W7, and L1 B1 B2 of lemmas · 3-timed: F1, flow facts are the exact counts. */
export type Question = "1-defined" | "2-equal" | "3-timed";

export type Formula =
  | { readonly kind: "condition"; readonly condition: Condition }
  | { readonly kind: "and" | "or"; readonly of: readonly Formula[] }
  | { readonly kind: "not"; readonly of: Formula };

/** An integer variable with 0 <= name < extent. */
export interface BoundedVariable {
  readonly name: string;
  readonly extent: number;
}

/** Where in the program the claim is about; used to explain, never to decide. */
export interface Subject {
  readonly node: string;
  readonly statement: string;
  readonly buffer: string;
}

/** A claim about a whole buffer, or about the text as a whole. */
export function about(buffer = ""): Subject {
  return { node: "", statement: "", buffer };
}

interface Claim {
  /** `stage/rule/detail`, unique in the build. */
  readonly id: string;
  readonly stage: string;
  readonly rule: Rule;
  readonly question: Question;
  /** The claim in words. */
  readonly sentence: string;
  readonly subject: Subject;
}

export interface SolverObligation extends Claim {
  readonly kind: "solver";
  readonly variables: readonly BoundedVariable[];
  readonly premises: readonly Formula[];
  readonly goal: Formula;
  /** What the premises alone must be: satisfiable, or declared empty by the witness and then proved so. */
  readonly cover: "sat" | "expect-empty";
}

/** Decided by the kernel from literals (interface, constants, memory plan): no solver. */
export interface GroundObligation extends Claim {
  readonly kind: "ground";
  readonly holds: boolean;
  /** What was compared, with both values when it fails. */
  readonly detail: string;
}

export type Obligation = SolverObligation | GroundObligation;

export function condition(c: Condition): Formula {
  return { kind: "condition", condition: c };
}
export function and(...of: readonly Formula[]): Formula {
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "and", of };
}
export function or(...of: readonly Formula[]): Formula {
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "or", of };
}
export function not(of: Formula): Formula {
  return { kind: "not", of };
}
export const truth: Formula = { kind: "and", of: [] };
export const falsehood: Formula = { kind: "or", of: [] };
