/** A model of f32 as one of f16 or bf16: every tensor, declaration and weight of float becomes one of that type. */
import { halfOfNumber } from "../../ir/scalar/half.js";
import type { HalfType } from "../../ir/scalar/types.js";
import { dataTypeOf } from "../../src/onnx/element-types.js";
import { messageType } from "../../src/onnx/schema.js";

type Fields = Record<string, unknown>;

/** The bytes of the model; weights are rounded to nearest. */
export function asHalf(model: Uint8Array, type: HalfType): Uint8Array {
  const of = messageType("ModelProto");
  const fields = of.toObject(of.decode(model), { longs: Number });
  convert(fields, type);
  return of.encode(of.fromObject(fields)).finish();
}

function convert(value: unknown, type: HalfType): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if (Array.isArray(value)) return value.forEach((item) => convert(item, type));
  const fields = value as Fields;
  if (fields["elem_type"] === 1) fields["elem_type"] = dataTypeOf(type);
  if (fields["data_type"] === 1) narrowTensor(fields, type);
  Object.values(fields).forEach((item) => convert(item, type));
}

function narrowTensor(tensor: Fields, type: HalfType): void {
  const patterns = Uint16Array.from(floatsOf(tensor), (x) => halfOfNumber(type, x));
  delete tensor["float_data"];
  tensor["data_type"] = dataTypeOf(type);
  tensor["raw_data"] = new Uint8Array(patterns.buffer);
}

function floatsOf({ raw_data: raw, float_data: listed }: Fields): readonly number[] {
  if (!(raw instanceof Uint8Array)) return Array.isArray(listed) ? listed.map(Number) : [];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.length / 4 }, (_, k) => view.getFloat32(4 * k, true));
}
