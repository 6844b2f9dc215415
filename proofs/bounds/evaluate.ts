/**
 * The meaning of an operator over values that are known by range and error: the very
 * meaning that the code is proved to compute bit for bit (ir/tensor/meaning.ts), with
 * each scalar operator replaced by its rule in value.ts, step by step in the order of
 * the fold. So the order of a sum, and the depth of its tree, need no bound of their own.
 */
import { type Condition, type IndexExpr } from "../../ir/loop/index-expr.js";
import { present, unreachable, unsupported } from "../../ir/prelude.js";
import { valueOf } from "../../ir/scalar/types.js";
import { type Scope, compileConditions, compileIndex, extendScope, scopeOf, slotOf } from "../../ir/tensor/eval-index.js";
import type { Meaning, MulAddContract, Stage, TensorExpr, TensorRef } from "../../ir/tensor/meaning.js";
import { elementCount, stridesOf } from "../../ir/tensor/tensor.js";
import { classesOf } from "./classes.js";
import { sigmoid, tanh } from "./elementary.js";
import { around } from "./fixed.js";
import { type Summary, cellIndex, elementLimit, granularityOf, summarise } from "./summary.js";
import {
  type Value, absolute, add, divide, fused, leakyRelu, maximum, minimum, minusInfinity, multiply, negate, squareRoot, zero,
} from "./value.js";

/** Every stage of `meaning`, by name. Throws the Refusal `no-bound` for what has no rule or may overflow. */
export function evaluateMeaning(meaning: Meaning, inputs: readonly (Summary | null)[], contract: MulAddContract, limit: number = elementLimit): ReadonlyMap<string, Summary> {
  const stages = new Map<string, Summary>();
  const tensor = (ref: TensorRef): Summary => (ref.kind === "input"
    ? present(inputs[ref.slot], "a tensor that is read")
    : stages.get(ref.name) ?? unsupported("no-bound", "there is no bound for a recurrence", undefined, "leave the bound out"));
  for (const stage of meaning.stages) stages.set(stage.name, evaluateStage(stage, tensor, contract, limit));
  return stages;
}

function evaluateStage(stage: Stage, tensor: (ref: TensorRef) => Summary, contract: MulAddContract, limit: number): Summary {
  if (stage.type !== "f32") unsupported("no-bound", `there is no bound for ${stage.type}`, undefined, "bounds are for f32");
  const scope = scopeOf(stage.axes.map((name, axis) => ({ name, extent: stage.shape[axis] ?? 1 })));
  const value = compileValue(stage.value, { scope, tensor, contract, acc: undefined });
  const classes = classesOf(stage, (ref, index) => cellIndex(tensor(ref), index));
  const slots = stage.axes.map((name) => slotOf(scope, name));
  const strides = stridesOf(stage.shape);
  const elements = new Array<Value>(elementCount(stage.shape));
  const walk = (axis: number, at: number, own: number): void => {
    const { standsFor } = classes[axis] ?? { standsFor: [] };
    if (axis === slots.length) {
      elements[at] = at === own ? finite(value()) : present(elements[own], "the value of an equal point");
      return;
    }
    standsFor.forEach((first, position) => {
      scope.values[slots[axis] ?? 0] = position;
      walk(axis + 1, at + position * (strides[axis] ?? 0), own + first * (strides[axis] ?? 0));
    });
  };
  walk(0, 0, 0);
  return summarise(stage.shape, elements, granularityOf(stage.shape, limit));
}

function finite(value: Value): Value {
  if (value === minusInfinity) unsupported("no-bound", "a maximum over nothing is −∞", undefined, "leave the bound out");
  return value;
}

export type Closure = () => Value;

export interface Context {
  readonly scope: Scope;
  readonly tensor: (ref: TensorRef) => Summary;
  readonly contract: MulAddContract;
  readonly acc: Closure | undefined;
}

