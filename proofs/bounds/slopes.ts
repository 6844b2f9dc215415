/**
 * How much the result of a node changes when its operands do, backwards: with D the
 * change of every element of the result, as an interval per output that is watched,
 * each operand that an element reads receives its share. Between two points of a range
 * a difference of sums is the sum of differences, of products a'b' − ab = a'(b' − b) +
 * b(a' − a), of relu, max and the like a part between 0 and 1 of it. What has no rule
 * here, such as a divisor that varies, gives no slopes, and its bound is the forward one.
 */
import { type Scope, compileConditions, compileIndex, extendScope, scopeOf, slotOf } from "../../ir/tensor/eval-index.js";
import { present } from "../../ir/prelude.js";
import type { MulAddContract, Stage, TensorExpr, TensorRef } from "../../ir/tensor/meaning.js";
import { elementCount, stridesOf } from "../../ir/tensor/tensor.js";
import { plus, times, zero as origin } from "../../ir/loop/index-expr.js";
import { doubleRange, slack, tiny } from "./directed.js";
import { compileValue } from "./evaluate.js";
import type { Summary } from "./summary.js";

/** Per element of a tensor and watched output, an interval: [element · width + output]. */
export interface Shares {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export function noShares(elements: number, width: number): Shares {
  return { low: new Float64Array(elements * width), high: new Float64Array(elements * width) };
}

/** Thrown where there is no rule; the caller keeps the forward bound. */
export class NoSlope extends Error {}

export interface SlopeContext {
  readonly summary: (ref: TensorRef) => Summary;
  /** Where shares of a tensor go; undefined for what does not vary. */
  readonly shares: (ref: TensorRef) => Shares | undefined;
  readonly contract: MulAddContract;
  readonly width: number;
}

/** Sends the shares `own` of a stage's elements to the tensors it reads. */
export function sendShares(stage: Stage, own: Shares, context: SlopeContext): void {
  const scope = scopeOf(stage.axes.map((name, axis) => ({ name, extent: stage.shape[axis] ?? 1 })));
  const slots = stage.axes.map((name) => slotOf(scope, name));
  const strides = stridesOf(stage.shape);
  let element = 0;
  const send = compileSend(stage.value, { ...context, scope, own, at: () => element });
  for (element = 0; element < elementCount(stage.shape); element++) {
    slots.forEach((slot, axis) => (scope.values[slot] = Math.floor(element / (strides[axis] ?? 1)) % (stage.shape[axis] ?? 1)));
    send(1, 1);
  }
}

/** Passes on the element's change times a slope within [low, high]. */
type Send = (low: number, high: number) => void;

interface Context extends SlopeContext {
  readonly scope: Scope;
  readonly own: Shares;
  readonly at: () => number;
}

const nothing: Send = () => undefined;

function compileSend(e: TensorExpr, context: Context): Send {
  switch (e.kind) {
    case "const":
    case "index":
    case "acc": return nothing; // the change of acc is that of the steps before, which are sent to as well
    case "at": return compileLoad(e, context);
    case "select": {
      const when = compileConditions(e.when, context.scope) ?? (() => true);
      const [then, otherwise] = [compileSend(e.then, context), compileSend(e.otherwise, context)];
      return (low, high) => (when() ? then(low, high) : otherwise(low, high));
    }
    case "fold": return compileFold(e, context);
    case "op": return compileOp(e, context);
  }
}

function compileLoad(e: Extract<TensorExpr, { kind: "at" }>, { summary, shares, scope, own, at, width }: Context): Send {
  const target = shares(e.tensor);
  if (target === undefined) return nothing;
  const strides = stridesOf(summary(e.tensor).shape);
  const position = compileIndex(e.index.reduce((sum, index, axis) => plus(sum, times(index, strides[axis] ?? 0)), origin), scope);
  return (low, high) => addShares(target, position() * width, own, at() * width, [low, high, width]);
}

/** target += own · [low, high], rounded outwards. */
function addShares(target: Shares, to: number, own: Shares, from: number, [low, high, width]: readonly [number, number, number]): void {
  if (low !== high) return addProducts(target, to, own, from, [low, high, width]);
  const [ends, others] = low >= 0 ? [own.low, own.high] : [own.high, own.low];
  for (let k = 0; k < width; k++) {
    const a = ends[from + k] ?? 0;
    const b = others[from + k] ?? 0;
    if (a !== 0 || b !== 0) addOutwards(target, to + k, low * a, low * b);
  }
}

function addProducts(target: Shares, to: number, own: Shares, from: number, [low, high, width]: readonly [number, number, number]): void {
  for (let k = 0; k < width; k++) {
    const a = own.low[from + k] ?? 0;
    const b = own.high[from + k] ?? 0;
    if (a !== 0 || b !== 0) addOutwards(target, to + k, Math.min(a * low, a * high, b * low, b * high), Math.max(a * low, a * high, b * low, b * high));
  }
}

function addOutwards({ low, high }: Shares, at: number, least: number, most: number): void {
  const below = (low[at] ?? 0) + least;
  const above = (high[at] ?? 0) + most;
  low[at] = below - (Math.abs(below) + Math.abs(least)) * slack - tiny;
  high[at] = above + (Math.abs(above) + Math.abs(most)) * slack + tiny;
}

function compileFold(e: Extract<TensorExpr, { kind: "fold" }>, context: Context): Send {
  const scope = extendScope(context.scope, e.over);
  const inside = { ...context, scope };
  const first = e.step.kind === "op" ? e.step.args[0] : undefined;
  const kind = e.step.kind === "op" && first?.kind === "acc" ? e.step.op.replace(/\.f32$/, "") : "";
  if (!["add", "muladd", "max"].includes(kind)) throw new NoSlope();
  const [start, step] = [compileSend(e.start, context), compileSend(e.step, inside)];
  const where = compileConditions(e.where, scope) ?? (() => true);
  const slots = e.over.map(({ name }) => slotOf(scope, name));
  const walk = (depth: number, low: number, high: number): void => {
    const axis = e.over[depth];
    if (axis === undefined) {
      if (where()) step(low, high);
      return;
    }
    for (let k = 0; k < axis.extent; k++) {
      scope.values[slots[depth] ?? 0] = k;
      walk(depth + 1, low, high);
    }
  };
  return (low, high) => {
    if (kind === "max") start(Math.min(low, 0), Math.max(high, 0));
    else start(low, high);
    walk(0, low, high);
  };
}

/** Whether the value can differ between two inputs of the graph. */
function varies(e: TensorExpr, context: Context): boolean {
  switch (e.kind) {
    case "at": return context.shares(e.tensor) !== undefined;
    case "op": return e.args.some((arg) => varies(arg, context));
    case "select": return varies(e.then, context) || varies(e.otherwise, context);
    case "fold": return varies(e.start, context) || varies(e.step, context);
    default: return false;
  }
}

/** Ends of an operand's range as doubles. */
function compileRange(e: TensorExpr, { summary, scope, contract }: Context): () => readonly [number, number] {
  const value = compileValue(e, { scope, tensor: summary, contract, acc: undefined });
  return () => doubleRange(value());
}

function compileOp(e: Extract<TensorExpr, { kind: "op" }>, context: Context): Send {
  const [a, b, c] = e.args;
  const send = (arg: TensorExpr | undefined): Send => (arg === undefined || !varies(arg, context) ? nothing : compileSend(arg, context));
  const [first, second, third] = [send(a), send(b), send(c)];
  const fixed = (limits: readonly [number, number]): Send => (low, high) => scaled(first, [low, high], limits);
  switch (e.op.replace(/\.f32$/, "")) {
    case "add": return (low, high) => { first(low, high); second(low, high); };
    case "sub": return (low, high) => { first(low, high); second(-high, -low); };
    case "neg": return (low, high) => first(-high, -low);
    case "muladd": return both(first, compileProduct([second, third], [present(b, "a factor"), present(c, "a factor")], context));
    case "mul": return compileProduct([first, second], [present(a, "a factor"), present(b, "a factor")], context);
    case "max":
    case "min": return (low, high) => [first, second].forEach((to) => to(Math.min(low, 0), Math.max(high, 0)));
    case "relu": return compileRelu(first, present(a, "an operand"), context);
    case "leakyrelu":
    case "tanh": return fixed([0, 1]);
    case "abs": return fixed([-1, 1]);
    case "sigmoid": return fixed([0, 0.25]);
    case "div": return compileQuotient(first, present(b, "a divisor"), context);
    default: throw new NoSlope();
  }
}

function both(one: Send, other: Send): Send {
  return (low, high) => {
    one(low, high);
    other(low, high);
  };
}

/** [low, high] · limits, rounded outwards; exact where one of them is 1. */
function scaled(send: Send, [low, high]: readonly [number, number], [least, most]: readonly [number, number]): void {
  if (send === nothing) return;
  if (low === 1 && high === 1) return send(least, most);
  const ends = [low * least, low * most, high * least, high * most];
  const [below, above] = [Math.min(...ends), Math.max(...ends)];
  send(below - Math.abs(below) * slack - tiny, above + Math.abs(above) * slack + tiny);
}

function compileProduct([sendA, sendB]: readonly [Send, Send], [a, b]: readonly [TensorExpr, TensorExpr], context: Context): Send {
  const rangeOfA = sendB === nothing ? undefined : compileRange(a, context);
  const rangeOfB = sendA === nothing ? undefined : compileRange(b, context);
  return (low, high) => {
    if (rangeOfB !== undefined) scaled(sendA, [low, high], rangeOfB());
    if (rangeOfA !== undefined) scaled(sendB, [low, high], rangeOfA());
  };
}

/** All of the change where the operand stays above 0, nothing where it stays below. */
function compileRelu(send: Send, a: TensorExpr, context: Context): Send {
  const range = compileRange(a, context);
  return (low, high) => {
    const [least, most] = range();
    if (least >= 0) send(low, high);
    else if (most > 0) send(Math.min(low, 0), Math.max(high, 0));
  };
}

/** Only by what does not vary and keeps away from 0. */
function compileQuotient(send: Send, b: TensorExpr, context: Context): Send {
  if (varies(b, context)) throw new NoSlope();
  const range = compileRange(b, context);
  return (low, high) => {
    const [least, most] = range();
    if (least <= 0) throw new NoSlope();
    scaled(send, [low, high], [1 / most - slack / most, 1 / least + slack / least]);
  };
}
