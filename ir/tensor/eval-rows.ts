/** One stage by rows of lanes (eval-lanes.ts): which axis the lanes go along, and the walk over the others. */
import { compileLanes, isLaneable, isWideData } from "./eval-lanes.js";
import { type Active, type Lanes } from "./eval-lane-loops.js";
import { scopeOf, slotOf } from "./eval-index.js";
import type { MulAddContract, Stage, TensorRef } from "./meaning.js";
import { type Elements, type Tensor, elementCount, stridesOf } from "./tensor.js";

/** Lanes below which a row costs more than its elements, and from which the last axis is taken whatever the others have. */
const [fewest, enough] = [4, 16];
/** Lanes at a time: their values stay in the cache. */
const most = 1024;

/** Computes the one stage of `run`; false where it has to be computed element by element, as a recurrence has. */
export function fillByLanes(run: readonly Stage[], tensor: (ref: TensorRef) => Tensor, contract: MulAddContract): boolean {
  const [stage, second] = run;
  if (stage === undefined || second !== undefined || stage.recurrence !== undefined) return false;
  const axis = laneAxis(stage, tensor);
  if (axis === undefined) return false;
  const row: Row = { axis, active: { from: 0, to: 0 } };
  const scope = scopeOf(stage.axes.map((name, k) => ({ name, extent: stage.shape[k] ?? 0 })));
  const width = Math.min(most, stage.shape[axis] ?? 0);
  const lanes = compileLanes(stage.value, { scope, tensor, doubles: asDoubles(), contract, lane: stage.axes[axis] ?? "", width, active: row.active, acc: undefined, known: new Set() });
  const slots = stage.axes.map((name) => slotOf(scope, name));
  const { data } = tensor({ kind: "stage", name: stage.name });
  data.set(rowsOf(stage, { row, lanes, width }, scope.values, slots) as never);
  return true;
}

/** The last axis if it is long enough, or else the longest on which the meaning is linear. */
function laneAxis({ axes, shape, type, value }: Stage, tensor: (ref: TensorRef) => Tensor): number | undefined {
  if (type === "i64" || type === "u64" || elementCount(shape) === 0) return undefined;
  const last = shape.length - 1;
  const order = shape.map((extent, axis) => ({ axis, length: axis === last && extent >= enough ? Infinity : extent }));
  const longest = order.filter(({ length }) => length >= fewest).toSorted((a, b) => b.length - a.length || b.axis - a.axis);
  return longest.find(({ axis }) => isLaneable(value, axes[axis] ?? "", tensor))?.axis;
}

/** Every tensor converted once. */
function asDoubles(): (data: Elements) => Float64Array {
  const known = new Map<Elements, Float64Array>();
  return (data) => {
    const doubles = known.get(data) ?? new Float64Array(isWideData(data) ? [] : data);
    known.set(data, doubles);
    return doubles;
  };
}

interface Row {
  readonly axis: number;
  readonly active: Active;
}

interface Rows {
  readonly row: Row;
  readonly lanes: Lanes;
  readonly width: number;
}

/** All elements, row-major. */
function rowsOf({ shape }: Stage, { row, lanes, width }: Rows, values: Int32Array, slots: readonly number[]): Float64Array {
  const out = new Float64Array(elementCount(shape));
  const strides = stridesOf(shape);
  const [extent, stride, slot] = [shape[row.axis] ?? 0, strides[row.axis] ?? 0, slots[row.axis] ?? 0];
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== row.axis);
  for (let done = 0; done < out.length; done += extent) {
    const first = others.reduce((sum, axis) => sum + (strides[axis] ?? 0) * (values[slots[axis] ?? 0] ?? 0), 0);
    for (let base = 0; base < extent; base += width) {
      values[slot] = base;
      row.active.from = 0;
      row.active.to = Math.min(width, extent - base);
      lanes.run();
      spread(out, first + stride * base, stride, lanes, row.active.to);
    }
    values[slot] = 0;
    advance(values, others, slots, shape);
  }
  return out;
}

function spread(out: Float64Array, at: number, stride: number, { data, step, place }: Lanes, count: number): void {
  for (let k = 0, to = at, from = place.at; k < count; k++, to += stride, from += step) out[to] = data[from] ?? NaN;
}

/** The next point of the other axes. */
function advance(values: Int32Array, axes: readonly number[], slots: readonly number[], shape: readonly number[]): void {
  for (const axis of axes.toReversed()) {
    const slot = slots[axis] ?? 0;
    const next = (values[slot] ?? 0) + 1;
    values[slot] = next < (shape[axis] ?? 0) ? next : 0;
    if (values[slot] !== 0) return;
  }
}
