/**
 * The bytes of a weight buffer, from the model's tensor through the buffer's map:
 * how packed, padded and transposed weights come to be. Elements are copied as bit
 * patterns, so −0 and the payload of a NaN survive; outside the tensor there is +0.
 */
import { invariant, present } from "../prelude.js";
import { type Elements, type Tensor, allocate, elementCount, sameShape, stridesOf } from "../tensor/tensor.js";
import { type IndexExpr, evalIndex } from "./index-expr.js";
import type { Buffer } from "./program.js";

/** Throws InvariantViolation when the tensor is missing or of another element type. May share the tensor's elements. */
export function materialiseWeight(buffer: Buffer, tensors: ReadonlyMap<string, Tensor>): Tensor {
  const { name, type, shape } = buffer;
  const map = present(buffer.map, `map of weight ${name}`);
  const tensor = present(tensors.get(map.tensor), `tensor "${map.tensor}" of weight ${name}`);
  invariant(tensor.type === type, `weight ${name} is ${type}, its tensor "${map.tensor}" is ${tensor.type}`);
  invariant(map.index.length === tensor.shape.length, `weight ${name} maps to ${map.index.length} of ${tensor.shape.length} dimensions`);
  if (isIdentity(map.index) && sameShape(shape, tensor.shape)) return tensor;
  const data = allocate(type, elementCount(shape));
  copyMapped({ to: bitsOfElements(data), from: bitsOfElements(tensor.data) }, buffer.shape, tensor.shape, map.index);
  return { type, shape, data };
}

function isIdentity(index: readonly IndexExpr[]): boolean {
  return index.every((e, axis) => e.text === `d${axis}`);
}

/** The same memory as unsigned integers, where copying an element never changes a bit. */
function bitsOfElements(data: Elements): Elements {
  if (data instanceof Float32Array) return new Uint32Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof Float64Array) return new BigUint64Array(data.buffer, data.byteOffset, data.length);
  return data;
}

interface Copy {
  readonly to: Elements;
  readonly from: Elements;
}

/** One dimension of the tensor along a row of the buffer: start + step · j, or any function of j. */
interface Track {
  readonly at: (j: number) => number;
  readonly extent: number;
  readonly stride: number;
}

/** Row by row: a row runs over the last dimension of the buffer. */
function copyMapped({ to, from }: Copy, shape: readonly number[], source: readonly number[], index: readonly IndexExpr[]): void {
  const strides = stridesOf(source);
  const row = shape.at(-1) ?? 1;
  const point = new Array<number>(shape.length).fill(0);
  for (let start = 0; start < to.length; start += row) {
    const tracks = index.map((e, axis) => trackOf(e, point, { extent: source[axis] ?? 0, stride: strides[axis] ?? 0 }));
    for (let j = 0; j < row; j++) {
      const address = addressOf(tracks, j);
      const element = address === undefined ? undefined : from[address];
      if (element !== undefined) to[start + j] = element;
    }
    advance(point, shape);
  }
}

function trackOf(e: IndexExpr, point: readonly number[], { extent, stride }: { extent: number; stride: number }): Track {
  const last = point.length - 1;
  const env = (j: number) => (name: string) => (name === `d${last}` ? j : present(point[Number(name.slice(1))], `dimension ${name}`));
  if (e.terms.some(({ atom }) => atom.kind !== "var")) return { at: (j) => evalIndex(e, env(j)), extent, stride };
  const first = evalIndex(e, env(0));
  const step = evalIndex(e, env(1)) - first;
  return { at: (j) => first + step * j, extent, stride };
}

/** Undefined outside the tensor. */
function addressOf(tracks: readonly Track[], j: number): number | undefined {
  let address = 0;
  for (const { at, extent, stride } of tracks) {
    const i = at(j);
    if (i < 0 || i >= extent) return undefined;
    address += i * stride;
  }
  return address;
}

/** The next row in row-major order; the last coordinate stays 0. */
function advance(point: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    const next = (point[axis] ?? 0) + 1;
    point[axis] = next === shape[axis] ? 0 : next;
    if (next !== shape[axis]) return;
  }
}
