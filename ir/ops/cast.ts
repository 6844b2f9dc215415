/**
 * Cast: Y[o] = X[o] as an element of type `to`.
 *
 * Float to float and integer to float round to nearest even, once. Float to integer
 * truncates toward zero; ONNX leaves values outside the integer type open: here they
 * saturate and NaN gives 0. Integer to integer keeps the low bits. To bool is x ≠ 0.
 * Where `width` is given, the integer type has that many bits, and i8 or u8 holds it: it gets the
 * low bits, of a float those of its integer part (as ONNX's reference does, where the text leaves it open).
 * f16 and bf16 go through f32, which holds each of their values, or to them through the
 * float in which the operand is exact, so that every cast rounds once.
 * CastLike normalises to this.
 */
import { type ElementType, bytesOf, isElementType, isFloat, isHalf } from "../scalar/types.js";
import { unsupported } from "../prelude.js";
import { type TensorExpr, constant, op } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { textOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";
import { lowBits, widthOf } from "./shared/small-integers.js";
import { choose } from "./shared/terms.js";

function target(node: OperatorNode): ElementType {
  const to = textOf(node, "to");
  if (isElementType(to)) return to;
  return unsupported("element-type", `Cast to ${to} is not supported`, node.name, `cast to one of ${anyType.join(", ")}`);
}

/** The value in the element type of the result, and there in the range of its width. */
function narrowed(x: TensorExpr, from: ElementType, node: OperatorNode): TensorExpr {
  const small = widthOf(node);
  if (small === undefined || from === "bool") return converted(x, from, target(node));
  const whole = isFloat(from) || isHalf(from) ? op(`cast.i32.${small.type}`, converted(x, from, "i32")) : converted(x, from, small.type);
  return lowBits(small, whole);
}

/** `cast.FROM.TO`, or the casts that make it up where one of the types is f16 or bf16. */
function converted(x: TensorExpr, from: ElementType, to: ElementType): TensorExpr {
  if (from === to) return x;
  if (isHalf(from) && to !== "f32") return converted(op(`cast.${from}.f32`, x), "f32", to);
  if (!isHalf(to) || isFloat(from) || isHalf(from)) return op(`cast.${from}.${to}`, x);
  const wide = from === "i64" || from === "u64";
  const through = to === "f16" || bytesOf[from] <= 2 ? "f32" : "f64"; // an integer of 2²⁴ or more is infinite in f16
  return op(`cast.${through}.${to}`, op(`cast.${from}.${through}`, wide && through === "f64" ? stickyBits(x, from) : x));
}

/**
 * A 64-bit integer of 2⁵³ or more rounded to odd, so that an f64 holds it: one bit stands for
 * its last twelve, none of which a half type keeps.
 */
function stickyBits(x: TensorExpr, type: "i64" | "u64"): TensorExpr {
  const [limit, last] = [2n ** 53n, 0xfffn];
  const of = (name: string, a: TensorExpr, b: TensorExpr): TensorExpr => op(`${name}.${type}`, a, b);
  const small = of("lt", x, constant(type, limit));
  const exact = type === "u64" ? small : op("and.bool", small, of("lt", constant(type, -limit), x));
  const rest = choose(type, of("eq", of("band", x, constant(type, last)), constant(type, 0n)), constant(type, 0n), constant(type, 0x800n));
  return choose(type, exact, x, of("bor", of("band", x, constant(type, BigInt.asUintN(64, ~last))), rest));
}

export const cast = unary({
  op: "Cast",
  types: anyType,
  result: target,
  value: narrowed,
});
