/**
 * Integers of 2 and 4 bits as a file stores them: several to a byte, the first in the lowest bits
 * (onnx.proto, TensorProto.raw_data and int32_data), the unused fields of the last byte ignored.
 */
import type { ElementType } from "../../ir/scalar/types.js";
import { type Elements, allocate } from "../../ir/tensor/tensor.js";

/** Bytes of `count` elements of `width` bits. */
export function packedLength(count: number, width: number): number {
  return Math.ceil((count * width) / 8);
}

interface Small {
  /** i8 or u8. */
  readonly type: ElementType;
  readonly width: number;
  readonly count: number;
}

/** One element a byte, signs extended. */
export function unpackedElements(bytes: Uint8Array, { type, width, count }: Small): Elements {
  const data = allocate(type, count);
  const perByte = 8 / width;
  const above = 32 - width;
  for (let k = 0; k < count; k++) {
    const high = (bytes[Math.floor(k / perByte)] ?? 0) << (above - (k % perByte) * width);
    data[k] = (type === "i8" ? high >> above : high >>> above) as never;
  }
  return data;
}
