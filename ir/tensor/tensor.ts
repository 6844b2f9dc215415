/** Concrete tensors: a type, a shape and row-major elements in a typed array. */
import { invariant } from "../prelude.js";
import type { ElementType, ScalarValue } from "../scalar/types.js";
import { bytesOf } from "../scalar/types.js";

export interface TensorType {
  readonly type: ElementType;
  /** Extents, outermost first; a scalar has the empty shape. */
  readonly shape: readonly number[];
  /** Bits of the model's integer type where it has fewer than a byte: the elements of i8 or u8 are within them. */
  readonly width?: number;
}

export type Elements =
  | Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array
  | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

export interface Tensor extends TensorType {
  readonly data: Elements;
}

const arrays = {
  f32: Float32Array, f64: Float64Array, f16: Uint16Array, bf16: Uint16Array, i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array,
  i32: Int32Array, u32: Uint32Array, i64: BigInt64Array, u64: BigUint64Array, bool: Uint8Array,
} as const;

/** A zeroed typed array of `length` elements. */
export function allocate(type: ElementType, length: number): Elements {
  return new arrays[type](length);
}

/** Typed view of `bytes` (little-endian, copied so that alignment never matters). */
export function elementsFromBytes(type: ElementType, bytes: Uint8Array): Elements {
  invariant(bytes.length % bytesOf[type] === 0, `${bytes.length} bytes are no whole number of ${type}`);
  const copy = new Uint8Array(bytes);
  return new arrays[type](copy.buffer, 0, bytes.length / bytesOf[type]);
}

/** The little-endian bytes of a tensor's elements, not canonicalised. */
export function bytesOfElements(data: Elements): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, extent) => count * extent, 1);
}

/** Row-major strides in elements: the last axis has stride 1. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.type === b.type && sameShape(a.shape, b.shape);
}

export function printTensorType(t: TensorType): string {
  return `${t.type}[${t.shape.join(",")}]`;
}

export function tensorOf(type: ElementType, shape: readonly number[], values: Iterable<ScalarValue>): Tensor {
  const data = allocate(type, elementCount(shape));
  let at = 0;
  for (const value of values) data[at++] = value as never;
  invariant(at === data.length, `${at} values for ${type}[${shape.join(",")}]`);
  return { type, shape, data };
}
