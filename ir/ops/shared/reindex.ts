/**
 * Row-major reinterpretation: the element of a tensor of one shape that has the same
 * linear position as a given point of another shape. Expressions stay as simple as
 * the shapes allow: runs of axes with equal products are matched separately, axes of
 * extent 1 vanish, and floordiv or mod appear only where an axis is really cut.
 */
import { invariant } from "../../prelude.js";
import {
  type Atom, type IndexExpr, floordiv, literal, minus, mod, plus, shift, times, variable, zero,
} from "../../loop/index-expr.js";
import { rangeOf } from "../../tensor/index-range.js";
import { elementCount, stridesOf } from "../../tensor/tensor.js";

/** An axis of the point: its coordinate and its extent. */
interface Coordinate {
  readonly index: IndexExpr;
  readonly extent: number;
}

/** The index into a tensor of shape `from` of the element at `point` of a tensor of shape `to`. */
export function reindex(point: readonly IndexExpr[], to: readonly number[], from: readonly number[]): readonly IndexExpr[] {
  invariant(elementCount(to) === elementCount(from), `shapes ${to.join(",")} and ${from.join(",")} differ in size`);
  const index = new Array<IndexExpr>(from.length).fill(zero);
  if (elementCount(from) === 0) return index; // of no point
  const targets = from.map((extent, axis) => ({ extent, axis })).filter(({ extent }) => extent !== 1);
  const sources = to.map((extent, axis) => ({ index: point[axis] ?? zero, extent })).filter(({ extent }) => extent !== 1);
  while (targets.length > 0) {
    const [own, theirs] = takeEqualProducts(targets, sources);
    const indices = cut(theirs, own.map(({ extent }) => extent));
    own.forEach(({ axis }, k) => (index[axis] = indices[k] ?? zero));
  }
  return index;
}

/** Removes from the front of both lists the shortest runs of equal product. */
function takeEqualProducts<T extends { readonly extent: number }, S extends { readonly extent: number }>(a: T[], b: S[]): [T[], S[]] {
  const fromA: T[] = [];
  const fromB: S[] = [];
  let left = 1;
  let right = 1;
  do {
    if (left <= right) left *= move(a, fromA);
    else right *= move(b, fromB);
  } while (left !== right);
  return [fromA, fromB];
}

function move<T extends { readonly extent: number }>(from: T[], to: T[]): number {
  const next = from.shift();
  invariant(next !== undefined, "shapes of equal size have equal runs");
  to.push(next);
  return next.extent;
}

/** The coordinates along `extents` of the row-major position of `point`. */
function cut(point: readonly Coordinate[], extents: readonly number[]): readonly IndexExpr[] {
  const steps = stridesOf(point.map(({ extent }) => extent));
  const position = point.reduce((sum, { index }, axis) => plus(sum, times(index, steps[axis] ?? 0)), zero);
  const ranges = variableRanges(point);
  const strides = stridesOf(extents);
  return extents.map((extent, axis) => {
    const quotient = floordivWithin(position, strides[axis] ?? 1, ranges);
    return axis === 0 ? quotient : modWithin(quotient, extent, ranges);
  });
}

/** Extents of the variables of `point`, whose coordinates are plain variables. */
function variableRanges(point: readonly Coordinate[]): ReadonlyMap<string, number> {
  return new Map(point.map(({ index, extent }) => {
    const atom = index.terms[0]?.atom;
    invariant(atom?.kind === "var" && index.text === atom.name, `reindex takes a point of variables, not ${index.text}`);
    return [atom.name, extent];
  }));
}

/** ⌊e / by⌋ with multiples of `by` taken out and the rest dropped where it is known to lie in 0 … by − 1. */
export function floordivWithin(e: IndexExpr, by: number, extents: ReadonlyMap<string, number>): IndexExpr {
  const [whole, rest] = splitMultiples(e, by);
  const [low, high] = rangeOf(rest, extents);
  return low >= 0 && high < by ? whole : plus(whole, floordiv(rest, by));
}

/** e mod by, under the same simplifications. */
export function modWithin(e: IndexExpr, by: number, extents: ReadonlyMap<string, number>): IndexExpr {
  const [, rest] = splitMultiples(e, by);
  const [low, high] = rangeOf(rest, extents);
  return low >= 0 && high < by ? rest : mod(rest, by);
}

/** e = by·whole + rest, rest keeping the terms whose coefficient `by` does not divide. */
function splitMultiples(e: IndexExpr, by: number): [whole: IndexExpr, rest: IndexExpr] {
  const quotient = Math.floor(e.constant / by);
  let whole = literal(quotient);
  let rest = e;
  for (const { coefficient, atom } of e.terms) {
    if (coefficient % by !== 0) continue;
    const term: IndexExpr = times(unitOf(atom), coefficient / by);
    whole = plus(whole, term);
    rest = minus(rest, times(term, by));
  }
  return [whole, shift(rest, -by * quotient)];
}

function unitOf(atom: Atom): IndexExpr {
  switch (atom.kind) {
    case "var": return variable(atom.name);
    case "floordiv": return floordiv(atom.of, atom.by);
    case "mod": return mod(atom.of, atom.by);
  }
}
