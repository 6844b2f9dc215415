/**
 * Tensor expressions over a row of elements at once. The plain evaluator
 * (eval-expr.ts) computes one element per walk through its closures; this one computes
 * an operator for all elements along one axis, the lanes, before it goes on to the
 * next, so that a closure is called once per row. Every lane goes through the same
 * operators in the same order, and conditions leave lanes out as they leave elements
 * out: the values are those of the plain evaluator, bit for bit, and test/ops/lanes
 * compares the two. What does not fit (64-bit integers, conditions that are not linear
 * in the lane) is the plain evaluator's.
 */
import { type Condition, plus, times, zero } from "../loop/index-expr.js";
import { invariant, present, unreachable } from "../prelude.js";
import { f32Binary, f32Ternary, f32Unary } from "../scalar/evaluate.js";
import { valueOf } from "../scalar/types.js";
import { compileBounds, compileExpr, conditionLevels, knowing, looped, outside } from "./eval-expr.js";
import { compileIndex, extendScope, slotOf } from "./eval-index.js";
import { type LaneContext, coefficientOf, computed, cutOf, mentions } from "./eval-lane-context.js";
import { type Active, type Lanes, copy } from "./eval-lane-loops.js";
import { operation } from "./eval-lane-ops.js";
import type { TensorExpr, TensorRef } from "./meaning.js";
import { type Elements, type Tensor, stridesOf } from "./tensor.js";

type Expr<K extends TensorExpr["kind"]> = Extract<TensorExpr, { readonly kind: K }>;

/** Can `expr` be computed along `lane`? */
export function isLaneable(expr: TensorExpr, lane: string, tensor: (ref: TensorRef) => Tensor): boolean {
  const below = (e: TensorExpr): boolean => isLaneable(e, lane, tensor);
  const affine = (conditions: readonly Condition[]): boolean => conditions.every(({ index }) => coefficientOf(index, lane) !== undefined);
  switch (expr.kind) {
    case "at": return !isWideData(tensor(expr.tensor).data);
    case "const": return typeof valueOf(expr.constant) === "number";
    case "op": return hasLoop(expr.op) && expr.args.every(below);
    case "index": return false;
    case "fold": return affine(expr.where) && below(expr.start) && below(expr.step);
    case "acc": return true;
    case "select": return affine(expr.when) && below(expr.then) && below(expr.otherwise);
    default: return unreachable(expr);
  }
}

function hasLoop(op: string): boolean {
  if (op.startsWith("muladd.")) return f32Binary(`add.${op.slice("muladd.".length)}`) !== undefined;
  return (f32Unary(op) ?? f32Binary(op) ?? f32Ternary(op)) !== undefined;
}

/** 64-bit integers? */
export function isWideData(data: Elements): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Has `expr` one value for all lanes? */
function isUniform(expr: TensorExpr, lane: string, isFolding = false): boolean {
  const conditions = (list: readonly Condition[]): boolean => list.every(({ index }) => !mentions(index, lane));
  switch (expr.kind) {
    case "at": return expr.index.every((e) => !mentions(e, lane));
    case "const": return true;
    case "op": return expr.args.every((arg) => isUniform(arg, lane, isFolding));
    case "index": return !mentions(expr.index, lane);
    case "fold": return conditions(expr.where) && isUniform(expr.start, lane, isFolding) && isUniform(expr.step, lane, true);
    case "acc": return isFolding; // of a fold that is uniform itself
    case "select": return conditions(expr.when) && isUniform(expr.then, lane, isFolding) && isUniform(expr.otherwise, lane, isFolding);
    default: return unreachable(expr);
  }
}

/** `expr` for the active lanes, where they are at least one; an operator leaves its values in `into`, if given. */
export function compileLanes(expr: TensorExpr, context: LaneContext, into?: Float64Array): Lanes {
  if (isUniform(expr, context.lane)) return uniform(expr, context);
  switch (expr.kind) {
    case "at": return compileLoad(expr, context);
    case "op": return operation(expr.op, expr.args.map((arg) => compileLanes(arg, context)), context, into);
    case "fold": return compileFold(expr, context);
    case "acc": return computed(context, () => undefined, present(context.acc, "the fold around acc")); // each use has a place of its own: lanes may change between uses
    case "select": return compileSelect(expr, context, into);
    default: invariant(false, `${expr.kind} has one value for all lanes or none`);
  }
}

function uniform(expr: TensorExpr, { scope, tensor, contract, known }: LaneContext): Lanes {
  const value = compileExpr(expr, { scope, tensor, contract, known, acc: undefined });
  const data = new Float64Array(1);
  return { data, step: 0, place: { at: 0 }, run: () => { data[0] = Number(value()); } };
}

