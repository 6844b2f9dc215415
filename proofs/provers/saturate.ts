/**
 * Saturation: what a piece implies, worked out to a fixed point.
 *
 * - Bounds flow from the atoms to each form and back, by interval arithmetic.
 * - `g·A + B ∈ [l, h]` bounds the form A by the range of B, divided by g.
 * - A form with one value is an equation; if a variable has coefficient ±1 in it and
 *   does not occur inside its quotients, it is replaced everywhere (if it did occur
 *   there, replacing it would never end).
 *
 * Each step only states what holds at every point of the piece.
 */
import { addConstant, atomTerm, combine, constantTerm, formKey } from "../encode/linear.js";
import type { Linear } from "../encode/linear.js";
import { atomRange, confineResolved, narrow, narrowAtom, resolve, resolveAtom, sumOfRanges } from "./piece.js";
import type { Piece, Range, Row } from "./piece.js";

/** Tightens to a fixed point, or for a bounded number of rounds; false if the piece is empty. */
export function saturate(p: Piece): boolean {
  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    p.changed = false;
    for (const key of [...p.rows.keys()]) {
      const row = p.rows.get(key);
      if (row !== undefined && !propagate(p, row)) return false;
    }
    if (eliminate(p) && !rewrite(p)) return false;
    if (!p.changed) return true;
  }
  return true;
}

/** Bounds flow from the atoms to the form, back to each atom, and to the parts of the form that share a factor. */
function propagate(p: Piece, row: Row): boolean {
  const { form } = row;
  const sum = sumOfRanges(p, form);
  const whole = { low: Math.max(row.low, sum.low), high: Math.min(row.high, sum.high) };
  if (!narrow(p, form, whole.low, whole.high)) return false;
  for (let k = 0; k < form.atoms.length; k++) {
    if (!propagateAtom(p, form, k, whole, sum)) return false;
  }
  return form.atoms.length < 3 || factorsOf(form).every((g) => propagateMultiples(p, form, g, whole));
}

/** c·x = whole − the other atoms. */
function propagateAtom(p: Piece, form: Linear, k: number, whole: Range, sum: Range): boolean {
  const [atom, c] = [form.atoms[k] ?? -1, form.coefficients[k] ?? 0];
  const { low, high } = atomRange(p, atom);
  const restLow = sum.low - (c > 0 ? c * low : c * high);
  const restHigh = sum.high - (c > 0 ? c * high : c * low);
  const ends = [(whole.low - restHigh) / c, (whole.high - restLow) / c];
  return narrowAtom(p, atom, Math.ceil(Math.min(...ends)), Math.floor(Math.max(...ends)));
}

/** The magnitudes above 1 that divide at least two coefficients of the form. */
function factorsOf(form: Linear): number[] {
  const magnitudes = new Set(form.coefficients.map(Math.abs));
  return [...magnitudes].filter((g) => g > 1 && form.coefficients.filter((c) => c % g === 0).length > 1);
}

/** For form = g·A + B, coprime and so with B not empty: g·A = whole − B. */
function propagateMultiples(p: Piece, form: Linear, g: number, whole: Range): boolean {
  const rest = sumOfRanges(p, part(form, (c) => c % g !== 0));
  return confineResolved(p, part(form, (c) => c % g === 0), whole.low - rest.high, whole.high - rest.low);
}

function part(form: Linear, keep: (coefficient: number) => boolean): Linear {
  const kept = form.coefficients.map((_, k) => k).filter((k) => keep(form.coefficients[k] ?? 0));
  return { constant: 0, atoms: kept.map((k) => form.atoms[k] ?? -1), coefficients: kept.map((k) => form.coefficients[k] ?? 0) };
}

/** Solves what has one value left; true if anything was solved. */
function eliminate(p: Piece): boolean {
  const before = p.solved.size;
  for (const [atom, { low, high }] of [...p.ranges]) {
    if (low === high && !p.solved.has(atom)) p.solved.set(atom, constantTerm(low));
  }
  for (const { form, low, high } of [...p.rows.values()]) {
    if (low === high) solveEquation(p, resolve(p, addConstant(form, -low)));
  }
  return p.solved.size > before;
}

/** From `term == 0`: a variable with coefficient ±1 that does not occur inside the term's quotients. */
function solveEquation(p: Piece, term: Linear): void {
  const k = term.atoms.findIndex((atom, i) => Math.abs(term.coefficients[i] ?? 0) === 1 && isFree(p, atom, term));
  const atom = term.atoms[k];
  if (atom === undefined) return;
  const c = term.coefficients[k] ?? 0;
  const others = combine(term, atomTerm(atom), -c);
  p.solved.set(atom, combine(constantTerm(0), others, -c));
}

function isFree(p: Piece, variable: number, term: Linear): boolean {
  return p.atoms.list[variable]?.kind === "var" && !term.atoms.some((atom) => occursInside(p, variable, atom));
}

function occursInside(p: Piece, variable: number, atom: number): boolean {
  const made = p.atoms.list[atom];
  return made?.kind === "quotient" && made.of.atoms.some((inner) => inner === variable || occursInside(p, variable, inner));
}

/** Restates everything in terms of what is left after `eliminate`; the last solved first, earlier terms speak of later ones. */
function rewrite(p: Piece): boolean {
  p.changed = true;
  for (const [atom, value] of [...p.solved].reverse()) {
    const now = resolve(p, value);
    p.solved.set(atom, now);
    const { low, high } = atomRange(p, atom);
    if (!confineResolved(p, now, low, high)) return false;
  }
  return [...p.ranges].every(([atom, range]) => restateAtom(p, atom, range)) && [...p.rows].every(([key, row]) => restateRow(p, key, row));
}

/** A quotient whose dividend changed becomes another atom, which inherits the range. */
function restateAtom(p: Piece, atom: number, { low, high }: Range): boolean {
  if (p.atoms.list[atom]?.kind === "var") return true;
  const now = resolveAtom(p, atom);
  if (now.atoms.length === 1 && now.atoms[0] === atom && now.coefficients[0] === 1) return true;
  if (!p.solved.has(atom)) p.ranges.delete(atom);
  return confineResolved(p, now, low, high);
}

function restateRow(p: Piece, key: string, { form, low, high }: Row): boolean {
  const now = resolve(p, form);
  if (formKey(now) === key && now.constant === 0) return true;
  p.rows.delete(key);
  return confineResolved(p, now, low, high);
}
