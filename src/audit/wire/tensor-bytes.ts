/** The elements of a tensor of an ONNX file as little-endian bytes, whichever field holds them. */
import type { OnnxTensor } from "../../onnx/model.js";

/** A file next to the model, by its location. */
export type FileAt = (location: string) => Uint8Array | undefined;

/** How a data type of the format is stored as bytes, and in which list. */
const layouts: ReadonlyMap<number, { readonly size: number; readonly put: (view: DataView, at: number, value: number | bigint) => void }> = new Map([
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

/** Undefined for a type, or a file, that this reader does not know. */
export function bytesOfTensor(tensor: OnnxTensor, file: FileAt): Uint8Array | undefined {
  const layout = layouts.get(tensor.dataType);
  if (layout === undefined) return undefined;
  const count = Number(tensor.dims.reduce((product, dim) => product * dim, 1n));
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
