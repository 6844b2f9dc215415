/**
 * Tensor expressions as closures: every operator looked up once, every element
 * address one index expression, folds as nested loops that ask each condition as
 * soon as the variables it mentions are known.
 */
import { InvariantViolation, invariant, present, unreachable } from "../prelude.js";
import { type Condition, type IndexExpr, atLeast, below, eachVariable, plus, printCondition, times, zero } from "../loop/index-expr.js";
import { evaluator, f32Binary, f32Ternary, f32Unary } from "../scalar/evaluate.js";
import { type ScalarValue, valueOf } from "../scalar/types.js";
import { type Scope, compileConditions, compileIndex, extendScope, slotOf } from "./eval-index.js";
import { rangeOf } from "./index-range.js";
import type { MulAddContract, TensorExpr, TensorRef } from "./meaning.js";
import { type Tensor, stridesOf } from "./tensor.js";

export type Closure = () => ScalarValue;

/** What a stage's expression may refer to. */
export interface Context {
  readonly scope: Scope;
  readonly tensor: (ref: TensorRef) => Tensor;
  readonly contract: MulAddContract;
  /** The running value of the fold around the expression. */
  readonly acc: Closure | undefined;
  /** Conditions that hold wherever the expression is evaluated, as text. */
  readonly known: ReadonlySet<string>;
}

type Expr<K extends TensorExpr["kind"]> = Extract<TensorExpr, { readonly kind: K }>;

/** `expr` as a function of the current values of the variables in `context.scope`. */
export function compileExpr(expr: TensorExpr, context: Context): Closure {
  switch (expr.kind) {
    case "at": return compileAt(expr, context);
    case "const": {
      const value = valueOf(expr.constant);
      return () => value;
    }
    case "op": return compileOp(expr, context);
    case "index": {
      const index = compileIndex(expr.index, context.scope);
      return () => BigInt(index());
    }
    case "fold": return compileFold(expr, context);
    case "acc":
      invariant(context.acc !== undefined, "acc outside of a fold");
      return context.acc;
    case "select": return compileSelect(expr, context);
    default: return unreachable(expr);
  }
}

function compileSelect(expr: Expr<"select">, context: Context): Closure {
  const when = compileConditions(expr.when, context.scope) ?? (() => true);
  const then = compileExpr(expr.then, knowing(expr.when, context));
  const otherwise = compileExpr(expr.otherwise, context);
  return () => (when() ? then() : otherwise());
}

/** `context` where the conditions hold. */
export function knowing<C extends { readonly known: ReadonlySet<string> }>(conditions: readonly Condition[], context: C): C {
  return { ...context, known: new Set([...context.known, ...conditions.map(printCondition)]) };
}

function compileAt(expr: Expr<"at">, context: Context): Closure {
  const { data, shape } = context.tensor(expr.tensor);
  invariant(expr.index.length === shape.length, `${expr.index.length} indices for a tensor of rank ${shape.length}`);
  const strides = stridesOf(shape);
  const address = expr.index.reduce((sum, index, axis) => plus(sum, times(index, strides[axis] ?? 0)), zero);
  const offset = compileIndex(address, context.scope);
  const inside = compileBounds(expr.index, shape, context);
  const read = (at: number): ScalarValue => data[at] ?? outside(expr);
  if (inside === undefined) return () => read(offset());
  return () => (inside() ? read(offset()) : outside(expr));
}

export function outside(expr: Expr<"at">): never {
  throw new RangeError(`index ${expr.index.map((e) => e.text).join(", ")} leaves its tensor`);
}

