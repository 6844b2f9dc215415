/**
 * Smaller index expressions and conditions. Every rule is an identity of integer
 * floor division, exact over the stated ranges, so a simplified expression may stand
 * wherever the original did: in a program, in a witness, in a proof obligation.
 */
import {
  type Atom, type Condition, type IndexExpr, type Term,
  floordiv, isLiteral, literal, minus, mod, plus, sameIndex, shift, times, variable, withAtoms, zero,
} from "../../../ir/loop/index-expr.js";
import { type ExtentOf, type Interval, rangeUnder } from "../../../ir/loop/interval.js";

/** What is known where the expression stands. */
interface Scope {
  readonly extentOf: ExtentOf;
  readonly known: readonly Condition[];
}

/** The extents of some variables, as a function; other variables have no known bound. */
export function extentsOf(variables: readonly { readonly variable: string; readonly extent: number }[]): ExtentOf {
  const extents = new Map(variables.map((v) => [v.variable, v.extent]));
  return (name) => extents.get(name) ?? Infinity;
}

/** Extents where conditions hold: from 2 − v ≥ 0 follows v < 3. */
export function extentsUnder(conditions: readonly Condition[], extentOf: ExtentOf): ExtentOf {
  const limits = new Map<string, number>();
  for (const { index: { constant, terms: [only, ...more] } } of conditions) {
    if (only?.atom.kind !== "var" || only.coefficient >= 0 || more.length > 0 || constant < 0) continue;
    const { name } = only.atom;
    limits.set(name, Math.min(limits.get(name) ?? Infinity, Math.floor(constant / -only.coefficient) + 1));
  }
  return limits.size === 0 ? extentOf : (name) => Math.min(limits.get(name) ?? Infinity, extentOf(name));
}

/** An expression equal to `e` wherever the variables are within their extents and `known` holds. */
export function simplify(e: IndexExpr, extentOf: ExtentOf, known: readonly Condition[] = []): IndexExpr {
  return inScope(e, { extentOf, known });
}

function inScope(e: IndexExpr, scope: Scope): IndexExpr {
  if (isLiteral(e)) return e;
  const merged = mergeRemainders(withAtoms(e, (atom) => simplifyAtom(atom, scope)), scope);
  return constantValue(merged, scope) ?? merged;
}

function range(e: IndexExpr, { extentOf, known }: Scope): Interval {
  return rangeUnder(e, known, extentOf);
}

function constantValue(e: IndexExpr, scope: Scope): IndexExpr | undefined {
  const { low, high } = range(e, scope);
  return low === high && Number.isSafeInteger(low) ? literal(low) : undefined;
}

function simplifyAtom(atom: Atom, scope: Scope): IndexExpr {
  if (atom.kind === "var") {
    const name = variable(atom.name);
    return constantValue(name, scope) ?? name;
  }
  const of = inScope(atom.of, scope);
  return atom.kind === "floordiv" ? quotient(of, atom.by, scope) : remainder(of, atom.by, scope);
}

/** ⌊of / by⌋ with the multiples of `by` taken out: ⌊(by·q + r) / by⌋ = q + ⌊r / by⌋. */
function quotient(of: IndexExpr, by: number, scope: Scope): IndexExpr {
  const { whole, rest } = divide(of, by);
  const bucket = bucketOf(rest, by, scope);
  return plus(whole, bucket === undefined ? bareQuotient(rest, by, scope) : literal(bucket));
}

/** of mod by, the multiples of `by` dropped. */
function remainder(of: IndexExpr, by: number, scope: Scope): IndexExpr {
  const { rest } = divide(of, by);
  const bucket = bucketOf(rest, by, scope);
  return bucket === undefined ? bareRemainder(rest, by, scope) : shift(rest, -bucket * by);
}

function bareQuotient(of: IndexExpr, by: number, scope: Scope): IndexExpr {
  const inner = soleAtom(of);
  if (inner?.kind === "floordiv") return quotient(inner.of, inner.by * by, scope); // ⌊⌊e/a⌋/b⌋ = ⌊e/ab⌋
  if (inner?.kind === "mod" && inner.by % by === 0) {
    return remainder(quotient(inner.of, by, scope), inner.by / by, scope); // ⌊(e mod ab)/b⌋ = ⌊e/b⌋ mod a
  }
  const split = commonFactor(of, by, scope);
  return split === undefined ? floordiv(of, by) : quotient(split.whole, by / split.factor, scope);
}

function bareRemainder(of: IndexExpr, by: number, scope: Scope): IndexExpr {
  const inner = soleAtom(of);
  if (inner?.kind === "mod" && inner.by % by === 0) return remainder(inner.of, by, scope);
  const split = commonFactor(of, by, scope);
  if (split === undefined) return mod(of, by);
  return plus(times(remainder(split.whole, by / split.factor, scope), split.factor), split.rest);
}

interface Division {
  readonly whole: IndexExpr;
  readonly rest: IndexExpr;
}

/** e = by·whole + rest, term by term. */
function divide(e: IndexExpr, by: number): Division {
  const wholeConstant = Math.floor(e.constant / by);
  let whole = literal(wholeConstant);
  let rest = literal(e.constant - by * wholeConstant);
  for (const term of e.terms) {
    if (term.coefficient % by === 0) whole = plus(whole, times(atomExpr(term.atom), term.coefficient / by));
    else rest = plus(rest, times(atomExpr(term.atom), term.coefficient));
  }
  return { whole, rest };
}

function atomExpr(atom: Atom): IndexExpr {
  if (atom.kind === "var") return variable(atom.name);
  return atom.kind === "floordiv" ? floordiv(atom.of, atom.by) : mod(atom.of, atom.by);
}

