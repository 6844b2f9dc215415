/** The elements of a tensor of an ONNX file as little-endian bytes, whichever field holds them. */
import type { OnnxTensor } from "../../onnx/model.js";

/** A file next to the model, by its location. */
export type FileAt = (location: string) => Uint8Array | undefined;

/** How an element is stored as bytes. */
interface Layout {
  readonly size: number;
  readonly put: (view: DataView, at: number, value: number | bigint) => void;
}

/** The layout of each data type of whole bytes. */
const layouts: ReadonlyMap<number, Layout> = new Map([
  [1, { size: 4, put: (view: DataView, at: number, value: number | bigint) => view.setFloat32(at, Number(value), true) }],
  [11, { size: 8, put: (view: DataView, at: number, value: number | bigint) => view.setFloat64(at, Number(value), true) }],
  ...[2, 3, 9].map((type) => [type, integerLayout(1)] as const),
  ...[4, 5, 10, 16].map((type) => [type, integerLayout(2)] as const),
  ...[6, 12].map((type) => [type, integerLayout(4)] as const),
  ...[7, 13].map((type) => [type, integerLayout(8)] as const),
]);

function integerLayout(size: number) {
  return {
    size,
    put: (view: DataView, at: number, value: number | bigint): void => {
      const bits = BigInt.asUintN(8 * size, BigInt(value));
      for (let k = 0; k < size; k++) view.setUint8(at + k, Number((bits >> BigInt(8 * k)) & 0xffn));
    },
  };
}

/** Integers of fewer bits than a byte, by data type: a byte holds several, the first in the lowest bits. */
const small: ReadonlyMap<number, { readonly bits: number; readonly signed: boolean }> = new Map([
  [21, { bits: 4, signed: false }], [22, { bits: 4, signed: true }], [25, { bits: 2, signed: false }], [26, { bits: 2, signed: true }],
]);

/** One byte per element, signs extended. */
function spread(bytes: Uint8Array, count: number, { bits, signed }: { readonly bits: number; readonly signed: boolean }): Uint8Array {
  return Uint8Array.from({ length: count }, (_, k) => {
    const field = ((bytes[(k * bits) >> 3] ?? 0) >> ((k * bits) & 7)) & ((1 << bits) - 1);
    return signed && field >= 1 << (bits - 1) ? field - (1 << bits) : field;
  });
}

/** Undefined for a type, or a file, that this reader does not know. */
export function bytesOfTensor(tensor: OnnxTensor, file: FileAt): Uint8Array | undefined {
  const count = Number(tensor.dims.reduce((product, dim) => product * dim, 1n));
  const fields = small.get(tensor.dataType);
  if (fields === undefined) return storedBytes(tensor, layouts.get(tensor.dataType), count, file);
  const bytes = storedBytes(tensor, integerLayout(1), Math.ceil((count * fields.bits) / 8), file);
  return bytes === undefined ? undefined : spread(bytes, count, fields);
}

function storedBytes(tensor: OnnxTensor, layout: Layout | undefined, count: number, file: FileAt): Uint8Array | undefined {
  if (layout === undefined) return undefined;
  if (tensor.external !== undefined) return externalBytes(tensor.external, count * layout.size, file);
  if (tensor.raw !== undefined) return tensor.raw;
  const values: readonly (number | bigint)[] = [tensor.floats, tensor.int32s, tensor.int64s, tensor.doubles, tensor.uint64s].find((list) => list.length > 0) ?? [];
  const view = new DataView(new ArrayBuffer(values.length * layout.size));
  values.forEach((value, k) => layout.put(view, k * layout.size, value));
  return new Uint8Array(view.buffer);
}

function externalBytes(entries: ReadonlyMap<string, string>, length: number, file: FileAt): Uint8Array | undefined {
  const offset = Number(entries.get("offset") ?? "0");
  return file(entries.get("location") ?? "")?.subarray(offset, offset + length);
}
