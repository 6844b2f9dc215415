/**
 * Index expressions: quasi-affine integer terms `constant + Σ coefficient · atom`,
 * an atom being a loop variable, `floordiv(e, c)` or `mod(e, c)` with literal c > 0.
 * They are kept in one canonical form, so equal texts are equal expressions.
 * Coefficients are safe integers; arithmetic that leaves that range throws.
 */
import { invariant, present } from "../prelude.js";

export type Atom =
  | { readonly kind: "var"; readonly name: string }
  | { readonly kind: "floordiv" | "mod"; readonly of: IndexExpr; readonly by: number };

export interface Term {
  readonly coefficient: number; // never 0
  readonly atom: Atom;
}

export interface IndexExpr {
  readonly constant: number;
  /** Sorted by the text of the atom, no atom twice. */
  readonly terms: readonly Term[];
  /** The canonical text; equality of expressions is equality of this string. */
  readonly text: string;
}

function safe(x: number): number {
  invariant(Number.isSafeInteger(x), `index arithmetic left the safe integers: ${x}`);
  return x === 0 ? 0 : x; // -0 must not reach the text
}

function atomText(atom: Atom): string {
  return atom.kind === "var" ? atom.name : `${atom.kind}(${atom.of.text}, ${atom.by})`;
}

function termText(term: Term, first: boolean): string {
  const magnitude = Math.abs(term.coefficient);
  const body = magnitude === 1 ? atomText(term.atom) : `${magnitude}*${atomText(term.atom)}`;
  if (first) return term.coefficient < 0 ? `-${body}` : body;
  return term.coefficient < 0 ? ` - ${body}` : ` + ${body}`;
}

function textOf(constant: number, terms: readonly Term[]): string {
  if (terms.length === 0) return String(constant);
  let sum = "";
  for (const term of terms) sum += termText(term, sum === "");
  if (constant === 0) return sum;
  return constant < 0 ? `${sum} - ${-constant}` : `${sum} + ${constant}`;
}

function make(constant: number, terms: readonly Term[]): IndexExpr {
  return { constant: safe(constant), terms, text: textOf(safe(constant), terms) };
}

export function literal(value: number): IndexExpr {
  return make(value, []);
}

export const zero: IndexExpr = literal(0);

function ofAtom(atom: Atom): IndexExpr {
  return make(0, [{ coefficient: 1, atom }]);
}

export function variable(name: string): IndexExpr {
  return ofAtom({ kind: "var", name });
}

/** The sum in canonical form; throws where a coefficient leaves the safe integers. */
export function plus(a: IndexExpr, b: IndexExpr): IndexExpr {
  if (a.terms.length === 0 && a.constant === 0) return b;
  if (b.terms.length === 0 && b.constant === 0) return a;
  return make(a.constant + b.constant, mergedTerms(a.terms, b.terms));
}

/** Both lists are sorted, so one walk along the two keeps the order; terms that cancel go. */
function mergedTerms(a: readonly Term[], b: readonly Term[]): Term[] {
  const merged: Term[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined || y === undefined) break;
    const s = atomText(x.atom);
    const t = atomText(y.atom);
    const coefficient = s === t ? safe(x.coefficient + y.coefficient) : 0;
    if (s < t) merged.push(x);
    else if (t < s) merged.push(y);
    else if (coefficient !== 0) merged.push({ coefficient, atom: x.atom });
    if (s <= t) i++;
    if (t <= s) j++;
  }
  for (; i < a.length; i++) merged.push(present(a[i], "term"));
  for (; j < b.length; j++) merged.push(present(b[j], "term"));
  return merged;
}

export function times(a: IndexExpr, factor: number): IndexExpr {
  if (factor === 0) return zero;
  if (factor === 1) return a;
  return make(safe(a.constant * factor), scaled(a.terms, factor));
}

function scaled(terms: readonly Term[], factor: number): readonly Term[] {
  return factor === 1 ? terms : terms.map(({ coefficient, atom }) => ({ coefficient: safe(coefficient * factor), atom }));
}

