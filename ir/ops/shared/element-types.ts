/** The sets of element types that operators admit, and the bounds of a type. */
import { type ElementType, type ScalarValue, bytesOf, elementTypes, isFloat, isHalf, isInteger } from "../../scalar/types.js";
import { isOperator } from "../../scalar/ops.js";
import { type TensorExpr, constant } from "../../tensor/meaning.js";

export const floats: readonly ElementType[] = ["f32", "f64"];
export const numbers: readonly ElementType[] = elementTypes.filter((type) => isFloat(type) || isInteger(type));
export const signed: readonly ElementType[] = ["f32", "f64", "i8", "i16", "i32", "i64"];
export const bools: readonly ElementType[] = ["bool"];
/** The types that operators compute with: import makes f32 of the half types (src/onnx/halves.ts). */
export const computed: readonly ElementType[] = elementTypes.filter((type) => !isHalf(type));
/** For operators that move elements. */
export const anyType: readonly ElementType[] = elementTypes;

/** The floats for which the scalar function `name` is defined. */
export function floatsWith(...names: readonly string[]): readonly ElementType[] {
  return floats.filter((type) => names.every((name) => isOperator(`${name}.${type}`)));
}

/** The least element of a type: −infinity for floats. */
export function lowest(type: ElementType): TensorExpr {
  return constant(type, isFloat(type) ? -Infinity : integerBound(type, "least"));
}

/** The greatest element of a type: +infinity for floats. */
export function highest(type: ElementType): TensorExpr {
  return constant(type, isFloat(type) ? Infinity : integerBound(type, "greatest"));
}

/** A small integer as an element of `type`. */
export function elementOf(type: ElementType, value: number): TensorExpr {
  return constant(type, type === "i64" || type === "u64" ? BigInt(value) : value);
}

function integerBound(type: ElementType, which: "least" | "greatest"): ScalarValue {
  const bits = BigInt(type === "bool" ? 1 : 8 * bytesOf[type]);
  const unsigned = type === "bool" || type.startsWith("u");
  const least = unsigned ? 0n : -(1n << (bits - 1n));
  const greatest = unsigned ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
  const bound = which === "least" ? least : greatest;
  return type === "i64" || type === "u64" ? bound : Number(bound);
}

/**
 * The operator of `type` for a sum, difference or product of integers or floats:
 * IEEE for floats, modulo 2ⁿ for integers (ONNX leaves integer overflow open;
 * wrapping is what its reference implementation does, and it is total).
 */
export function arithmetic(name: "add" | "sub" | "mul", type: ElementType): string {
  return isFloat(type) ? `${name}.${type}` : `${name}w.${type}`;
}
