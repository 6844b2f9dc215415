/**
 * Addresses by strength reduction. The address of an access is a sum of terms; what
 * depends on the loops down to depth d is kept in a slot that the loop at depth d
 * updates once per iteration from the slot of the loops outside it. Equal partial
 * sums share a slot, so a load and a store of one element cost one address.
 */
import { present } from "../prelude.js";
import type { ElementType } from "../scalar/types.js";
import { stridesOf } from "../tensor/tensor.js";
import { affineIn } from "./affine.js";
import { type Variables, compileIndex, compileSum, deepest } from "./eval-index.js";
import { ExecutionFault, type Memory, type Storage } from "./eval-memory.js";
import { type Condition, type IndexExpr, type Term, plus, times, zero } from "./index-expr.js";
import { rangeUnder } from "./interval.js";

/** `slots[into] = slots[from] + factor · v + rest()`, once per iteration v of the loop. */
export interface Update {
  readonly into: number;
  readonly from: number;
  readonly factor: number;
  /** What is not a multiple of the loop's own variable, if anything. */
  readonly rest: (() => number) | undefined;
}

/** What one loop keeps up to date. */
export interface Level {
  readonly updates: Update[];
  /** Slot of each partial sum: the slot it starts from and the text of what is added. */
  readonly known: Map<string, number>;
}

/** Where code is being compiled: the loops around it and what is known there. */
export interface Scope extends Variables {
  readonly memory: Memory;
  readonly slots: Slots;
  readonly extents: ReadonlyMap<string, number>;
  /** Conditions that hold wherever the code runs. */
  readonly conditions: readonly Condition[];
  /** One per loop, outermost first, after one for the program. */
  readonly levels: readonly Level[];
  /** For faults. */
  readonly statement: string;
}

/** Addresses modulo 2^32: partial sums may leave the range, the whole sum never does. */
export interface Slots {
  readonly values: Int32Array;
  used: number;
}

export function newLevel(): Level {
  return { updates: [], known: new Map() };
}

/** The slot that holds `e` wherever `scope` runs. */
export function slotFor(e: IndexExpr, scope: Scope): number {
  let slot = constantSlot(e.constant, scope);
  scope.levels.forEach((level, k) => {
    const terms = e.terms.filter((term) => deepest([term], scope) === k - 1);
    if (terms.length > 0) slot = partialSum(slot, terms, level, scope);
  });
  return slot;
}

function constantSlot(value: number, scope: Scope): number {
  const { known } = present(scope.levels[0], "level of the program");
  const slot = known.get(`${value}`) ?? scope.slots.used++;
  known.set(`${value}`, slot);
  scope.slots.values[slot] = value;
  return slot;
}

function partialSum(from: number, terms: readonly Term[], { known, updates }: Level, scope: Scope): number {
  const key = `${from} ${terms.map(printTerm).join(" ")}`;
  const slot = known.get(key);
  if (slot !== undefined) return slot;
  const into = scope.slots.used++;
  known.set(key, into);
  const own = terms.find(({ atom }) => atom.kind === "var"); // variables of outer loops are in outer levels
  const others = terms.filter((term) => term !== own);
  updates.push({ into, from, factor: own?.coefficient ?? 0, rest: others.length === 0 ? undefined : compileSum(0, others, scope) });
  return into;
}

function printTerm({ coefficient, atom }: Term): string {
  return `${coefficient}*${atom.kind === "var" ? atom.name : `${atom.kind}(${atom.of.text},${atom.by})`}`;
}

/** A load or store, with what interval arithmetic says of its index once for the whole run. */
export interface Access {
  readonly storage: Storage;
  readonly type: ElementType;
  /** Row-major address in the buffer. */
  readonly address: IndexExpr;
  /** Dimensions that could not be placed within the shape: they are checked at every access. */
  readonly unproved: readonly { readonly index: IndexExpr; readonly extent: number }[];
  readonly index: readonly IndexExpr[];
}

/** The element that `buffer[index]` names at the current point, bounds checked once per nest where that is possible. */
export function accessOf({ buffer, index }: { readonly buffer: string; readonly index: readonly IndexExpr[] }, scope: Scope): Access {
  const storage = present(scope.memory.get(buffer), `buffer ${buffer}`);
  const { shape, type } = storage.buffer;
  const strides = stridesOf(shape);
  const extent = (name: string): number => present(scope.extents.get(name), `extent of ${name}`);
  const dimensions = index.map((e, axis) => ({ index: e, extent: shape[axis] ?? 0 }));
  const unproved = dimensions.filter((dimension) => {
    const { low, high } = rangeUnder(dimension.index, scope.conditions, extent);
    return low < 0 || high >= dimension.extent;
  });
  const address = index.reduce((sum, e, axis) => plus(sum, times(e, strides[axis] ?? 0)), zero);
  return { storage, type, address, unproved, index };
}

/** Where an access finds its address: in a slot, once `check` has passed, if there is something to check. */
export interface Located {
  readonly slot: number;
  readonly check: (() => void) | undefined;
}

/** The check throws ExecutionFault where the index is outside its buffer. */
export function locate(access: Access, scope: Scope): Located {
  const slot = slotFor(access.address, scope);
  return { slot, check: access.unproved.length === 0 ? undefined : compileCheck(access, scope) };
}

function compileCheck(access: Access, scope: Scope): () => void {
  const checks = access.unproved.map(({ index, extent }) => ({ value: compileIndex(index, scope), extent }));
  const point = access.index.map((e) => compileIndex(e, scope));
  return () => {
    for (const { value, extent } of checks) {
      const at = value();
      if (!(at >= 0 && at < extent)) throw new ExecutionFault("bounds", scope.statement, access.storage.buffer, point.map((p) => p()));
    }
  };
}

/** An address along one loop: the slot of its value at iteration 0, and the step per iteration. */
export interface Stride {
  readonly slot: number;
  readonly step: number;
}

/** Undefined where the address is not affine in the variable `name`, whose loop is directly inside `outer`. */
export function strideIn({ address }: Access, name: string, outer: Scope): Stride | undefined {
  const split = affineIn(address, name);
  return split === undefined ? undefined : { slot: slotFor(split.rest, outer), step: split.factor };
}
