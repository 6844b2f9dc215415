/**
 * Linear terms over numbered atoms: the arithmetic of the interval prover. An atom is
 * a variable or the quotient of a linear term by a literal; `mod(e, c)` is written
 * `e − c·⌊e/c⌋`, so a remainder is a linear form like any other. Equal atoms have one
 * number. Arithmetic beyond 2^50 throws `Overflow`: no answer then.
 */
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import { invariant } from "../../ir/prelude.js";
import type { BoundedVariable } from "../kernel/obligation.js";

export interface Linear {
  readonly constant: number;
  /** Ascending, none twice. */
  readonly atoms: readonly number[];
  /** One per atom, never 0. */
  readonly coefficients: readonly number[];
}

export type LinearAtom =
  | { readonly kind: "var"; readonly name: string; readonly extent: number }
  | { readonly kind: "quotient"; readonly of: Linear; readonly by: number };

/** Every atom seen so far; grows, never forgets. */
export interface Atoms {
  readonly list: LinearAtom[];
  readonly numberOf: Map<string, number>;
}

export class Overflow extends Error {}

/** Below this a quotient of two integers rounds to the side of the integers it lies on. */
const largest = 2 ** 50;

export function exact(x: number): number {
  if (!(Math.abs(x) <= largest)) throw new Overflow("linear arithmetic left the exact range");
  return x;
}

export function constantTerm(constant: number): Linear {
  return { constant, atoms: [], coefficients: [] };
}

export function atomTerm(atom: number): Linear {
  return { constant: 0, atoms: [atom], coefficients: [1] };
}

/** `a + factor·b`. */
export function combine(a: Linear, b: Linear, factor: number): Linear {
  if (factor === 0) return a;
  const atoms: number[] = [];
  const coefficients: number[] = [];
  const push = (atom: number, coefficient: number): void => {
    if (coefficient === 0) return;
    atoms.push(atom);
    coefficients.push(exact(coefficient));
  };
  let [i, j] = [0, 0];
  while (i < a.atoms.length || j < b.atoms.length) {
    const x = a.atoms[i] ?? Infinity;
    const y = b.atoms[j] ?? Infinity;
    const fromA = x <= y ? (a.coefficients[i] ?? 0) : 0;
    const fromB = y <= x ? exact(factor * (b.coefficients[j] ?? 0)) : 0;
    push(Math.min(x, y), fromA + fromB);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return { constant: exact(a.constant + exact(factor * b.constant)), atoms, coefficients };
}

export function addConstant(a: Linear, by: number): Linear {
  return { ...a, constant: exact(a.constant + by) };
}

/** Atoms and coefficients as text: the identity of a term up to its constant. */
export function formKey(of: Linear): string {
  let key = "";
  for (let k = 0; k < of.atoms.length; k++) key += `${of.coefficients[k]}*${of.atoms[k]} `;
  return key;
}

/** The variables come first: atom k is variable k. */
export function newAtoms(variables: readonly BoundedVariable[]): Atoms {
  const atoms: Atoms = { list: [], numberOf: new Map() };
  for (const { name, extent } of variables) intern(atoms, `variable ${name}`, { kind: "var", name, extent });
  return atoms;
}

export function numberOfQuotient(atoms: Atoms, of: Linear, by: number): number {
  return intern(atoms, `(${formKey(of)}${of.constant})/${by}`, { kind: "quotient", of, by });
}

function numberOfVariable(atoms: Atoms, name: string): number {
  const known = atoms.numberOf.get(`variable ${name}`);
  invariant(known !== undefined, `an obligation mentions the undeclared variable ${name}`);
  return known;
}

function intern(atoms: Atoms, key: string, atom: LinearAtom): number {
  const known = atoms.numberOf.get(key);
  if (known !== undefined) return known;
  const fresh = atoms.list.push(atom) - 1;
  atoms.numberOf.set(key, fresh);
  return fresh;
}

/** `e` over the atoms; it may mention declared variables only. */
export function linearOf(atoms: Atoms, e: IndexExpr): Linear {
  let sum = constantTerm(exact(e.constant));
  for (const { coefficient, atom } of e.terms) {
    if (atom.kind === "var") {
      sum = combine(sum, atomTerm(numberOfVariable(atoms, atom.name)), coefficient);
      continue;
    }
    const of = linearOf(atoms, atom.of);
    const quotient = atomTerm(numberOfQuotient(atoms, of, atom.by));
    sum = combine(sum, atom.kind === "floordiv" ? quotient : combine(of, quotient, -atom.by), coefficient);
  }
  return sum;
}

/** The value of `term` where atom k, a variable, is `values(k)`. */
export function evalLinear(atoms: Atoms, term: Linear, values: (variable: number) => number): number {
  let sum = term.constant;
  for (let k = 0; k < term.atoms.length; k++) {
    const number = term.atoms[k] ?? -1;
    const atom = atoms.list[number];
    const value = atom?.kind === "quotient" ? Math.floor(evalLinear(atoms, atom.of, values) / atom.by) : values(number);
    sum += (term.coefficients[k] ?? 0) * value;
  }
  return exact(sum);
}

export function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
