/**
 * Rule W6: every index dimension lies in the shape of its buffer, every dividend of
 * floordiv and mod is at least 0 (C truncates, floordiv does not), every subexpression
 * fits int32, and no integer value operation can overflow. Bounds hold for dead
 * instances too.
 */
import { type Condition, type IndexExpr, atLeast, below, zero } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Program } from "../../ir/loop/program.js";
import { type StoreContext, buffersByName, eachExpr, loopsOf, storesOf } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { type Claims, ground, prove } from "./claims.js";
import { conditions, variablesOf } from "./domain.js";
import { and, condition } from "./obligation.js";
import { subjectOf } from "./sources.js";

/** Largest value of a C counter or index. */
export const int32 = 2 ** 31 - 1;

/** Integer operators that are partial; wrapping ones (addw, subw, mulw) are total. */
const partial = /^(add|sub|mul|div|rem|neg|abs)\.[iu]/;

interface Access {
  readonly buffer: string;
  readonly index: readonly IndexExpr[];
  readonly what: string;
}

/** W6 for every buffer, loop, access and index expression of `program`. */
export function checkBounds(into: Claims, program: Program): void {
  const buffers = buffersByName(program);
  for (const buffer of program.buffers) {
    const count = elementCount(buffer.shape);
    ground(into, { rule: "W6", detail: `${buffer.name}.size`, sentence: `Flat indices of ${buffer.name} fit int32.`, subject: { node: "", statement: "", buffer: buffer.name } }, count <= int32, `${count} elements`);
  }
  for (const { variable, extent, origin } of loopsOf(program)) {
    ground(into, { rule: "W6", detail: `${variable}.counter`, sentence: `Counter ${variable} fits int32, its exit value included.`, subject: { node: origin.node, statement: "", buffer: "" } }, extent <= int32, `extent ${extent}`);
  }
  for (const store of storesOf(program)) {
    for (const access of accessesOf(store)) checkAccess(into, buffers, store, access);
    checkExpressions(into, store);
  }
}

export function accessesOf({ store }: StoreContext): Access[] {
  const all: Access[] = [{ buffer: store.buffer, index: store.index, what: "store" }];
  eachExpr(store.value, (expr: Expr) => {
    if (expr.kind === "load") all.push({ buffer: expr.buffer, index: expr.index, what: `load${all.length - 1}` });
  });
  return all;
}

function checkAccess(into: Claims, buffers: ReadonlyMap<string, Buffer>, store: StoreContext, access: Access): void {
  const shape = buffers.get(access.buffer)?.shape ?? [];
  const within = access.index.flatMap((e, axis) => [condition(atLeast(e, zero)), condition(below(e, shape[axis] ?? 0))]);
  prove(
    into,
    { rule: "W6", detail: `${store.store.name}.${access.what}`, sentence: `Every index of ${access.buffer} in ${store.store.name} lies within its dimension.`, subject: subjectOf(store, access.buffer) },
    { variables: variablesOf(store), premises: conditions(store.conditions), goal: and(...within) },
  );
}

/** Dividends, int32 range of index arithmetic, and total value operations. */
function checkExpressions(into: Claims, store: StoreContext): void {
  const { name } = store.store;
  const subject = subjectOf(store, store.store.buffer);
  const indices = [...accessesOf(store).flatMap((access) => access.index), ...valueIndices(store.store.value)];
  const guards = store.conditions.map((c) => c.index);
  const dividends: Condition[] = indices.flatMap(dividendsOf).map((e) => atLeast(e, zero));
  if (dividends.length > 0) {
    prove(into, { rule: "W6", detail: `${name}.dividends`, sentence: `Every dividend in an index of ${name} is at least 0.`, subject }, { variables: variablesOf(store), premises: conditions(store.conditions), goal: and(...conditions(dividends)) });
  }
  // A guard is evaluated before it is known to hold: its dividends hold for the loops alone.
  const guarded = guards.flatMap(dividendsOf).map((e) => atLeast(e, zero));
  if (guarded.length > 0) {
    prove(into, { rule: "W6", detail: `${name}.guard-dividends`, sentence: `Every dividend in a guard of ${name} is at least 0.`, subject }, { variables: variablesOf(store), premises: [], goal: and(...conditions(guarded)) });
  }
  const extents = new Map(store.loops.map((loop) => [loop.variable, loop.extent]));
  const largest = Math.max(0, ...[...indices, ...guards].map((e) => magnitude(e, extents)));
  ground(into, { rule: "W6", detail: `${name}.int32`, sentence: `Index arithmetic of ${name} fits int32 at every step.`, subject }, largest <= int32, `largest magnitude ${largest}`);
  const overflowing: string[] = [];
  eachExpr(store.store.value, (expr) => {
    if (expr.kind === "op" && partial.test(expr.op)) overflowing.push(expr.op);
  });
  if (overflowing.length > 0) {
    ground(into, { rule: "W6", detail: `${name}.overflow`, sentence: `No integer operation of ${name} can overflow.`, subject }, false, `no range is known for ${overflowing.join(", ")}`);
  }
}

function valueIndices(value: Expr): IndexExpr[] {
  const found: IndexExpr[] = [];
  eachExpr(value, (expr) => {
    if (expr.kind === "index") found.push(expr.index);
  });
  return found;
}

function dividendsOf(e: IndexExpr): IndexExpr[] {
  return e.terms.flatMap(({ atom }) => (atom.kind === "var" ? [] : [atom.of, ...dividendsOf(atom.of)]));
}

/** A bound on the absolute value of every partial sum and subexpression. */
function magnitude(e: IndexExpr, extents: ReadonlyMap<string, number>): number {
  let sum = Math.abs(e.constant);
  for (const { coefficient, atom } of e.terms) {
    const of = atom.kind === "var" ? (extents.get(atom.name) ?? Infinity) : Math.max(magnitude(atom.of, extents), atom.by);
    sum += Math.abs(coefficient) * of;
  }
  return sum;
}
