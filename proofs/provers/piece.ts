/**
 * A piece: a conjunction of linear constraints, kept as one integer interval per
 * distinct linear form (a form has coprime coefficients, the first positive, and no
 * constant). Whatever is done to a piece keeps every integer point that was in it:
 *
 * - a constraint narrows the interval of its form, rounding inwards to integers;
 * - a quotient q = ⌊e/c⌋ stands beside its definition `e − c·q ∈ [0, c − 1]`;
 *   multiples of c leave it, a common factor cancels, a range that gives one
 *   value makes it a number;
 * - bounds flow between forms and atoms, and equations are solved (saturate.ts).
 *
 * So an interval that becomes empty shows that the piece has no point. The converse
 * is not claimed: a piece that stays open may still be empty.
 */
import { addConstant, atomTerm, combine, constantTerm, exact, formKey, gcd, numberOfQuotient } from "../encode/linear.js";
import type { Atoms, Linear } from "../encode/linear.js";

/** The interval of one form. */
export interface Row {
  readonly form: Linear; // constant 0, at least two atoms
  readonly low: number;
  readonly high: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Piece {
  readonly atoms: Atoms;
  /** The range of each atom the piece mentions. */
  readonly ranges: Map<number, Range>;
  readonly rows: Map<string, Row>;
  /** Variables replaced by terms over the others. */
  readonly solved: Map<number, Linear>;
  /** Set by whatever tightens. */
  changed: boolean;
}

/** The box of the declared variables, the first atoms. */
export function newPiece(atoms: Atoms): Piece {
  const ranges = new Map<number, Range>();
  atoms.list.forEach((atom, k) => {
    if (atom.kind === "var") ranges.set(k, { low: 0, high: atom.extent - 1 });
  });
  return { atoms, ranges, rows: new Map(), solved: new Map(), changed: false };
}

export function copyPiece(p: Piece): Piece {
  return { ...p, ranges: new Map(p.ranges), rows: new Map(p.rows), solved: new Map(p.solved) };
}

/** Adds `term >= 0` or `term == 0`; false if the piece is then seen to be empty. */
export function impose(p: Piece, kind: "ge" | "eq", term: Linear): boolean {
  return confine(p, term, 0, kind === "eq" ? 0 : Infinity);
}

/** An interval that holds every value `term` takes in the piece. */
export function rangeOf(p: Piece, term: Linear): Range {
  return rangeOfResolved(p, resolve(p, term));
}

/** low <= term <= high. */
function confine(p: Piece, term: Linear, low: number, high: number): boolean {
  return confineResolved(p, resolve(p, term), low, high);
}

/** As `confine`, for a term whose solved variables are replaced already. */
export function confineResolved(p: Piece, t: Linear, low: number, high: number): boolean {
  const [first] = t.coefficients;
  if (first === undefined) return low <= t.constant && t.constant <= high;
  const g = t.coefficients.reduce(gcd, 0) * Math.sign(first);
  const form = { constant: 0, atoms: t.atoms, coefficients: t.coefficients.map((c) => c / g) };
  const ends = [(low - t.constant) / g, (high - t.constant) / g];
  return narrow(p, form, Math.ceil(Math.min(...ends)), Math.floor(Math.max(...ends)));
}

/** Intersects the interval of a form; the ends may be infinite. */
export function narrow(p: Piece, form: Linear, low: number, high: number): boolean {
  const [only] = form.atoms;
  if (form.atoms.length === 1 && only !== undefined) return narrowAtom(p, only, low, high);
  const key = formKey(form);
  const old = p.rows.get(key);
  const range = old ?? sumOfRanges(p, form);
  const [newLow, newHigh] = [Math.max(low, range.low), Math.min(high, range.high)];
  if (old === undefined || newLow > old.low || newHigh < old.high) {
    p.rows.set(key, { form, low: newLow, high: newHigh });
    p.changed = true;
  }
  return newLow <= newHigh;
}

/** Intersects the interval of an atom. */
export function narrowAtom(p: Piece, atom: number, low: number, high: number): boolean {
  const old = atomRange(p, atom);
  const [newLow, newHigh] = [Math.max(low, old.low), Math.min(high, old.high)];
  if (newLow > old.low || newHigh < old.high) {
    p.ranges.set(atom, { low: newLow, high: newHigh });
    p.changed = true;
  }
  return newLow <= newHigh;
}

/** The range of an atom; a quotient new to the piece gets its range and its definition. */
export function atomRange(p: Piece, atom: number): Range {
  const known = p.ranges.get(atom);
  if (known !== undefined) return known;
  const made = p.atoms.list[atom];
  if (made?.kind !== "quotient") throw new RangeError(`atom ${atom} has no range`);
  const of = rangeOfResolved(p, made.of);
  const range = { low: Math.floor(of.low / made.by), high: Math.floor(of.high / made.by) };
  p.ranges.set(atom, range);
  p.changed = true;
  confineResolved(p, combine(made.of, atomTerm(atom), -made.by), 0, made.by - 1);
  return range;
}

/** What the ranges of the atoms alone give for a term. */
export function sumOfRanges(p: Piece, term: Linear): Range {
  let [low, high] = [term.constant, term.constant];
  for (let k = 0; k < term.atoms.length; k++) {
    const c = term.coefficients[k] ?? 0;
    const range = atomRange(p, term.atoms[k] ?? -1);
    low += c > 0 ? c * range.low : c * range.high;
    high += c > 0 ? c * range.high : c * range.low;
  }
  return { low: exact(low), high: exact(high) };
}

/** As the sum of its atoms, or better where its form is known. */
function rangeOfResolved(p: Piece, t: Linear): Range {
  const sum = sumOfRanges(p, t);
  const [first] = t.coefficients;
  if (first === undefined || t.atoms.length < 2) return sum;
  const g = t.coefficients.reduce(gcd, 0) * Math.sign(first);
  const row = p.rows.get(formKey({ ...t, coefficients: t.coefficients.map((c) => c / g) }));
  if (row === undefined) return sum;
  const [a, b] = [row.low * g + t.constant, row.high * g + t.constant];
  return { low: Math.max(sum.low, Math.min(a, b)), high: Math.min(sum.high, Math.max(a, b)) };
}

/** `term` with solved variables replaced and quotients simplified by what the piece knows. */
export function resolve(p: Piece, term: Linear): Linear {
  let sum = constantTerm(term.constant);
  for (let k = 0; k < term.atoms.length; k++) {
    sum = combine(sum, resolveAtom(p, term.atoms[k] ?? -1), term.coefficients[k] ?? 0);
  }
  return sum;
}

/** The same for one atom. */
export function resolveAtom(p: Piece, atom: number): Linear {
  const made = p.atoms.list[atom];
  if (made?.kind === "quotient") return quotient(p, resolve(p, made.of), made.by);
  return standing(p, atom);
}

/** The atom, or what it was found to equal. */
function standing(p: Piece, atom: number): Linear {
  return p.solved.get(atom) ?? atomTerm(atom);
}

/** ⌊of / by⌋ as simply as the piece allows. */
function quotient(p: Piece, of: Linear, by: number): Linear {
  let outer = constantTerm(Math.floor(of.constant / by));
  let inner = constantTerm(of.constant - by * outer.constant);
  for (let k = 0; k < of.atoms.length; k++) {
    const c = of.coefficients[k] ?? 0;
    const atom = atomTerm(of.atoms[k] ?? -1);
    if (c % by === 0) outer = combine(outer, atom, c / by);
    else inner = combine(inner, atom, c);
  }
  const range = rangeOfResolved(p, inner);
  const low = Math.floor(range.low / by);
  if (low === Math.floor(range.high / by)) return addConstant(outer, low);
  return combine(outer, reducedQuotient(p, inner, by), 1);
}

/** ⌊of / by⌋ as one atom: a common factor cancelled, ⌊⌊e/b⌋/by⌋ as ⌊e/(b·by)⌋. */
function reducedQuotient(p: Piece, of: Linear, by: number): Linear {
  const g = of.coefficients.reduce(gcd, by);
  const small = { constant: Math.floor(of.constant / g), atoms: of.atoms, coefficients: of.coefficients.map((c) => c / g) };
  const [only] = small.atoms;
  const made = small.atoms.length === 1 && small.coefficients[0] === 1 ? p.atoms.list[only ?? -1] : undefined;
  if (made?.kind !== "quotient") return standing(p, numberOfQuotient(p.atoms, small, by / g));
  const whole = addConstant(made.of, exact(small.constant * made.by));
  return quotient(p, whole, exact(made.by * (by / g)));
}
