/**
 * Formulas as clauses of propositional logic: satisfiable exactly if some point of the
 * box satisfies them all. Every variable is bounded, so every number has a known width
 * and nothing wraps. A quotient q = ⌊e/c⌋ is a number of its own with
 * 0 <= e − c·q <= c − 1. Formulas that differ in the names of variables only give the
 * same clauses: variables are numbered in order of first occurrence.
 */
import { type Linear, type LinearAtom, combine, constantTerm, exact, newAtoms } from "../encode/linear.js";
import { occurringVariables } from "../encode/formula.js";
import { type Normal, normalForm } from "../encode/normal-form.js";
import type { BoundedVariable, Formula } from "../kernel/obligation.js";
import { type Circuit, type Clause, type Literal, all, newCircuit, require, some } from "./circuit.js";
import { type Bits, add, atLeast, constantBits, multiply, same, unknownBits } from "./numbers.js";

export interface ClauseSet {
  readonly variables: number;
  readonly clauses: readonly Clause[];
}

/** An integer low + bits, at most `high`. */
interface Ranged {
  readonly low: number;
  readonly high: number;
  readonly bits: Bits;
}

interface Blaster {
  readonly circuit: Circuit;
  readonly numbers: Ranged[];
}

/** Throws `Overflow` where numbers leave the exact range. */
export function clausesOf(variables: readonly BoundedVariable[], formulas: readonly Formula[]): ClauseSet {
  const atoms = newAtoms(occurringVariables(variables, formulas));
  const claims = formulas.map((f) => normalForm(atoms, f, true));
  const blaster: Blaster = { circuit: newCircuit(), numbers: [] };
  atoms.list.forEach((atom) => declare(blaster, atom)); // a quotient comes after the atoms it speaks of
  const { circuit } = blaster;
  for (const claim of claims) require(circuit, literalOf(blaster, claim));
  return { variables: circuit.variables, clauses: circuit.clauses };
}

function declare(blaster: Blaster, atom: LinearAtom): void {
  const { circuit, numbers } = blaster;
  const [low, high] = atom.kind === "var" ? [0, atom.extent - 1] : quotientRange(blaster, atom.of, atom.by);
  if (high < low) require(circuit); // a variable without any value: no point at all
  const bits = unknownBits(circuit, Math.max(high - low, 0));
  require(circuit, atLeast(circuit, constantBits(Math.max(high - low, 0)), bits));
  const number = numbers.push({ low, high, bits }) - 1;
  if (atom.kind === "var") return;
  const remainder = combine(atom.of, { constant: 0, atoms: [number], coefficients: [1] }, -atom.by);
  require(circuit, nonNegative(blaster, remainder));
  require(circuit, nonNegative(blaster, combine(constantTerm(atom.by - 1), remainder, -1)));
}

function quotientRange({ numbers }: Blaster, of: Linear, by: number): readonly [number, number] {
  let [low, high] = [of.constant, of.constant];
  of.atoms.forEach((atom, k) => {
    const [factor, range] = [of.coefficients[k] ?? 0, rangedAt(numbers, atom)];
    low = exact(low + exact(factor * (factor > 0 ? range.low : range.high)));
    high = exact(high + exact(factor * (factor > 0 ? range.high : range.low)));
  });
  return [Math.floor(low / by), Math.floor(high / by)];
}

function rangedAt(numbers: readonly Ranged[], atom: number): Ranged {
  const found = numbers[atom];
  if (found === undefined) throw new RangeError(`atom ${atom} is used before it is declared`);
  return found;
}

function literalOf(blaster: Blaster, normal: Normal): Literal {
  const { circuit } = blaster;
  switch (normal.kind) {
    case "and": return all(circuit, normal.of.map((part) => literalOf(blaster, part)));
    case "or": return some(circuit, normal.of.map((part) => literalOf(blaster, part)));
    case "ge": return nonNegative(blaster, normal.term);
    case "eq": {
      const [left, right] = sides(blaster, normal.term);
      return same(circuit, left, right);
    }
  }
}

function nonNegative(blaster: Blaster, term: Linear): Literal {
  const [left, right] = sides(blaster, term);
  return atLeast(blaster.circuit, left, right);
}

/** The term as left − right, two natural numbers. */
function sides({ circuit, numbers }: Blaster, term: Linear): readonly [Bits, Bits] {
  let constant = term.constant;
  const [left, right]: [Bits[], Bits[]] = [[], []];
  term.atoms.forEach((atom, k) => {
    const [factor, { low, bits }] = [term.coefficients[k] ?? 0, rangedAt(numbers, atom)];
    constant = exact(constant + exact(factor * low));
    (factor > 0 ? left : right).push(multiply(circuit, bits, Math.abs(factor)));
  });
  (constant > 0 ? left : right).push(constantBits(Math.abs(constant)));
  const total = (parts: readonly Bits[]): Bits => parts.reduce((sum, part) => add(circuit, sum, part), []);
  return [total(left), total(right)];
}
