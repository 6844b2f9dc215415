/** TensorProto.DataType: every element type of ONNX, and which of them this tool computes with. */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";

interface DataType {
  readonly name: string;
  /** undefined: known, not supported. */
  readonly type: ElementType | undefined;
  /** Bits of an integer narrower than its `type`, which holds it one element a byte. */
  readonly width?: 2 | 4;
}

function supported(type: ElementType): DataType {
  return { name: type, type };
}

function known(name: string): DataType {
  return { name, type: undefined };
}

function small(name: string, type: "i8" | "u8", width: 2 | 4): DataType {
  return { name, type, width };
}

const dataTypes: ReadonlyMap<number, DataType> = new Map([
  [1, supported("f32")], [2, supported("u8")], [3, supported("i8")], [4, supported("u16")], [5, supported("i16")],
  [6, supported("i32")], [7, supported("i64")], [8, known("string")], [9, supported("bool")], [10, supported("f16")],
  [11, supported("f64")], [12, supported("u32")], [13, supported("u64")], [14, known("complex64")],
  [15, known("complex128")], [16, supported("bf16")], [17, known("f8e4m3fn")], [18, known("f8e4m3fnuz")],
  [19, known("f8e5m2")], [20, known("f8e5m2fnuz")], [21, small("u4", "u8", 4)], [22, small("i4", "i8", 4)], [23, known("f4e2m1")],
  [24, known("f8e8m0")], [25, small("u2", "u8", 2)], [26, small("i2", "i8", 2)], [27, known("f6e2m3")], [28, known("f6e3m2")],
]);

/** `f16` for 10; `type 99` for a number that the specification does not have. */
export function dataTypeName(dataType: number): string {
  return dataTypes.get(dataType)?.name ?? `type ${dataType}`;
}

/** The element type of `dataType`, undefined when it is unknown or unsupported. */
export function elementTypeOf(dataType: number): ElementType | undefined {
  return dataTypes.get(dataType)?.type;
}

/** The bits of an element of `dataType` where they are fewer than a byte. */
export function widthOf(dataType: number): number | undefined {
  return dataTypes.get(dataType)?.width;
}

/** What holds an element of `dataType`, and its width where that is less than a byte; refuses as supportedElementType. */
export function supportedElement(dataType: number, dims: string, where: string): { readonly type: ElementType; readonly width?: number } {
  const width = widthOf(dataType);
  return { type: heldBy(dataType, dims, where), ...(width === undefined ? {} : { width }) };
}

/** The element type of `dataType`, or a Refusal `element-type` that names `where`; `dims` is the printed shape. */
export function supportedElementType(dataType: number, dims: string, where: string): ElementType {
  if (widthOf(dataType) === undefined) return heldBy(dataType, dims, where);
  return unsupported("element-type", `${where} is ${dataTypeName(dataType)}[${dims}], which is not supported here`, where, "use an integer type of 8 bits or more");
}

function heldBy(dataType: number, dims: string, where: string): ElementType {
  const found = dataTypes.get(dataType);
  if (found === undefined) {
    return invalid(
      "element-type", `${where} has element type ${dataType}, which ONNX does not define`, where,
      "export the model again",
    );
  }
  if (found.type !== undefined) return found.type;
  return unsupported(
    "element-type", `${where} is ${found.name}[${dims}], and element type ${found.name} is not supported`, where,
    `convert the model to f16, bf16, f32, f64, a 2 to 64 bit integer type or bool`,
  );
}

/** The number that stands for `type` in a file. */
export function dataTypeOf(type: ElementType): number {
  const found = [...dataTypes].find(([, entry]) => entry.type === type && entry.width === undefined);
  return found === undefined ? 0 : found[0];
}
