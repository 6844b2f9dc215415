/**
 * The NumPy array format, versions 1 to 3, little-endian and in C order: the other
 * forms are refused rather than converted. NumPy has no bfloat16: what its extensions
 * write as two bytes without a meaning (`V2`) is taken as that.
 * Source: numpy.lib.format, the specification in NumPy's documentation.
 */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { bytesOf } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { bytesOfElements, elementCount, elementsFromBytes } from "../../ir/tensor/tensor.js";
import { checkedShape } from "./extents.js";

const magic = "\u0093NUMPY";
const descriptors: Readonly<Record<ElementType, string>> = {
  f32: "<f4", f64: "<f8", f16: "<f2", bf16: "<V2", i8: "|i1", u8: "|u1", i16: "<i2", u16: "<u2", i32: "<i4", u32: "<u4", i64: "<i8", u64: "<u8", bool: "|b1",
};
const remedy = "write it with numpy.save from a C-ordered little-endian array";

interface Header {
  readonly text: string;
  /** Byte at which the elements start. */
  readonly end: number;
}

/** Codes: `npy`, `npy-order`, `element-type` and those of the shape. */
export function parseNpy(bytes: Uint8Array, what: string): Tensor {
  const { text, end } = readHeader(bytes, what);
  const found = /^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\),? ?\}\s*$/.exec(text);
  if (found === null) return invalid("npy", `${what} has a header that is not NumPy's: ${text.slice(0, 80).trim()}`, what, remedy);
  const [, descriptor = "", fortran, extents = ""] = found;
  const type = typeOf(descriptor, what);
  const dims = extents.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (fortran === "True") unsupported("npy-order", `${what} is in Fortran order`, what, "save numpy.ascontiguousarray(x)");
  const shape = checkedShape(dims.map(BigInt), type, what);
  const data = bytes.subarray(end);
  if (data.length !== elementCount(shape) * bytesOf[type]) {
    invalid("npy", `${what} needs ${elementCount(shape) * bytesOf[type]} bytes of elements and has ${data.length}`, what, remedy);
  }
  if (type === "bool" && data.some((byte) => byte > 1)) {
    invalid("npy", `${what} is bool and holds a byte other than 0 and 1`, what, remedy);
  }
  return { type, shape, data: elementsFromBytes(type, data) };
}

function readHeader(bytes: Uint8Array, what: string): Header {
  const [major] = bytes.subarray(6, 7);
  const known = String.fromCharCode(...bytes.subarray(0, 6)) === magic && bytes.length >= 12;
  if (!known || major === undefined || major < 1 || major > 3) {
    return invalid("npy", `${what} is no NumPy file of version 1 to 3`, what, remedy);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  const end = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) invalid("npy", `${what} is cut short in its header`, what, remedy);
  return { text: new TextDecoder().decode(bytes.subarray(start, end)), end };
}

function typeOf(descriptor: string, what: string): ElementType {
  // One byte has no order, and NumPy reads any mark there.
  const plain = /^[<|][iub]1$/.test(descriptor) ? `|${descriptor.slice(1)}` : descriptor === "|V2" ? "<V2" : descriptor;
  for (const type of ["f32", "f64", "f16", "bf16", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool"] as const) {
    if (descriptors[type] === plain) return type;
  }
  return unsupported(
    "element-type", `${what} holds elements ${descriptor}`, what, `use one of ${Object.values(descriptors).join(" ")}`,
  );
}

/** Version 1, elements on a 64-byte boundary as NumPy writes them. */
export function printNpy({ type, shape, data }: Tensor): Uint8Array {
  const extents = shape.length === 1 ? `${shape.join("")},` : shape.join(", ");
  const dictionary = `{'descr': '${descriptors[type]}', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const header = `${dictionary.padEnd(length - 1)}\n`;
  const prefix = Array.from(magic, (character) => character.charCodeAt(0));
  const head = Uint8Array.from([...prefix, 1, 0, length & 0xff, length >> 8, ...new TextEncoder().encode(header)]);
  const bytes = new Uint8Array(head.length + data.byteLength);
  bytes.set(head);
  bytes.set(bytesOfElements(data), head.length);
  return bytes;
}
