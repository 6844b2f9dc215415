/**
 * Formulas as SMT-LIB terms of QF_LIA. `floordiv` and `mod` by a literal c become a
 * fresh quotient and remainder with `e = c*q + r`, `0 <= r < c`, one pair for all
 * equal (e, c): SMT-LIB's own `div` differs from C's, and solvers have erred on it.
 */
import type { Atom, Condition, IndexExpr, Term } from "../../ir/loop/index-expr.js";
import type { Formula } from "../kernel/obligation.js";
import { numeral } from "./names.js";

/** A quotient and its remainder, `of = by * quotient + remainder`, with the sides already terms. */
export interface Division {
  readonly quotient: string;
  readonly remainder: string;
  readonly definition: string;
  /** What it stands for, for the header. */
  readonly meaning: string;
}

/** What printing one text needs to know: the symbol of each variable and the divisions so far. */
export interface Scope {
  readonly symbolOf: (name: string) => string;
  readonly divisions: Map<string, Division>;
}

export function newScope(symbolOf: (name: string) => string): Scope {
  return { symbolOf, divisions: new Map() };
}

/** Declares the division at its first use; inner divisions come before outer ones. */
function division(scope: Scope, of: IndexExpr, by: number): Division {
  const meaning = `${of.text} by ${by}`;
  const known = scope.divisions.get(meaning);
  if (known !== undefined) return known;
  const sides = printSides(scope, of);
  const number = scope.divisions.size;
  const [quotient, remainder] = [`q!${number}`, `r!${number}`];
  const right = sum([...sides.right, product(by, quotient), remainder]);
  const definition = `(and (= ${sum(sides.left)} ${right}) (<= 0 ${remainder}) (< ${remainder} ${numeral(by)}))`;
  const made = { quotient, remainder, definition, meaning };
  scope.divisions.set(meaning, made);
  return made;
}

function printAtom(scope: Scope, atom: Atom): string {
  if (atom.kind === "var") return scope.symbolOf(atom.name);
  const { quotient, remainder } = division(scope, atom.of, atom.by);
  return atom.kind === "floordiv" ? quotient : remainder;
}

function product(coefficient: number, of: string): string {
  return coefficient === 1 ? of : `(* ${numeral(coefficient)} ${of})`;
}

function sum(parts: readonly string[]): string {
  const [first] = parts;
  if (first === undefined) return "0";
  return parts.length === 1 ? first : `(+ ${parts.join(" ")})`;
}

/** `e` as left − right, both with positive coefficients only. */
function printSides(scope: Scope, e: IndexExpr): { left: string[]; right: string[] } {
  const left: string[] = [];
  const right: string[] = [];
  const place = ({ coefficient, atom }: Term): void => {
    const side = coefficient > 0 ? left : right;
    side.push(product(Math.abs(coefficient), printAtom(scope, atom)));
  };
  e.terms.forEach(place);
  if (e.constant !== 0) (e.constant > 0 ? left : right).push(numeral(Math.abs(e.constant)));
  return { left, right };
}

function printTermCondition(scope: Scope, { kind, index }: Condition): string {
  const { left, right } = printSides(scope, index);
  return `(${kind === "ge" ? ">=" : "="} ${sum(left)} ${sum(right)})`;
}

export function printTerm(scope: Scope, f: Formula): string {
  switch (f.kind) {
    case "condition":
      return printTermCondition(scope, f.condition);
    case "not":
      return `(not ${printTerm(scope, f.of)})`;
    case "and":
    case "or":
      return printConnective(scope, f.kind, f.of);
  }
}

function printConnective(scope: Scope, kind: "and" | "or", of: readonly Formula[]): string {
  const parts = of.map((part) => printTerm(scope, part));
  const [first] = parts;
  if (first === undefined) return kind === "and" ? "true" : "false";
  return parts.length === 1 ? first : `(${kind} ${parts.join(" ")})`;
}
