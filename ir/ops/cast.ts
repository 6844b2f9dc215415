/**
 * Cast: Y[o] = X[o] as an element of type `to`.
 *
 * Float to float and integer to float round to nearest even, once. Float to integer
 * truncates toward zero; ONNX leaves values outside the integer type open: here they
 * saturate and NaN gives 0. Integer to integer keeps the low bits. To bool is x ≠ 0.
 * Where `width` is given, the integer type has that many bits, and i8 or u8 holds it.
 * CastLike normalises to this.
 */
import { isElementType } from "../scalar/types.js";
import { unsupported } from "../prelude.js";
import { type ElementType, isFloat } from "../scalar/types.js";
import { type TensorExpr, op } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { textOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";
import { lowBits, saturated, widthOf } from "./shared/small-integers.js";

function target(node: OperatorNode): ElementType {
  const to = textOf(node, "to");
  if (isElementType(to)) return to;
  return unsupported("element-type", `Cast to ${to} is not supported`, node.name, `cast to one of ${anyType.join(", ")}`);
}

function converted(x: TensorExpr, from: ElementType, node: OperatorNode): TensorExpr {
  const to = target(node);
  const value = from === to ? x : op(`cast.${from}.${to}`, x);
  const small = widthOf(node);
  if (small === undefined || from === "bool") return value;
  return isFloat(from) ? saturated(small, value) : lowBits(small, value);
}

export const cast = unary({
  op: "Cast",
  types: anyType,
  result: target,
  value: converted,
});