/** `e` with each atom replaced by an expression. No sum on the way gets a text: those are what arithmetic costs most. */
export function withAtoms(e: IndexExpr, by: (atom: Atom) => IndexExpr): IndexExpr {
  let constant = e.constant;
  let terms: readonly Term[] = [];
  for (const { coefficient, atom } of e.terms) {
    const of = by(atom);
    constant = safe(constant + safe(of.constant * coefficient));
    terms = mergedTerms(terms, scaled(of.terms, coefficient));
  }
  return make(constant, terms);
}

export function minus(a: IndexExpr, b: IndexExpr): IndexExpr {
  return plus(a, times(b, -1));
}

export function shift(a: IndexExpr, by: number): IndexExpr {
  return by === 0 ? a : make(safe(a.constant + by), a.terms);
}

/** ⌊of / by⌋ for literal by > 0; exact for literals and for multiples of `by`. */
export function floordiv(of: IndexExpr, by: number): IndexExpr {
  invariant(Number.isSafeInteger(by) && by > 0, `floordiv by ${by}`);
  if (by === 1) return of;
  if (isLiteral(of)) return literal(Math.floor(of.constant / by));
  return ofAtom({ kind: "floordiv", of, by });
}

/** of − by·⌊of / by⌋, in 0 … by − 1. */
export function mod(of: IndexExpr, by: number): IndexExpr {
  invariant(Number.isSafeInteger(by) && by > 0, `mod by ${by}`);
  if (by === 1) return zero;
  if (isLiteral(of)) return literal(of.constant - by * Math.floor(of.constant / by));
  return ofAtom({ kind: "mod", of, by });
}

export function isLiteral(e: IndexExpr): boolean {
  return e.terms.length === 0;
}

export function sameIndex(a: IndexExpr, b: IndexExpr): boolean {
  return a.text === b.text;
}

/** The value of `e` where `env` gives each variable. */
export function evalIndex(e: IndexExpr, env: (name: string) => number): number {
  let sum = e.constant;
  for (const { coefficient, atom } of e.terms) sum += coefficient * evalAtom(atom, env);
  return sum;
}

function evalAtom(atom: Atom, env: (name: string) => number): number {
  if (atom.kind === "var") return env(atom.name);
  const value = evalIndex(atom.of, env);
  const quotient = Math.floor(value / atom.by);
  return atom.kind === "floordiv" ? quotient : value - atom.by * quotient;
}

/** `e` with each variable replaced by an expression; variables that `by` leaves undefined stay. */
export function substitute(e: IndexExpr, by: (name: string) => IndexExpr | undefined): IndexExpr {
  return withAtoms(e, (atom) => substituteAtom(atom, by));
}

function substituteAtom(atom: Atom, by: (name: string) => IndexExpr | undefined): IndexExpr {
  if (atom.kind === "var") return by(atom.name) ?? ofAtom(atom);
  const inner = substitute(atom.of, by);
  return atom.kind === "floordiv" ? floordiv(inner, atom.by) : mod(inner, atom.by);
}

/** Calls `visit` on every variable of `e`, inner expressions included. */
export function eachVariable(e: IndexExpr, visit: (name: string) => void): void {
  for (const { atom } of e.terms) {
    if (atom.kind === "var") visit(atom.name);
    else eachVariable(atom.of, visit);
  }
}

/** `e >= 0` or `e == 0`. */
export interface Condition {
  readonly kind: "ge" | "eq";
  readonly index: IndexExpr;
}

export function atLeast(e: IndexExpr, bound: IndexExpr): Condition {
  return { kind: "ge", index: minus(e, bound) };
}

/** `e < bound`, as bound − 1 − e >= 0. */
export function below(e: IndexExpr, bound: number): Condition {
  return { kind: "ge", index: minus(literal(bound - 1), e) };
}

export function equals(a: IndexExpr, b: IndexExpr): Condition {
  return { kind: "eq", index: minus(a, b) };
}

export function printCondition(c: Condition): string {
  return `${c.index.text} ${c.kind === "ge" ? ">=" : "=="} 0`;
}

export function substituteCondition(c: Condition, by: (name: string) => IndexExpr | undefined): Condition {
  return { kind: c.kind === "ge" ? "ge" : "eq", index: substitute(c.index, by) }; // as printCondition reads it
}

export function holds(c: Condition, env: (name: string) => number): boolean {
  const value = evalIndex(c.index, env);
  return c.kind === "ge" ? value >= 0 : value === 0;
}
