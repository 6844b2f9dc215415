/**
 * The evaluator of meanings: the reference interpreter of operators. It computes the
 * stages in order, every element of a stage in row-major order, with the scalar
 * operators' own evaluators and nothing else. The stages of a recurrence take turns,
 * one position of their first axes at a time. Where a stage can be computed along one
 * of its axes (eval-lanes.ts), it is: the same values, several times faster.
 */
import { invariant } from "../prelude.js";
import type { ScalarValue } from "../scalar/types.js";
import { fillByLanes } from "./eval-rows.js";
import { type Closure, type Context, compileExpr } from "./eval-expr.js";
import { type Scope, scopeOf, slotOf } from "./eval-index.js";
import { type Meaning, type MulAddContract, type Stage, type TensorRef, runsOf } from "./meaning.js";
import { type Elements, type Tensor, allocate, elementCount } from "./tensor.js";

/**
 * The outputs of `meaning` for `inputs`; null is an omitted input, which no stage may
 * read. `plain`: one element at a time throughout, without lanes.
 */
export function evalMeaning(meaning: Meaning, inputs: readonly (Tensor | null)[], contract: MulAddContract, plain = false): Tensor[] {
  const stages = new Map<string, Tensor>();
  const tensor = (ref: TensorRef): Tensor => {
    const found = ref.kind === "input" ? inputs[ref.slot] : stages.get(ref.name);
    const what = ref.kind === "input" ? `input ${ref.slot}` : `stage ${ref.name}`;
    invariant(found !== undefined && found !== null, `the meaning reads ${what}, which is not there`);
    return found;
  };
  for (const run of runsOf(meaning)) {
    for (const { name, type, shape } of run) stages.set(name, { type, shape, data: allocate(type, elementCount(shape)) });
    if (!plain && fillByLanes(run, tensor, contract)) continue;
    evalRun(run.map((stage) => ({ stage, fill: filler(stage, tensor, contract) })));
  }
  return meaning.outputs.map((name) => tensor({ kind: "stage", name }));
}

interface Filling {
  readonly stage: Stage;
  /** Computes the next `count` elements. */
  readonly fill: (count: number) => void;
}

/** One stage at once; the stages of a recurrence position by position. */
function evalRun(run: readonly Filling[]): void {
  const [first] = run;
  const steps = first?.stage.recurrence === undefined ? 1 : first.stage.shape[0] ?? 1;
  for (let step = 0; step < steps; step++) {
    for (const { stage, fill } of run) fill(elementCount(stage.shape) / steps);
  }
}

/** Walks the points of the stage in row-major order with an odometer, which stays where it is between calls. */
function filler(stage: Stage, tensor: (ref: TensorRef) => Tensor, contract: MulAddContract): (count: number) => void {
  const scope: Scope = scopeOf(stage.axes.map((name, axis) => ({ name, extent: stage.shape[axis] ?? 0 })));
  const value: Closure = compileExpr(stage.value, { scope, tensor, contract, acc: undefined, known: new Set() } satisfies Context);
  const store = storer(tensor({ kind: "stage", name: stage.name }).data);
  const slots = stage.axes.map((name) => slotOf(scope, name));
  let at = 0;
  return (count) => {
    for (const end = at + count; at < end; at++) {
      store(at, value());
      advance(scope.values, slots, stage.shape);
    }
  };
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
