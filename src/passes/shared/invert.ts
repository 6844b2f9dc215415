/**
 * Inverse of an index map: from the element an access touches back to the values of
 * the loop variables. It exists for permutations of axes and for reshapes: there the
 * row-major number of the element is a mixed-radix number whose digits are digits of the
 * loop variables (all of one for a reshape, quotient and remainder for depth-to-space).
 */
import { type Atom, type IndexExpr, floordiv, mod, plus, times, zero } from "../../../ir/loop/index-expr.js";
import type { Loop } from "../../../ir/loop/program.js";
import { extentsOf, simplify } from "./simplify.js";

/** Gives each loop variable as an expression over the element's index. */
export type Inverse = (element: readonly IndexExpr[]) => ReadonlyMap<string, IndexExpr>;

type Axis = Pick<Loop, "variable" | "extent">;

/**
 * The inverse of `tuple` over `loops` into a buffer of this shape, if the map is a
 * bijection that permutes or reshapes; undefined otherwise.
 */
export function inverseOf(tuple: readonly IndexExpr[], loops: readonly Axis[], shape: readonly number[]): Inverse | undefined {
  const simpler = tuple.map((e) => simplify(e, extentsOf(loops)));
  return permutation(simpler, loops, shape) ?? mixedRadix(simpler, loops, shape);
}

/** The variable that an expression consists of. */
export function plainVariable(e: IndexExpr): string | undefined {
  const [term] = e.terms;
  const plain = e.constant === 0 && e.terms.length === 1 && term?.coefficient === 1 && term.atom.kind === "var";
  return plain ? term.atom.name : undefined;
}

function permutation(tuple: readonly IndexExpr[], loops: readonly Axis[], shape: readonly number[]): Inverse | undefined {
  const axisOf = new Map<string, number>();
  for (const [axis, e] of tuple.entries()) {
    if (shape[axis] === 1) continue;
    const name = plainVariable(e);
    const extent = loops.find((loop) => loop.variable === name)?.extent;
    if (name === undefined || axisOf.has(name) || extent !== shape[axis]) return undefined;
    axisOf.set(name, axis);
  }
  if (loops.some(({ variable, extent }) => extent > 1 && !axisOf.has(variable))) return undefined;
  return (element) => new Map(loops.map(({ variable }) => [variable, element[axisOf.get(variable) ?? -1] ?? zero]));
}

/** One digit of a loop variable: ⌊variable / place⌋ mod extent; `weight` is its place in the element's number. */
interface Digit {
  readonly variable: string;
  readonly place: number;
  readonly extent: number;
  readonly weight: number;
}

function mixedRadix(tuple: readonly IndexExpr[], loops: readonly Axis[], shape: readonly number[]): Inverse | undefined {
  const flat = simplify(flatten(tuple, shape), extentsOf(loops));
  const digits = digitsOf(flat, loops);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (digits === undefined || stacked(digits.map(({ weight, extent }) => ({ place: weight, extent }))) !== count) return undefined;
  const whole = loops.every(({ variable, extent }) => stacked(digits.filter((digit) => digit.variable === variable)) === extent);
  if (!whole) return undefined;
  return (element) => {
    const number = flatten(element, shape);
    const valueOf = (name: string): IndexExpr =>
      digits.filter(({ variable }) => variable === name).reduce((sum, { place, weight, extent }) => plus(sum, times(mod(floordiv(number, weight), extent), place)), zero);
    return new Map(loops.map(({ variable }) => [variable, valueOf(variable)]));
  };
}

/** How many numbers the digits spell, if the place of each is the product of the extents below it. */
function stacked(digits: readonly Pick<Digit, "place" | "extent">[]): number | undefined {
  let expected = 1;
  for (const { place, extent } of digits.toSorted((a, b) => a.place - b.place)) {
    if (place !== expected) return undefined;
    expected *= extent;
  }
  return expected;
}

/** Row-major number of an element. */
export function flatten(index: readonly IndexExpr[], shape: readonly number[]): IndexExpr {
  return index.reduce((sum, e, axis) => plus(times(sum, shape[axis] ?? 1), e), zero);
}

/** `flat` as a sum of digits of loop variables. */
function digitsOf(flat: IndexExpr, loops: readonly Axis[]): readonly Digit[] | undefined {
  if (flat.constant !== 0) return undefined;
  const digits = flat.terms.flatMap(({ coefficient, atom }) => digitOf(atom, coefficient, loops) ?? []);
  return digits.length === flat.terms.length ? digits : undefined;
}

function digitOf(atom: Atom, weight: number, loops: readonly Axis[]): Digit | undefined {
  if (atom.kind === "var") {
    const extent = loops.find(({ variable }) => variable === atom.name)?.extent;
    return extent === undefined ? undefined : { variable: atom.name, place: 1, extent, weight };
  }
  const [inner] = atom.of.terms;
  if (inner === undefined || atom.of.constant !== 0 || atom.of.terms.length !== 1 || inner.coefficient !== 1) return undefined;
  const digit = digitOf(inner.atom, weight, loops);
  if (digit === undefined || digit.extent % atom.by !== 0) return undefined;
  return atom.kind === "mod" ? { ...digit, extent: atom.by } : { ...digit, place: digit.place * atom.by, extent: digit.extent / atom.by };
}