/** The k with by·k <= e < by·(k+1) throughout, if there is one. */
function bucketOf(e: IndexExpr, by: number, scope: Scope): number | undefined {
  const { low, high } = range(e, scope);
  const first = Math.floor(low / by);
  return Number.isSafeInteger(first) && first === Math.floor(high / by) ? first : undefined;
}

/** A divisor g > 1 of `by` with e = g·whole + rest and 0 <= rest < g: then ⌊e/by⌋ = ⌊whole/(by/g)⌋. */
function commonFactor(e: IndexExpr, by: number, scope: Scope): (Division & { readonly factor: number }) | undefined {
  const factors = new Set(e.terms.map((term) => gcd(Math.abs(term.coefficient), by)));
  for (const factor of [...factors].sort((a, b) => b - a)) {
    if (factor === 1) continue;
    const split = divide(e, factor);
    if (bucketOf(split.rest, factor, scope) === 0) return { ...split, factor };
  }
  return undefined;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The atom of an expression that is exactly one atom. */
function soleAtom(e: IndexExpr): Atom | undefined {
  const [term] = e.terms;
  return e.constant === 0 && e.terms.length === 1 && term?.coefficient === 1 ? term.atom : undefined;
}

/** c·⌊e/c⌋ + (e mod c) → e, and c·(⌊e/c⌋ mod d) + (e mod c) → e mod cd, as often as they apply. */
function mergeRemainders(e: IndexExpr, scope: Scope): IndexExpr {
  let current = e;
  for (let next = mergeOne(current, scope); next !== undefined; next = mergeOne(current, scope)) current = next;
  return current;
}

function mergeOne(e: IndexExpr, scope: Scope): IndexExpr | undefined {
  for (const low of e.terms) {
    const { atom } = low;
    if (atom.kind !== "mod") continue;
    const upper = quotient(atom.of, atom.by, scope);
    for (const high of e.terms) {
      if (high.coefficient !== low.coefficient * atom.by) continue;
      const merged = mergedPair(high.atom, upper, atom, scope);
      if (merged !== undefined) return plus(without(e, low, high), times(merged, low.coefficient));
    }
  }
  return undefined;
}

/** A `floordiv` or `mod` atom. */
type Quotient = Exclude<Atom, { readonly kind: "var" }>;

function mergedPair(high: Atom, upper: IndexExpr, low: Quotient, scope: Scope): IndexExpr | undefined {
  if (sameIndex(atomExpr(high), upper)) return low.of;
  if (high.kind === "mod" && sameIndex(high.of, upper)) return remainder(low.of, low.by * high.by, scope);
  return undefined;
}

function without(e: IndexExpr, ...terms: readonly Term[]): IndexExpr {
  return terms.reduce((rest, term) => minus(rest, times(atomExpr(term.atom), term.coefficient)), e);
}

/** `c` made smaller, or what it always is. */
export function simplifyCondition(c: Condition, extentOf: ExtentOf, known: readonly Condition[] = []): Condition | "always" | "never" {
  const scope = { extentOf, known };
  const reduced = reduceCondition({ kind: c.kind, index: inScope(c.index, scope) });
  if (reduced === "never") return "never";
  const { low, high } = range(reduced.index, scope);
  if (high < 0 || (reduced.kind === "eq" && low > 0)) return "never";
  if (low >= 0 && (reduced.kind === "ge" || high === 0)) return "always";
  return reduced;
}

/** Divides by the common factor of the coefficients and opens a lone quotient: ⌊e/c⌋ >= k ⟺ e >= ck. */
function reduceCondition(c: Condition): Condition | "never" {
  const { constant, terms } = c.index;
  const factor = terms.reduce((g, term) => gcd(g, Math.abs(term.coefficient)), 0);
  if (factor === 0) return c;
  if (c.kind === "eq" && constant % factor !== 0) return "never";
  const { whole: index } = divide(c.index, factor);
  const [only] = index.terms;
  if (c.kind === "eq" || index.terms.length > 1 || only?.atom.kind !== "floordiv") return { kind: c.kind, index };
  const { of, by } = only.atom;
  if (only.coefficient > 0) return reduceCondition({ kind: "ge", index: shift(of, index.constant * by) });
  return reduceCondition({ kind: "ge", index: minus(literal((index.constant + 1) * by - 1), of) });
}

/** The conjunction without what always holds or follows from the rest; "never" when seen to be empty. */
export function simplifyConditions(
  conditions: readonly Condition[], extentOf: ExtentOf, known: readonly Condition[] = [],
): Condition[] | "never" {
  const kept: Condition[] = [];
  for (let k = 0; k < conditions.length; k++) {
    const c = conditions[k];
    if (c === undefined) continue;
    const simpler = simplifyCondition(c, extentOf, [...known, ...kept, ...conditions.slice(k + 1)]);
    if (simpler === "never") return "never";
    if (simpler !== "always") kept.push(simpler);
  }
  return kept;
}

/** `e` at a point where it can only be 0 is 0: for tuples of indices. */
export function simplifyAll(tuple: readonly IndexExpr[], extentOf: ExtentOf, known: readonly Condition[] = []): IndexExpr[] {
  return tuple.map((e) => (isLiteral(e) ? e : simplify(e, extentOf, known)));
}

/** Index tuples equal as texts; tuples of different length are different. */
export function sameTuple(a: readonly IndexExpr[], b: readonly IndexExpr[]): boolean {
  return a.length === b.length && a.every((e, k) => sameIndex(e, b[k] ?? zero));
}
