/**
 * The innermost loops in which nearly all time goes, as one JavaScript loop each:
 * multiply-accumulate and copy over float32, along addresses that move by a constant
 * step. A kernel computes exactly what the general evaluation computes.
 */
import { fmaF32 } from "../scalar/fma.js";
import { type Access, type Scope, type Stride, accessOf, strideIn } from "./eval-address.js";
import type { Expr, Load, Store } from "./program.js";

/** Runs the iterations low … high − 1 of the innermost loop. */
export type Kernel = (low: number, high: number) => void;

/** A float32 array and how the loop moves through it. */
interface Stream extends Stride {
  readonly data: Float32Array;
  readonly access: Access;
}

/**
 * The kernel of a loop whose body is `store`, or undefined where none fits. `inner`
 * is the scope of the body, `outer` that of the loop itself.
 */
export function kernelOf(store: Store, variable: string, inner: Scope, outer: Scope): Kernel | undefined {
  const stream = (access: Load | Store): Stream | undefined => streamOf(accessOf(access, inner), variable, outer);
  const target = stream(store);
  if (target === undefined) return undefined;
  const slots = outer.slots.values;
  if (store.value.kind === "load") {
    const source = stream(store.value);
    return source === undefined ? undefined : copy(target, source, slots);
  }
  const step = multiplyAccumulate(store.value);
  const [sum, a, b] = step === undefined ? [] : step.loads.map(stream);
  if (step === undefined || sum === undefined || a === undefined || b === undefined || !sameElement(sum, target)) return undefined;
  if (step.fused) return fused(target, a, b, slots);
  const isAlone = target.step === 0 && target.data.buffer !== a.data.buffer && target.data.buffer !== b.data.buffer;
  return isAlone ? reduce(target, a, b, slots) : accumulate(target, a, b, slots);
}

function streamOf(access: Access, variable: string, outer: Scope): Stream | undefined {
  const { data } = access.storage;
  if (!(data instanceof Float32Array) || access.unproved.length > 0) return undefined;
  const stride = strideIn(access, variable, outer);
  return stride === undefined ? undefined : { ...stride, data, access };
}

function sameElement(a: Stream, b: Stream): boolean {
  return a.data === b.data && a.access.address.text === b.access.address.text;
}

/** sum + a·b, as two roundings or one; addition commutes because all NaNs are one value. */
function multiplyAccumulate(value: Expr): { readonly fused: boolean; readonly loads: readonly Load[] } | undefined {
  if (value.kind !== "op") return undefined;
  const [x, y, z] = value.args;
  if (value.op === "fma.f32") return loadsOnly(true, [z, x, y]);
  if (value.op !== "add.f32") return undefined;
  const [sum, product] = x?.kind === "load" ? [x, y] : [y, x];
  if (product?.kind !== "op" || product.op !== "mul.f32") return undefined;
  return loadsOnly(false, [sum, ...product.args]);
}

function loadsOnly(isFused: boolean, exprs: readonly (Expr | undefined)[]): { fused: boolean; loads: readonly Load[] } | undefined {
  const loads = exprs.filter((e) => e?.kind === "load");
  return loads.length === 3 ? { fused: isFused, loads } : undefined;
}

function accumulate(to: Stream, a: Stream, b: Stream, slots: Int32Array): Kernel {
  const { data: sums, slot: sumSlot, step: sumStep } = to;
  const { data: xs, slot: xSlot, step: xStep } = a;
  const { data: ws, slot: wSlot, step: wStep } = b;
  return (low, high) => {
    let sum = (slots[sumSlot] ?? 0) + sumStep * low;
    let x = (slots[xSlot] ?? 0) + xStep * low;
    let w = (slots[wSlot] ?? 0) + wStep * low;
    for (let k = low; k < high; k++) {
      sums[sum] = Math.fround((sums[sum] ?? NaN) + Math.fround((xs[x] ?? NaN) * (ws[w] ?? NaN)));
      sum += sumStep;
      x += xStep;
      w += wStep;
    }
  };
}

/** As accumulate into one element that the factors do not overlap: it stays in a variable. */
function reduce(to: Stream, a: Stream, b: Stream, slots: Int32Array): Kernel {
  const { data: sums, slot: sumSlot } = to;
  const { data: xs, slot: xSlot, step: xStep } = a;
  const { data: ws, slot: wSlot, step: wStep } = b;
  return (low, high) => {
    const at = slots[sumSlot] ?? 0;
    let x = (slots[xSlot] ?? 0) + xStep * low;
    let w = (slots[wSlot] ?? 0) + wStep * low;
    let sum = sums[at] ?? NaN;
    for (let k = low; k < high; k++) {
      sum = Math.fround(sum + Math.fround((xs[x] ?? NaN) * (ws[w] ?? NaN)));
      x += xStep;
      w += wStep;
    }
    sums[at] = sum;
  };
}

function fused(to: Stream, a: Stream, b: Stream, slots: Int32Array): Kernel {
  const { data: sums, slot: sumSlot, step: sumStep } = to;
  const { data: xs, slot: xSlot, step: xStep } = a;
  const { data: ws, slot: wSlot, step: wStep } = b;
  return (low, high) => {
    let sum = (slots[sumSlot] ?? 0) + sumStep * low;
    let x = (slots[xSlot] ?? 0) + xStep * low;
    let w = (slots[wSlot] ?? 0) + wStep * low;
    for (let k = low; k < high; k++) {
      sums[sum] = fmaF32(xs[x] ?? NaN, ws[w] ?? NaN, sums[sum] ?? NaN);
      sum += sumStep;
      x += xStep;
      w += wStep;
    }
  };
}

function copy(to: Stream, from: Stream, slots: Int32Array): Kernel {
  const { data: target, slot: toSlot, step: toStep } = to;
  const { data: source, slot: fromSlot, step: fromStep } = from;
  return (low, high) => {
    let t = (slots[toSlot] ?? 0) + toStep * low;
    let s = (slots[fromSlot] ?? 0) + fromStep * low;
    for (let k = low; k < high; k++) {
      target[t] = source[s] ?? NaN;
      t += toStep;
      s += fromStep;
    }
  };
}
