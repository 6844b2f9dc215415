/** TensorProto.DataType: every element type of ONNX, and which of them this tool computes with. */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";

interface DataType {
  readonly name: string;
  /** undefined: known, not supported. */
  readonly type: ElementType | undefined;
}

function supported(type: ElementType): DataType {
  return { name: type, type };
}

function known(name: string): DataType {
  return { name, type: undefined };
}

const dataTypes: ReadonlyMap<number, DataType> = new Map([
  [1, supported("f32")], [2, supported("u8")], [3, supported("i8")], [4, supported("u16")], [5, supported("i16")],
  [6, supported("i32")], [7, supported("i64")], [8, known("string")], [9, supported("bool")], [10, supported("f16")],
  [11, supported("f64")], [12, supported("u32")], [13, supported("u64")], [14, known("complex64")],
  [15, known("complex128")], [16, supported("bf16")], [17, known("f8e4m3fn")], [18, known("f8e4m3fnuz")],
  [19, known("f8e5m2")], [20, known("f8e5m2fnuz")], [21, known("u4")], [22, known("i4")], [23, known("f4e2m1")],
  [24, known("f8e8m0")], [25, known("u2")], [26, known("i2")], [27, known("f6e2m3")], [28, known("f6e3m2")],
]);

/** `f16` for 10; `type 99` for a number that the specification does not have. */
export function dataTypeName(dataType: number): string {
  return dataTypes.get(dataType)?.name ?? `type ${dataType}`;
}

/** The element type of `dataType`, undefined when it is unknown or unsupported. */
export function elementTypeOf(dataType: number): ElementType | undefined {
  return dataTypes.get(dataType)?.type;
}

/** The element type of `dataType`, or a Refusal `element-type` that names `where`; `dims` is the printed shape. */
export function supportedElementType(dataType: number, dims: string, where: string): ElementType {
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
    `convert the model to f16, bf16, f32, f64, an 8 to 64 bit integer type or bool`,
  );
}

/** The number that stands for `type` in a file. */
export function dataTypeOf(type: ElementType): number {
  const found = [...dataTypes].find(([, entry]) => entry.type === type);
  return found === undefined ? 0 : found[0];
}
