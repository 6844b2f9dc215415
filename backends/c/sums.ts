/**
 * Sums that a program makes in place: how many steps an element can have had since it was last started.
 *
 * The stores to a buffer are its *starts*, whose values do not read it, and its *steps* B[i] = B[i] + e, or the product of
 * two factors added with one rounding, where e does not read it either. A start *precedes* a step where
 *
 * - no guard is around the start,
 * - both stand in the same loops down to some depth, c loops, and there the start is the earlier of the two,
 * - in each dimension the two indices are the same but for variables that are not of the c loops: as many in each, with
 *   the same factors; those of the start are in no other dimension and have at least the extents of the other's, and
 *   these are told apart by the sum of them.
 *
 * Then, whenever the step runs, the same iteration of the c loops has run the start at the same element before. So all
 * runs of the step on an element since that element's last start are in one iteration of the c loops, where those
 * variables of the index have one value each: there are no more of them than the product of the extents of the other loops around
 * the step. With a start that precedes it for every step, the counts of the steps may be added. Loops of any kind
 * mean what serial loops do (rule W8; docs/theorem.md).
 */
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import type { Expr, Load, Loop } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf, operandsOf } from "../../ir/loop/visit.js";

export interface Step {
  /** What is added: a value, or the product of two. */
  readonly summand: readonly Expr[];
  /** An element has it no more often than this from one start to the next. */
  readonly most: number;
}

export interface Sum {
  readonly starts: readonly Expr[];
  readonly steps: readonly Step[];
}

/** The sum that all stores to one buffer make; undefined where there are others, or where a step may have had no start. */
export function sumOf(stores: readonly StoreContext[]): Sum | undefined {
  const readsItself = ({ store: { buffer, value } }: StoreContext): boolean => loadsOf(value).some((load) => load.buffer === buffer);
  const starts = stores.filter((at) => !readsItself(at));
  const steps: Step[] = [];
  for (const step of stores.filter(readsItself)) {
    const summand = summandOf(step);
    const counts = starts.flatMap((start) => stepsAfter(start, step) ?? []);
    if (summand === undefined || counts.length === 0) return undefined;
    steps.push({ summand, most: Math.min(...counts) });
  }
  return { starts: starts.map(({ store }) => store.value), steps };
}

/** Of B[i] = B[i] + e, with i as it is stored at. */
function summandOf({ store: { buffer, index, value } }: StoreContext): readonly Expr[] | undefined {
  const isElement = (e: Expr | undefined): boolean => e?.kind === "load" && e.buffer === buffer && sameIndex(e, index);
  const isOther = (e: Expr): boolean => loadsOf(e).every((load) => load.buffer !== buffer);
  const [a, b] = operandsOf(value, "add.f32");
  const [x, y, sum] = operandsOf(value, "fma.f32");
  const found = [isElement(a) ? [b] : [], isElement(b) ? [a] : [], isElement(sum) ? [x, y] : []]
    .map((summand) => summand.flatMap((e) => e ?? []))
    .find((summand) => summand.length > 0);
  return found?.every(isOther) === true ? found : undefined;
}

function sameIndex({ index }: Load, other: readonly IndexExpr[]): boolean {
  return index.length === other.length && index.every(({ text }, axis) => text === other[axis]?.text);
}

/** How often the step runs on one element after this start of it; undefined where the start does not precede it. */
function stepsAfter(start: StoreContext, step: StoreContext): number | undefined {
  const common = start.loops.findIndex(({ variable }, depth) => variable !== step.loops[depth]?.variable);
  const depth = common < 0 ? start.loops.length : common;
  const [from, to] = [start.positions[depth], step.positions[depth]];
  if (start.conditions.length > 0 || from === undefined || to === undefined || from >= to) return undefined;
  const [covers, fixed] = [loopsBelow(start, depth), loopsBelow(step, depth)];
  const pairs = start.store.index.map((index, axis) => pairsIn(index, step.store.index[axis], [covers, fixed]));
  const used = pairs.flatMap((pair) => pair ?? []);
  if (pairs.includes(undefined) || new Set(used.map(([first]) => first)).size < used.length) return undefined;
  const others = [...fixed.values()].filter((loop) => used.every(([, second]) => second !== loop));
  return others.reduce((product, { extent }) => product * extent, 1);
}

function loopsBelow({ loops }: StoreContext, depth: number): ReadonlyMap<string, Loop> {
  return new Map(loops.slice(depth).map((loop) => [loop.variable, loop] as const));
}

type LoopPair = readonly [ofStart: Loop, ofStep: Loop];

/** The loops of the variables that tell the indices apart, none where they are the same; undefined where those of the start do not cover the other's. */
function pairsIn(start: IndexExpr, step: IndexExpr | undefined, [covers, fixed]: readonly [ReadonlyMap<string, Loop>, ReadonlyMap<string, Loop>]): readonly LoopPair[] | undefined {
  const [mine, other] = [apart(start, covers), step === undefined ? undefined : apart(step, fixed)];
  if (mine === undefined || other === undefined || mine.rest !== other.rest || mine.inner.length !== other.inner.length) return undefined;
  const pairs = mine.inner.flatMap(({ factor, loop }, k): readonly LoopPair[] => {
    const { factor: same, loop: of } = other.inner[k] ?? {};
    return of !== undefined && factor === same && loop.extent >= of.extent ? [[loop, of]] : [];
  });
  return pairs.length === mine.inner.length && isInjective(other.inner) ? pairs : undefined;
}

interface InnerTerm {
  readonly factor: number;
  readonly loop: Loop;
}

interface Apart {
  /** Of the variables of inner loops, by the size of the factor. */
  readonly inner: readonly InnerTerm[];
  /** The index without them, as text. */
  readonly rest: string;
}

/** The variables of these loops in an index, and what is left; undefined where one is in a quotient or a remainder. */
function apart({ constant, terms }: IndexExpr, loops: ReadonlyMap<string, Loop>): Apart | undefined {
  const inner: InnerTerm[] = [];
  const rest = [String(constant)];
  for (const { coefficient, atom } of terms) {
    if (atom.kind !== "var") return undefined;
    const loop = loops.get(atom.name);
    if (loop === undefined) rest.push(`${coefficient}*${atom.name}`);
    else inner.push({ factor: coefficient, loop });
  }
  return { inner: inner.toSorted((a, b) => Math.abs(a.factor) - Math.abs(b.factor)), rest: rest.join("+") };
}

/** Whether their sum tells all values of the variables apart: each factor is larger than all that those before it add up to. */
function isInjective(terms: readonly InnerTerm[]): boolean {
  let reach = 0;
  for (const { factor, loop } of terms) {
    if (Math.abs(factor) <= reach) return false;
    reach += Math.abs(factor) * (loop.extent - 1);
  }
  return true;
}
