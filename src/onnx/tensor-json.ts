/**
 * Tensors as JSON: `{"type": "f32", "shape": [2], "data": [0.5, "-0"]}`, data flat
 * and row-major. What JSON numbers cannot hold is text: "NaN", "Infinity",
 * "-Infinity", "-0" and integers beyond 2⁵³. Decimal fractions are rounded to the
 * nearest element; what we print reads back to the same bits.
 */
import { invalid } from "../../ir/prelude.js";
import { type ElementType, isElementType, isFloat, isHalf, type ScalarValue } from "../../ir/scalar/types.js";
import { numberOf, scalarOf } from "../../ir/scalar/half.js";
import { bytesOf, elementTypes } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { checkedShape } from "./extents.js";

const special: ReadonlyMap<string, number> = new Map([["NaN", NaN], ["Infinity", Infinity], ["-Infinity", -Infinity], ["-0", -0]]);

/** Codes: `tensor-json`, `tensor-value` and those of the shape. */
export function parseTensorJson(text: string, what: string): Tensor {
  const value = parse(text, what);
  const part = (key: string): unknown => (Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined);
  const type = part("type");
  if (typeof type !== "string" || !isElementType(type)) return wrong(what, `its type is none of ${elementTypes.join(" ")}`);
  const dims = listOf(part("shape"), "shape", what).map((extent) => integerOf(extent, "i32") ?? wrong(
    what, "its shape is no list of integers",
  ));
  const elements = listOf(part("data"), "data", what);
  const extents = checkedShape(dims.map(BigInt), type, what);
  if (elements.length !== elementCount(extents)) {
    wrong(what, `its shape has ${elementCount(extents)} elements and its data ${elements.length}`);
  }
  return tensorOf(type, extents, elements.map((element, k) => scalar(element, type, `element ${k} of ${what}`)));
}

function listOf(value: unknown, key: string, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(what, `its ${key} is no list`);
}

function parse(text: string, what: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong(what, "it is no JSON");
  }
  return typeof value === "object" && value !== null ? value : wrong(what, "it is no object");
}

function wrong(what: string, why: string): never {
  return invalid("tensor-json", `${what} is no tensor: ${why}`, what, 'write {"type": "f32", "shape": [2], "data": [1, 2]}');
}

/** An element as JSON has it, undefined where it is no `type`. */
export function elementOf(element: unknown, type: ElementType): ScalarValue | undefined {
  return isFloat(type) || isHalf(type) ? floatOf(element, type) : integerOf(element, type);
}

function scalar(element: unknown, type: ElementType, where: string): ScalarValue {
  return elementOf(element, type) ?? invalid(
    "tensor-value", `${where} is ${JSON.stringify(element)}, which is no ${type}`, where,
    "correct the value or the type",
  );
}

function floatOf(element: unknown, type: ElementType): number | undefined {
  const value = typeof element === "string" ? special.get(element) : typeof element === "number" ? element : undefined;
  return value === undefined ? undefined : scalarOf(type, value);
}

function integerOf(element: unknown, type: ElementType): ScalarValue | undefined {
  const digits = typeof element === "string" && /^-?[0-9]{1,20}$/.test(element);
  if (!digits && !(typeof element === "number" && Number.isSafeInteger(element))) return undefined;
  const value = BigInt(element);
  const bits = bytesOf[type] * 8;
  const held = type.startsWith("i") ? BigInt.asIntN(bits, value) : BigInt.asUintN(type === "bool" ? 1 : bits, value);
  if (held !== value) return undefined;
  return bits === 64 ? value : Number(value);
}

export function printTensorJson({ type, shape, data }: Tensor): string {
  const elements = Array.from(data, (value: ScalarValue) => printScalar(isHalf(type) ? numberOf(type, value) : value));
  return `{"type": "${type}", "shape": [${shape.join(", ")}], "data": [${elements.join(", ")}]}\n`;
}

function printScalar(value: ScalarValue): string {
  if (typeof value === "bigint") return value === BigInt.asIntN(53, value) ? String(value) : `"${value}"`;
  if (Object.is(value, -0)) return '"-0"';
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