/** `e` as a function of the current variable values. */
export function compileValue(e: TensorExpr, context: Context): Closure {
  switch (e.kind) {
    case "at": return compileAt(context.tensor(e.tensor), e.index, context.scope);
    case "const": return compileConstant(Number(valueOf(e.constant)));
    case "op": return compileOp(e.op, e.args.map((arg) => compileValue(arg, context)), context.contract);
    case "fold": return compileFold(e, context);
    case "acc": return present(context.acc, "fold around acc");
    case "select": return compileSelect(compileConditions(e.when, context.scope), [compileValue(e.then, context), compileValue(e.otherwise, context)]);
    case "index": return unsupported("no-bound", "there is no bound for an index used as a value", undefined, "leave the bound out");
    default: return unreachable(e);
  }
}

function compileAt(summary: Summary, index: readonly IndexExpr[], scope: Scope): Closure {
  const cell = compileIndex(cellIndex(summary, index), scope);
  return () => present(summary.cells[cell()], "a cell");
}

function compileConstant(x: number): Closure {
  if (x === -Infinity) return () => minusInfinity;
  if (!Number.isFinite(x)) unsupported("no-bound", `there is no bound for the constant ${x}`, undefined, "leave the bound out");
  const [low, high] = around(x);
  return () => ({ ...zero, low, high });
}

function compileSelect(when: (() => boolean) | undefined, [then, otherwise]: readonly [Closure, Closure]): Closure {
  return when === undefined ? then : () => (when() ? then() : otherwise());
}

function compileFold(e: Extract<TensorExpr, { kind: "fold" }>, context: Context): Closure {
  const scope = extendScope(context.scope, e.over);
  let running = zero;
  const start = compileValue(e.start, context);
  const step = compileValue(e.step, { ...context, scope, acc: () => running });
  const where = compileConditions(e.where satisfies readonly Condition[], scope) ?? (() => true);
  const slots = e.over.map(({ name }) => slotOf(scope, name));
  const walk = (depth: number): void => {
    const axis = e.over[depth];
    if (axis === undefined) {
      if (where()) running = step();
      return;
    }
    for (let k = 0; k < axis.extent; k++) {
      scope.values[slots[depth] ?? 0] = k;
      walk(depth + 1);
    }
  };
  return () => {
    running = start();
    walk(0);
    return running;
  };
}

type Rule = (...args: readonly [Value, Value, Value]) => Value;

/** One rule per operator; what is missing here has no bound. */
const rules: Readonly<Record<string, Rule>> = {
  add: (a, b) => add(a, b),
  sub: (a, b) => add(a, negate(b)),
  mul: (a, b) => multiply(a, b),
  div: (a, b) => divide(a, b),
  sqrt: (a) => squareRoot(a),
  neg: (a) => negate(a),
  abs: (a) => absolute(a),
  max: (a, b) => maximum(a, b),
  min: (a, b) => minimum(a, b),
  relu: (a) => maximum(a, zero),
  leakyrelu: (a, b) => leakyRelu(a, b),
  sigmoid: (a) => sigmoid(a),
  tanh: (a) => tanh(a),
};

/** The scalar operators on f32 that a bound has a rule for, by name. */
export const boundedOperators: ReadonlySet<string> = new Set([...Object.keys(rules), "muladd"]);

function compileOp(op: string, args: readonly Closure[], contract: MulAddContract): Closure {
  const [a = nothing, b = nothing, c = nothing] = args;
  if (op === "muladd.f32") return contract === "fused" ? () => fused(b(), c(), a()) : () => add(a(), multiply(b(), c()));
  const name = op.replace(/\.f32$/, "");
  const rule = name === op ? undefined : rules[name];
  if (rule === undefined) return unsupported("no-bound", `there is no bound for the operator ${op}`, undefined, "leave the bound out");
  if (name === "max") return () => maximum(a(), b());
  return () => {
    const [x, y, z] = [a(), b(), c()];
    return rule(finite(x), finite(y), finite(z));
  };
}

function nothing(): Value {
  return zero;
}
