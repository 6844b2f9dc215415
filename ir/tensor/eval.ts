/**
 * The evaluator of meanings: the reference interpreter of operators. It computes the
 * stages in order, every element of a stage in row-major order, with the scalar
 * operators' own evaluators and nothing else.
 */
import { invariant } from "../prelude.js";
import type { ScalarValue } from "../scalar/types.js";
import { type Closure, type Context, compileExpr } from "./eval-expr.js";
import { type Scope, scopeOf, slotOf } from "./eval-index.js";
import type { Meaning, MulAddContract, Stage, TensorRef } from "./meaning.js";
import { type Elements, type Tensor, allocate, elementCount } from "./tensor.js";

/** The outputs of `meaning` for `inputs`; null is an omitted input, which no stage may read. */
export function evalMeaning(meaning: Meaning, inputs: readonly (Tensor | null)[], contract: MulAddContract): Tensor[] {
  const stages = new Map<string, Tensor>();
  const tensor = (ref: TensorRef): Tensor => {
    const found = ref.kind === "input" ? inputs[ref.slot] : stages.get(ref.name);
    const what = ref.kind === "input" ? `input ${ref.slot}` : `stage ${ref.name}`;
    invariant(found !== undefined && found !== null, `the meaning reads ${what}, which is not there`);
    return found;
  };
  for (const stage of meaning.stages) stages.set(stage.name, evalStage(stage, tensor, contract));
  return meaning.outputs.map((name) => tensor({ kind: "stage", name }));
}

function evalStage(stage: Stage, tensor: (ref: TensorRef) => Tensor, contract: MulAddContract): Tensor {
  const axes = stage.axes.map((name, axis) => ({ name, extent: stage.shape[axis] ?? 0 }));
  const scope = scopeOf(axes);
  const context: Context = { scope, tensor, contract, acc: undefined, known: new Set() };
  const data = allocate(stage.type, elementCount(stage.shape));
  fill(data, stage, scope, compileExpr(stage.value, context));
  return { type: stage.type, shape: stage.shape, data };
}

/** Walks the points of the stage in row-major order with an odometer. */
function fill(data: Elements, stage: Stage, scope: Scope, value: Closure): void {
  const store = storer(data);
  const slots = stage.axes.map((name) => slotOf(scope, name));
  for (let at = 0; at < data.length; at++) {
    store(at, value());
    advance(scope.values, slots, stage.shape);
  }
}

function advance(values: Int32Array, slots: readonly number[], shape: readonly number[]): void {
  for (let axis = slots.length - 1; axis >= 0; axis--) {
    const slot = slots[axis] ?? 0;
    const next = (values[slot] ?? 0) + 1;
    if (next < (shape[axis] ?? 0)) {
      values[slot] = next;
      return;
    }
    values[slot] = 0;
  }
}

/** Writes one element; 64-bit integers are bigint, everything else is a number. */
function storer(data: Elements): (at: number, value: ScalarValue) => void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return (at, value) => {
      invariant(typeof value === "bigint", "a 64-bit element needs a bigint");
      data[at] = value;
    };
  }
  return (at, value) => {
    invariant(typeof value === "number", "an element of at most 32 bits or a float needs a number");
    data[at] = value;
  };
}
