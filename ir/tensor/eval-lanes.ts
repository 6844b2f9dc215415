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
import { type Condition, type IndexExpr, eachVariable, plus, times, zero } from "../loop/index-expr.js";
import { invariant, present, unreachable } from "../prelude.js";
import { f32Binary, f32Ternary, f32Unary } from "../scalar/evaluate.js";
import { scalarFunction } from "../scalar/ops.js";
import type { ScalarTerm } from "../scalar/term.js";
import { valueOf } from "../scalar/types.js";
import { compileBounds, compileExpr, conditionLevels, knowing, looped, outside } from "./eval-expr.js";
import { type Scope, compileIndex, extendScope, slotOf } from "./eval-index.js";
import { type Active, type Lanes, binaryLoop, copy, mulAddF32, ternaryLoop, unaryLoop } from "./eval-lane-loops.js";
import type { MulAddContract, TensorExpr, TensorRef } from "./meaning.js";
import { type Elements, type Tensor, stridesOf } from "./tensor.js";

export interface LaneContext {
  readonly scope: Scope;
  readonly tensor: (ref: TensorRef) => Tensor;
  /** Elements as doubles, exact for every type but 64-bit integers. */
  readonly doubles: (data: Elements) => Float64Array;
  readonly contract: MulAddContract;
  /** The variable of the lanes. In scope it has the value of lane 0. */
  readonly lane: string;
  /** Most lanes at a time. */
  readonly width: number;
  readonly active: Active;
  /** The running values of the fold around the expression. */
  readonly acc: Float64Array | undefined;
  /** Conditions that hold wherever the expression is evaluated, as text. */
  readonly known: ReadonlySet<string>;
}

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

export function isWideData(data: Elements): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** How far `e` moves from lane to lane; undefined where that differs between lanes. */
function coefficientOf(e: IndexExpr, lane: string): number | undefined {
  let coefficient = 0;
  for (const term of e.terms) {
    if (term.atom.kind === "var") coefficient += term.atom.name === lane ? term.coefficient : 0;
    else if (mentions(term.atom.of, lane)) return undefined;
  }
  return coefficient;
}

function mentions(e: IndexExpr, name: string): boolean {
  let found = false;
  eachVariable(e, (other) => { found ||= other === name; });
  return found;
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

/** Values of its own: lane k in element k. */
function computed({ active, width }: LaneContext, run: (out: Float64Array) => void, out: Float64Array = new Float64Array(width)): Lanes {
  const place = { at: 0 };
  return { data: out, step: 1, place, run: () => { run(out); place.at = active.from; } };
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

function operation(op: string, args: readonly Lanes[], context: LaneContext, into?: Float64Array): Lanes {
  const [a, b, c] = args;
  const { active } = context;
  if (a !== undefined && b !== undefined && c !== undefined) {
    if (op.startsWith("muladd.")) return mulAdd(op.slice("muladd.".length), [a, b, c], context, into);
    const ternary = f32Ternary(op);
    if (scalarFunction(op) !== undefined || ternary === undefined) return named(op, args, context);
    const loop = ternaryLoop(op, ternary);
    return computed(context, (out) => { a.run(); b.run(); c.run(); loop(out, a, b, c, active); }, into);
  }
  if (scalarFunction(op) !== undefined) return named(op, args, context);
  if (a !== undefined && b !== undefined) {
    const loop = binaryLoop(op, present(f32Binary(op), op));
    return computed(context, (out) => { a.run(); b.run(); loop(out, a, b, active); }, into);
  }
  const loop = unaryLoop(present(f32Unary(op), op));
  const operand = present(a, `operand of ${op}`);
  return computed(context, (out) => { operand.run(); loop(out, operand, active); }, into);
}

/** sum + a·b: product and sum rounded one after the other, or once. */
function mulAdd(type: string, [sum, a, b]: readonly [Lanes, Lanes, Lanes], context: LaneContext, into?: Float64Array): Lanes {
  const { active, contract } = context;
  if (contract === "fused" && (type === "f32" || type === "f64")) return operation(`fma.${type}`, [a, b, sum], context, into);
  if (type !== "f32") return operation(`add.${type}`, [sum, operation(`mul.${type}`, [a, b], context)], context, into);
  return computed(context, (out) => { sum.run(); a.run(); b.run(); mulAddF32(out, sum, a, b, active); }, into);
}

/** A named function by its term: values with a name once, the rest as it stands. */
function named(op: string, args: readonly Lanes[], context: LaneContext): Lanes {
  const { params, lets, value } = present(scalarFunction(op), op);
  const order = [...args];
  const names = new Map(params.map(({ name }, k) => [name, computedBefore(present(args[k], name))]));
  for (const { name, value: term } of lets) {
    const lanes = ofTerm(term, names, context);
    order.push(lanes);
    names.set(name, computedBefore(lanes));
  }
  const result = ofTerm(value, names, context);
  return { ...result, run: () => { for (const lanes of order) lanes.run(); result.run(); } };
}

function computedBefore(lanes: Lanes): Lanes {
  return { ...lanes, run: () => undefined };
}

function ofTerm(term: ScalarTerm, names: ReadonlyMap<string, Lanes>, context: LaneContext): Lanes {
  switch (term.kind) {
    case "ref": return present(names.get(term.name), `scalar value ${term.name}`);
    case "const": return { data: Float64Array.of(Number(valueOf(term.constant))), step: 0, place: { at: 0 }, run: () => undefined };
    case "op": return operation(term.op, term.args.map((arg) => ofTerm(arg, names, context)), context);
    default: return unreachable(term);
  }
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

/** Leaves active the lanes where all conditions hold: each is linear in the lane, so they are neighbours. */
function cutOf(conditions: readonly Condition[], { active, scope, lane }: LaneContext): () => void {
  const cuts = conditions.map(({ kind, index }) => ({ kind, first: compileIndex(index, scope), step: coefficientOf(index, lane) ?? 0 }));
  return () => {
    for (const { kind, first, step } of cuts) {
      const value = first();
      if (kind === "ge") atLeastZero(active, value, step);
      else equalZero(active, value, step);
    }
  };
}

/** value + step · k >= 0. */
function atLeastZero(active: Active, value: number, step: number): void {
  if (step > 0) active.from = Math.max(active.from, Math.ceil(-value / step));
  else if (step < 0) active.to = Math.min(active.to, Math.floor(value / -step) + 1);
  else if (value < 0) active.to = active.from;
}

/** value + step · k = 0. */
function equalZero(active: Active, value: number, step: number): void {
  const at = step === 0 ? 0 : -value / step;
  if (step === 0 ? value !== 0 : !Number.isInteger(at)) active.to = active.from;
  else if (step !== 0) {
    active.from = Math.max(active.from, at);
    active.to = Math.min(active.to, at + 1);
  }
}
