/**
 * Obligations as SMT-LIB 2 files. The bytes of the file are the obligation: header
 * comments for the reader, ranges and premises asserted one by one, the goal negated,
 * so `unsat` is the proof. Equal obligations give equal bytes on every machine.
 */
import { createHash } from "node:crypto";
import { occurringVariables } from "../encode/formula.js";
import type { BoundedVariable, Formula, SolverObligation } from "../kernel/obligation.js";
import { commentText, numeral, symbol } from "./names.js";
import { newScope, printTerm } from "./terms.js";
import type { Division } from "./terms.js";

export interface Printed {
  readonly text: string;
  /** How many assertions a solver that read all of it must hold. */
  readonly assertions: number;
  /** sha256 of `text` in hexadecimal. */
  readonly digest: string;
  /** The declared variables, in the order of their declaration. */
  readonly variables: readonly BoundedVariable[];
}

interface Body {
  readonly lines: readonly string[];
  readonly assertions: number;
  readonly variables: readonly BoundedVariable[];
  readonly divisions: readonly Division[];
}

export function digestOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

function declare(name: string): string {
  return `(declare-fun ${name} () Int)`;
}

function assertion(term: string): string {
  return `(assert ${term})`;
}

function printRange(name: string, extent: number): string {
  return `(and (<= 0 ${name}) (< ${name} ${numeral(Math.max(extent, 0))}))`;
}

/** Declarations, ranges, divisions, then `premises` and, for an obligation, the negated goal. */
function printBody(variables: readonly BoundedVariable[], claims: readonly Formula[], names: "own" | "numbered"): Body {
  const used = occurringVariables(variables, claims);
  const symbols = new Map(used.map((v, k) => [v.name, names === "own" ? symbol(v.name) : `v${k}`]));
  const symbolOf = (name: string): string => symbols.get(name) ?? symbol(name);
  const scope = newScope(symbolOf);
  const terms = claims.map((f) => printTerm(scope, f));
  const divisions = [...scope.divisions.values()];
  const facts = [
    ...used.map((v) => printRange(symbolOf(v.name), v.extent)),
    ...divisions.map((d) => d.definition),
    ...terms,
  ];
  const declared = [...used.map((v) => symbolOf(v.name)), ...divisions.flatMap((d) => [d.quotient, d.remainder])];
  const lines = ["(set-logic QF_LIA)", ...declared.map(declare), ...facts.map(assertion), "(check-sat)"];
  return { lines, assertions: facts.length, variables: used, divisions };
}

function claimsOf(o: SolverObligation): Formula[] {
  return [...o.premises, { kind: "not", of: o.goal }];
}

function header(o: SolverObligation, expected: "sat" | "unsat", body: Body, pair: string): string[] {
  const { node, statement, buffer } = o.subject;
  const lines = [
    `stage: ${o.stage}`,
    `rule: ${o.rule}`,
    `question: ${o.question}`,
    "tier: T0",
    `claim: ${o.sentence}`,
    `subject: node ${node}, statement ${statement}, buffer ${buffer}`,
    "logic: QF_LIA",
    `expected: ${expected}`,
    `assertions: ${body.assertions}`,
    pair,
    ...body.variables.map((v) => `variable: 0 <= ${v.name} < ${v.extent}`),
    ...body.divisions.map((d) => `division: ${d.quotient}, ${d.remainder} = quotient, remainder of ${d.meaning}`),
  ];
  return lines.map((line) => `; ${commentText(line)}`);
}

function seal(head: readonly string[], body: Body): Printed {
  const text = `${[...head, ...body.lines].join("\n")}\n`;
  return { text, assertions: body.assertions, digest: digestOf(text), variables: body.variables };
}

/** The identifier of the file that holds the premises of `o` alone. */
export function coverId(o: SolverObligation): string {
  return `${o.id}.cover`;
}

/** The negated claim: `unsat` proves the obligation. */
export function printObligation(o: SolverObligation): Printed {
  const body = printBody(o.variables, claimsOf(o), "own");
  const head = header(o, "unsat", body, `cover: ${coverId(o)} (${coverStatus(o)})`);
  return seal([`; obligation: ${commentText(o.id)}`, ...head], body);
}

/** The premises alone: `sat`, or declared empty and then `unsat`. */
export function printCover(o: SolverObligation): Printed {
  const body = printBody(o.variables, o.premises, "own");
  const head = header(o, coverStatus(o), body, `covers: ${o.id}`);
  return seal([`; cover: ${commentText(coverId(o))}`, ...head], body);
}

/** What a solver must say of the premises alone. */
export function coverStatus(o: SolverObligation): "sat" | "unsat" {
  return o.cover === "sat" ? "sat" : "unsat";
}

/** A text up to the names of its variables, and those names in order of first occurrence. */
export interface Shape {
  readonly text: string;
  /** How many assertions a solver that read all of it must hold. */
  readonly assertions: number;
  readonly names: readonly string[];
}

function shape(variables: readonly BoundedVariable[], claims: readonly Formula[], rule: string): Shape {
  const body = printBody(variables, claims, "numbered");
  return { text: [`; rule: ${rule}`, ...body.lines].join("\n"), assertions: body.assertions, names: body.variables.map((v) => v.name) };
}

/** Two obligations of one shape stand or fall together, a model of one being a model of the other by position. */
export function obligationShape(o: SolverObligation): Shape {
  return shape(o.variables, claimsOf(o), o.rule);
}

/** The shape of the premises alone, whatever the rule. */
export function coverShape(o: SolverObligation): Shape {
  return shape(o.variables, o.premises, "cover");
}

/** Digest of the obligation's text with variables numbered in order of first occurrence; literals, ranges and rule stay. */
export function sharingKey(o: SolverObligation): string {
  return digestOf(obligationShape(o).text);
}
