/**
 * The meaning of a graph over the reals, nearly: the same meanings as the interpreter
 * runs, but every operator in f64 and functions from the host. Its own error, some
 * 2^-29 of that of f32, is no part of a proof: it shows how much of a proven bound is
 * attained.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present, unreachable, unsupported } from "../../ir/prelude.js";
import { numberOf } from "../../ir/scalar/half.js";
import { valueOf } from "../../ir/scalar/types.js";
import { type Scope, compileConditions, compileIndex, extendScope, scopeOf, slotOf } from "../../ir/tensor/eval-index.js";
import type { Stage, TensorExpr, TensorRef } from "../../ir/tensor/meaning.js";
import { elementCount, stridesOf } from "../../ir/tensor/tensor.js";

interface Doubles {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The outputs by name. Code: `no-bound` for operators that are not numbers' own. */
export function runReal(graph: Graph, inputs: ReadonlyMap<string, Float64Array>): ReadonlyMap<string, Float64Array> {
  const values = new Map<string, Doubles>();
  for (const [name, { type, shape, data }] of graph.constants) values.set(name, { shape, data: Float64Array.from({ length: data.length }, (_, k) => numberOf(type, data[k] ?? 0)) });
  for (const { name, shape } of graph.inputs) values.set(name, { shape, data: present(inputs.get(name), name) });
  for (const node of graph.nodes) {
    const meaning = present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, graph));
    const stages = new Map<string, Doubles>();
    const tensor = (ref: TensorRef): Doubles => present(ref.kind === "stage" ? stages.get(ref.name) : values.get(node.inputs[ref.slot] ?? ""), "a tensor that is read");
    for (const stage of meaning.stages) stages.set(stage.name, { shape: stage.shape, data: runStage(stage, tensor) });
    node.outputs.forEach((name, k) => values.set(name, present(stages.get(meaning.outputs[k] ?? ""), name)));
  }
  return new Map(graph.outputs.map(({ name }) => [name, present(values.get(name), name).data]));
}

function runStage(stage: Stage, tensor: (ref: TensorRef) => Doubles): Float64Array {
  const scope = scopeOf(stage.axes.map((name, axis) => ({ name, extent: stage.shape[axis] ?? 1 })));
  const value = compile(stage.value, { scope, tensor, acc: undefined });
  const slots = stage.axes.map((name) => slotOf(scope, name));
  const strides = stridesOf(stage.shape);
  return new Float64Array(elementCount(stage.shape)).map((_, at) => {
    slots.forEach((slot, axis) => (scope.values[slot] = Math.floor(at / (strides[axis] ?? 1)) % (stage.shape[axis] ?? 1)));
    return value();
  });
}

type Closure = () => number;

interface Context {
  readonly scope: Scope;
  readonly tensor: (ref: TensorRef) => Doubles;
  readonly acc: Closure | undefined;
}

function compile(e: TensorExpr, context: Context): Closure {
  switch (e.kind) {
    case "at": {
      const { shape, data } = context.tensor(e.tensor);
      const indices = e.index.map((index) => compileIndex(index, context.scope));
      const strides = stridesOf(shape);
      return () => data[indices.reduce((sum, index, axis) => sum + index() * (strides[axis] ?? 0), 0)] ?? NaN;
    }
    case "const": {
      const value = Number(valueOf(e.constant));
      return () => value;
    }
    case "index": return compileIndex(e.index, context.scope);
    case "acc": return present(context.acc, "fold around acc");
    case "op": return operation(e.op, e.args.map((arg) => compile(arg, context)));
    case "select": {
      const when = compileConditions(e.when, context.scope) ?? (() => true);
      const [then, otherwise] = [compile(e.then, context), compile(e.otherwise, context)];
      return () => (when() ? then() : otherwise());
    }
    case "fold": return compileFold(e, context);
    default: return unreachable(e);
  }
}

function compileFold(e: Extract<TensorExpr, { kind: "fold" }>, context: Context): Closure {
  const scope = extendScope(context.scope, e.over);
  let running = 0;
  const start = compile(e.start, context);
  const step = compile(e.step, { ...context, scope, acc: () => running });
  const where = compileConditions(e.where, scope) ?? (() => true);
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

const operations: Readonly<Record<string, (a: number, b: number, c: number) => number>> = {
  muladd: (a, b, c) => a + b * c,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sqrt: (a) => Math.sqrt(a),
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  relu: (a) => Math.max(a, 0),
  leakyrelu: (a, b) => (a < 0 ? a * b : a),
  exp: (a) => Math.exp(a),
  tanh: (a) => Math.tanh(a),
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
};

function operation(op: string, args: readonly Closure[]): Closure {
  const apply = operations[op.replace(/\.f32$/, "")];
  const [a = nothing, b = nothing, c = nothing] = args;
  if (apply === undefined) return unsupported("no-bound", `the operator ${op} has no real form here`, undefined, "leave the comparison out");
  return () => apply(a(), b(), c());
}

function nothing(): number {
  return 0;
}