function compileLoad(expr: Expr<"at">, context: LaneContext): Lanes {
  const { data, shape } = context.tensor(expr.tensor);
  invariant(expr.index.length === shape.length, `${expr.index.length} indices for a tensor of rank ${shape.length}`);
  const strides = stridesOf(shape);
  const address = expr.index.reduce((sum, index, axis) => plus(sum, times(index, strides[axis] ?? 0)), zero);
  const source: Source = { expr, values: context.doubles(data), offset: compileIndex(address, context.scope), inside: compileBounds(expr.index, shape, context) };
  const isLinear = expr.index.every((e) => coefficientOf(e, context.lane) !== undefined);
  return isLinear ? stream(source, coefficientOf(address, context.lane) ?? 0, context) : gathered(source, context);
}

interface Source {
  readonly expr: Expr<"at">;
  readonly values: Float64Array;
  readonly offset: () => number;
  /** Undefined where the whole axis is within the tensor. */
  readonly inside: (() => boolean) | undefined;
}

/** Read in place: each index moves evenly, so the lanes are within the tensor if the first and the last one are. */
function stream({ expr, values, offset, inside }: Source, step: number, { active, scope, lane }: LaneContext): Lanes {
  const slot = slotOf(scope, lane);
  const isInside = (k: number): boolean => inside === undefined || atLane(scope.values, slot, k, inside);
  const place = { at: 0 };
  return {
    data: values, step, place,
    run: () => {
      if (!isInside(active.from) || !isInside(active.to - 1)) outside(expr);
      place.at = offset() + step * active.from;
    },
  };
}

function gathered({ expr, values, offset, inside }: Source, context: LaneContext): Lanes {
  const { active, scope, lane } = context;
  const slot = slotOf(scope, lane);
  const value = (): number => (inside?.() === false ? outside(expr) : values[offset()] ?? outside(expr));
  return computed(context, (out) => {
    for (let k = active.from; k < active.to; k++) out[k] = atLane(scope.values, slot, k, value);
  });
}

/** What `of` gives with the variable of the lanes at lane k. */
function atLane<T>(values: Int32Array, slot: number, k: number, of: () => T): T {
  const base = values[slot] ?? 0;
  values[slot] = base + k;
  const result = of();
  values[slot] = base;
  return result;
}

function compileSelect(expr: Expr<"select">, context: LaneContext, into: Float64Array = new Float64Array(context.width)): Lanes {
  const { active } = context;
  const cut = cutOf(expr.when, context);
  const [then, otherwise] = [settled(compileLanes(expr.then, knowing(expr.when, context), into), into, active), settled(compileLanes(expr.otherwise, context, into), into, active)];
  return computed(context, () => {
    const { from, to } = active;
    cut();
    const [low, high] = active.from < active.to ? [active.from, active.to] : [from, from];
    within(active, low, high, then);
    within(active, from, low, otherwise);
    within(active, high, to, otherwise);
    [active.from, active.to] = [from, to];
  }, into);
}

function within(active: Active, from: number, to: number, run: () => void): void {
  if (from >= to) return;
  active.from = from;
  active.to = to;
  run();
}

/** Runs `lanes` and leaves their values in `out`. */
function settled(lanes: Lanes, out: Float64Array, active: Active): () => void {
  if (lanes.data === out) return lanes.run;
  return () => {
    lanes.run();
    copy(out, lanes, active);
  };
}

function compileFold(expr: Expr<"fold">, context: LaneContext): Lanes {
  const { active } = context;
  const sums = new Float64Array(context.width);
  const scope = extendScope(context.scope, expr.over);
  const start = settled(compileLanes(expr.start, context), sums, active);
  const inside = knowing(expr.where, { ...context, scope, acc: sums });
  let body = settled(compileLanes(expr.step, inside, sums), sums, active);
  const levels = conditionLevels(expr);
  for (let level = expr.over.length; level >= 0; level--) {
    body = narrowed(levels[level] ?? [], inside, body);
    const axis = expr.over[level - 1];
    if (axis !== undefined) body = looped(scope.values, slotOf(scope, axis.name), axis.extent, body);
  }
  return computed(context, () => { start(); body(); }, sums);
}

/** `body` for the lanes where the conditions hold. */
function narrowed(conditions: readonly Condition[], context: LaneContext, body: () => void): () => void {
  if (conditions.length === 0) return body;
  const { active } = context;
  const cut = cutOf(conditions, context);
  return () => {
    const { from, to } = active;
    cut();
    if (active.from < active.to) body();
    active.from = from;
    active.to = to;
  };
}
