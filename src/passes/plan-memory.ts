/**
 * plan-memory: every temporary gets a place in the arena of its element type. Two may
 * share elements if no top-level nest lies in the lives of both.
 *
 * Rewrite: only the places of buffers. Requires: nothing. Ensures: disjoint places or
 * disjoint lives; no plan of several greedy ones is lower, and below a budget none at all.
 * The largest set alive at one position bounds every plan from below; search stops there.
 * Timing: unchanged but for the cache. Refuses: nothing.
 */
import type { Program } from "../../ir/loop/program.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Item, itemsOf, liveBound } from "./shared/lifetimes.js";
import { onlyOptions } from "./shared/options.js";
import { identityPhi } from "./shared/wiring.js";

/** Partial plans the exact search looks at, per element type. */
const searchBudget = 200_000;

/** Improvements tried on each greedy order. */
const promotions = 60;

export const planMemory: Pass = {
  name: "plan-memory",
  summary: "place temporaries in one arena per element type",
  run: plan,
};

function plan({ program, dataflow }: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(planMemory.name, options, []);
  const items = itemsOf(program);
  if (items.length === 0) return undefined;
  const types = [...new Set(items.map(({ buffer }) => buffer.type))];
  const offsets = new Map(types.flatMap((type) => [...bestPlan(items.filter(({ buffer }) => buffer.type === type))]));
  const buffers = program.buffers.map((buffer) => {
    const offset = offsets.get(buffer.name);
    return offset === undefined ? buffer : { ...buffer, place: { offset } };
  });
  const after = { ...program, buffers };
  return { after, witness: { ...dataflow, phi: identityPhi(after) } };
}

/** Per element type, the elements its arena needs for the places in the program. */
export function arenaSize(program: Program): Map<ElementType, number> {
  const sizes = new Map<ElementType, number>();
  for (const { type, shape, place } of program.buffers) {
    if (place !== undefined) sizes.set(type, Math.max(sizes.get(type) ?? 0, place.offset + elementCount(shape)));
  }
  return sizes;
}

/** Offsets by buffer name. */
type Offsets = ReadonlyMap<string, number>;

interface Placed extends Item {
  readonly offset: number;
}

/** The smallest arena among several greedy orders, improved by search until it meets the bound. */
function bestPlan(items: readonly Item[]): Offsets {
  const bound = liveBound(items);
  let best: readonly Placed[] = [];
  let height = Infinity;
  for (const order of orders) {
    for (const choose of [lowestGap, tightestGap]) {
      const placed = promoted(items.toSorted(order), choose, bound);
      if (heightOf(placed) < height) [best, height] = [placed, heightOf(placed)];
    }
  }
  const found = height > bound ? search(items, bound, height) : undefined;
  return new Map((found ?? best).map(({ buffer, offset }) => [buffer.name, offset]));
}

type Choice = (item: Item, placed: readonly Placed[]) => number;

/** Greedy placement in the given order; then whatever reaches the top is placed first, again and again. */
function promoted(items: readonly Item[], choose: Choice, bound: number): readonly Placed[] {
  let order = items;
  let best: readonly Placed[] = [];
  for (let round = 0; round <= promotions; round++) {
    const placed = order.reduce<readonly Placed[]>((done, item) => [...done, { ...item, offset: choose(item, done) }], []);
    const height = heightOf(placed);
    if (round === 0 || height < heightOf(best)) best = placed;
    const top = placed.find(({ offset, size }) => offset + size === height)?.buffer;
    if (height <= bound || order[0]?.buffer === top) break;
    order = [...order.filter(({ buffer }) => buffer === top), ...order.filter(({ buffer }) => buffer !== top)];
  }
  return best;
}

type Order = (a: Item, b: Item) => number;

const lifetime = ({ first, last }: Item): number => last - first + 1;
const byName: Order = (a, b) => (a.buffer.name < b.buffer.name ? -1 : 1);

/** Ties by name: the same program always gets the same plan. */
const orders: readonly Order[] = [
  (a, b) => b.size - a.size || byName(a, b),
  (a, b) => b.size * lifetime(b) - a.size * lifetime(a) || byName(a, b),
  (a, b) => lifetime(b) - lifetime(a) || b.size - a.size || byName(a, b),
  (a, b) => a.first - b.first || b.size - a.size || byName(a, b),
  (a, b) => b.last - a.last || b.size - a.size || byName(a, b),
];

function heightOf(placed: readonly Placed[]): number {
  return placed.reduce((height, { offset, size }) => Math.max(height, offset + size), 0);
}

interface Gap {
  readonly offset: number;
  readonly size: number;
}

/** Free ranges while `item` lives, lowest first; the last is unbounded. */
function gapsFor(item: Item, placed: readonly Placed[]): Gap[] {
  const busy = placed.filter(({ first, last }) => first <= item.last && item.first <= last).toSorted((a, b) => a.offset - b.offset);
  const gaps: Gap[] = [];
  let free = 0;
  for (const { offset, size } of busy) {
    if (offset > free) gaps.push({ offset: free, size: offset - free });
    free = Math.max(free, offset + size);
  }
  return [...gaps, { offset: free, size: Infinity }];
}

function lowestGap(item: Item, placed: readonly Placed[]): number {
  return gapsFor(item, placed).find(({ size }) => size >= item.size)?.offset ?? 0;
}

function tightestGap(item: Item, placed: readonly Placed[]): number {
  const fitting = gapsFor(item, placed).filter(({ size }) => size >= item.size);
  return fitting.toSorted((a, b) => a.size - b.size || a.offset - b.offset)[0]?.offset ?? 0;
}

/**
 * A plan lower than `height`, if the budget finds one: depth first over the orders of
 * placement at the lowest gap. Any plan pushed down is the result of such an order,
 * that of its offsets, so only orders of rising offsets are tried.
 */
function search(items: readonly Item[], bound: number, height: number): readonly Placed[] | undefined {
  let best: readonly Placed[] | undefined;
  let limit = height;
  let budget = searchBudget;
  const extend = (placed: readonly Placed[], rest: readonly Item[]): void => {
    if (rest.length === 0) {
      best = placed;
      limit = heightOf(placed);
      return;
    }
    const floor = placed.at(-1)?.offset ?? 0;
    for (const item of rest) {
      if (limit <= bound || budget-- <= 0) return;
      const offset = lowestGap(item, placed);
      if (offset < floor || offset + item.size >= limit) continue;
      extend([...placed, { ...item, offset }], rest.filter((other) => other !== item));
    }
  };
  extend([], items.toSorted((a, b) => b.size - a.size || byName(a, b)));
  return best;
}
