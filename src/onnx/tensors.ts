/**
 * Tensors of a file to tensors of the IR: every encoding of TensorProto, with the
 * number of elements, their range and the size of the data checked. Bits are kept.
 */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { bytesOf, isFloat } from "../../ir/scalar/types.js";
import type { Elements, Tensor } from "../../ir/tensor/tensor.js";
import { allocate, elementCount, elementsFromBytes } from "../../ir/tensor/tensor.js";
import { supportedElement } from "./element-types.js";
import { checkedShape, printDims } from "./extents.js";
import type { OnnxTensor } from "./model.js";
import { packedLength, unpackedElements } from "./packed.js";

/** Reads the external data of a tensor: exactly `length` bytes, or a Refusal. */
export type ExternalReader = (entries: ReadonlyMap<string, string>, length: number, where: string) => Uint8Array;

export interface TensorSource {
  /** What the tensor is, for diagnostics: its name, or its node and attribute. */
  readonly where: string;
  readonly external: ExternalReader;
}

const exportAgain = "export the model again";

/** Codes: `element-type`, `tensor-size`, `tensor-data`, `tensor-value`, `external-data` and those of the shape. */
export function readTensor(of: OnnxTensor, { where, external }: TensorSource): Tensor {
  const element = supportedElement(of.dataType, printDims(of.dims), where);
  const { type } = element;
  const shape = checkedShape(of.dims, type, where);
  if (of.segmented) unsupported("tensor-data", `${where} is stored in segments`, where, "store the tensor whole");
  const count = elementCount(shape);
  const expected = { ...element, count, where };
  if (of.external === undefined) return { ...element, shape, data: readElements(of, expected) };
  if (storedFields(of).length > 0) {
    invalid("tensor-data", `${where} has both external data and data of its own`, where, exportAgain);
  }
  return { ...element, shape, data: fromBytes(external(of.external, storedBytes(expected), where), expected) };
}

function storedBytes({ type, width, count }: Expected): number {
  return width === undefined ? count * bytesOf[type] : packedLength(count, width);
}

interface Expected {
  readonly type: ElementType;
  /** Bits of an element where several share a byte. */
  readonly width?: number;
  readonly count: number;
  readonly where: string;
}

interface Stored {
  readonly field: string;
  readonly values: readonly number[] | readonly bigint[] | Uint8Array;
}

/** The data fields that hold anything; at most one may. */
function storedFields(of: OnnxTensor): readonly Stored[] {
  const all: readonly Stored[] = [
    { field: "raw_data", values: of.raw ?? [] },
    { field: "float_data", values: of.floats },
    { field: "int32_data", values: of.int32s },
    { field: "int64_data", values: of.int64s },
    { field: "double_data", values: of.doubles },
    { field: "uint64_data", values: of.uint64s },
    { field: "string_data", values: new Uint8Array(of.strings) },
  ];
  return all.filter(({ values }) => values.length > 0);
}

/** The value list in which the specification stores a type. */
const listOf: Readonly<Record<ElementType, string>> = {
  f32: "float_data", f64: "double_data", f16: "int32_data", bf16: "int32_data", i8: "int32_data", u8: "int32_data", i16: "int32_data", u16: "int32_data",
  i32: "int32_data", bool: "int32_data", i64: "int64_data", u32: "uint64_data", u64: "uint64_data",
};

function readElements(of: OnnxTensor, expected: Expected): Elements {
  const { type, count, where } = expected;
  const stored = storedFields(of);
  const [only] = stored;
  if (only === undefined) return fromList([], expected);
  if (stored.length > 1) {
    invalid("tensor-data", `${where} has data in ${stored.map(({ field }) => field).join(" and ")}`, where, exportAgain);
  }
  if (only.values instanceof Uint8Array && only.field === "raw_data") return fromBytes(only.values, expected);
  if (only.field !== listOf[type]) {
    invalid("tensor-data", `${where} is ${type} but its ${count} elements are in ${only.field}`, where, exportAgain);
  }
  return fromList(only.values, expected);
}

function fromBytes(bytes: Uint8Array, expected: Expected): Elements {
  const { type, width, count, where } = expected;
  if (bytes.length !== storedBytes(expected)) {
    invalid(
      "tensor-size",
      `${where} needs ${storedBytes(expected)} bytes for ${count} elements of ${width ?? 8 * bytesOf[type]} bits and has ${bytes.length}`, where,
      exportAgain,
    );
  }
  if (width !== undefined) return unpackedElements(bytes, { type, width, count });
  if (type === "bool" && bytes.some((byte) => byte > 1)) {
    invalid("tensor-value", `${where} is bool and holds a byte other than 0 and 1`, where, exportAgain);
  }
  return elementsFromBytes(type, bytes);
}

function fromList(values: ArrayLike<number> | ArrayLike<bigint>, expected: Expected): Elements {
  const { type, width, count, where } = expected;
  if (width !== undefined) return fromBytes(packedBytes(values, where), expected);
  if (values.length !== count) {
    invalid("tensor-size", `${where} has shape for ${count} elements of ${type} and holds ${values.length}`, where, exportAgain);
  }
  const data = allocate(type, count);
  for (let k = 0; k < count; k++) {
    const value = values[k] ?? 0;
    data[k] = (bytesOf[type] === 8 && !isFloat(type) ? value : Number(value)) as never; // u32 is stored as uint64
    if (!isFloat(type) && !keeps(data[k] ?? 0, value, type)) {
      invalid("tensor-value", `element ${k} of ${where} is ${value}, which is no ${type}`, where, exportAgain);
    }
  }
  return data;
}

/** Elements of less than a byte: each number of the list is one byte of several, signed or not. */
function packedBytes(values: ArrayLike<number> | ArrayLike<bigint>, where: string): Uint8Array {
  return Uint8Array.from({ length: values.length }, (_, k) => {
    const value = Number(values[k] ?? 0);
    return value >= -128 && value <= 255 ? value : invalid("tensor-value", `element ${k} of the list of ${where} is ${value}, which is no byte`, where, exportAgain);
  });
}

/** Whether a narrow integer type held `value` unchanged. */
function keeps(held: number | bigint, value: number | bigint, type: ElementType): boolean {
  return BigInt(held) === BigInt(value) && (type !== "bool" || value === 0 || value === 1);
}