/** A test for the dimensions that neither interval arithmetic nor a known condition places within the shape. */
export function compileBounds(index: readonly IndexExpr[], shape: readonly number[], { scope, known }: Pick<Context, "scope" | "known">): (() => boolean) | undefined {
  const checks: { readonly value: () => number; readonly extent: number }[] = [];
  index.forEach((e, axis) => {
    const extent = shape[axis] ?? 0;
    const [low, high] = rangeOf(e, scope.extents);
    const aboveStart = low >= 0 || known.has(printCondition(atLeast(e, zero)));
    const belowEnd = high < extent || known.has(printCondition(below(e, extent)));
    if (!aboveStart || !belowEnd) checks.push({ value: compileIndex(e, scope), extent });
  });
  if (checks.length === 0) return undefined;
  return () => {
    for (const { value, extent } of checks) {
      const at = value();
      if (at < 0 || at >= extent) return false;
    }
    return true;
  };
}

function compileOp(expr: Expr<"op">, context: Context): Closure {
  const args = expr.args.map((arg) => compileExpr(arg, context));
  const [a, b, c] = args;
  const { op } = expr;
  if (op.startsWith("muladd.") && a !== undefined && b !== undefined && c !== undefined) {
    return compileMulAdd(op.slice("muladd.".length), [a, b, c], context.contract);
  }
  const [unary, binary, ternary] = [f32Unary(op), f32Binary(op), f32Ternary(op)];
  if (unary !== undefined && a !== undefined) return () => unary(num(a()));
  if (binary !== undefined && a !== undefined && b !== undefined) return () => binary(num(a()), num(b()));
  if (ternary !== undefined && a !== undefined && b !== undefined && c !== undefined) return () => ternary(num(a()), num(b()), num(c()));
  const apply = evaluator(op);
  return () => apply(...args.map((arg) => arg()));
}

/** An operand that is a number at run time; the message is built only when it is not. */
function num(x: ScalarValue): number {
  return typeof x === "number" ? x : wide();
}

function wide(): never {
  throw new InvariantViolation("a 64-bit integer where a number is needed");
}

/** sum + a·b: product and sum rounded one after the other, or once. Integers have one contract only. */
function compileMulAdd(type: string, [sum, a, b]: readonly [Closure, Closure, Closure], contract: MulAddContract): Closure {
  if (contract === "fused" && (type === "f32" || type === "f64")) {
    const fma = present(f32Ternary(`fma.${type}`), `fma.${type}`);
    return () => fma(num(a()), num(b()), num(sum()));
  }
  if (type === "f32") return () => Math.fround(num(sum()) + Math.fround(num(a()) * num(b())));
  const add = evaluator(`add.${type}`);
  const multiply = evaluator(`mul.${type}`);
  return () => add(sum(), multiply(a(), b()));
}

function compileFold(expr: Expr<"fold">, context: Context): Closure {
  const scope = extendScope(context.scope, expr.over);
  const start = compileExpr(expr.start, context);
  let accumulator: ScalarValue = 0;
  const inside = knowing(expr.where, { ...context, scope, acc: () => accumulator });
  const step = compileExpr(expr.step, inside);
  let body = (): void => {
    accumulator = step();
  };
  const levels = conditionLevels(expr);
  for (let level = expr.over.length; level >= 0; level--) {
    body = guarded(compileConditions(levels[level] ?? [], scope), body);
    const axis = expr.over[level - 1];
    if (axis !== undefined) body = looped(scope.values, slotOf(scope, axis.name), axis.extent, body);
  }
  return () => {
    accumulator = start();
    body();
    return accumulator;
  };
}

/** The conditions by the number of fold variables that must be known before they can be asked. */
export function conditionLevels(expr: Expr<"fold">): readonly Condition[][] {
  const levels: Condition[][] = [[], ...expr.over.map(() => [])];
  for (const condition of expr.where) {
    let level = 0;
    eachVariable(condition.index, (name) => {
      level = Math.max(level, expr.over.findIndex((axis) => axis.name === name) + 1);
    });
    levels[level]?.push(condition);
  }
  return levels;
}

function guarded(when: (() => boolean) | undefined, body: () => void): () => void {
  if (when === undefined) return body;
  return () => {
    if (when()) body();
  };
}

export function looped(values: Int32Array, slot: number, extent: number, body: () => void): () => void {
  return () => {
    for (let at = 0; at < extent; at++) {
      values[slot] = at;
      body();
    }
  };
}
