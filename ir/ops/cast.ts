/**
 * Cast: Y[o] = X[o] as an element of type `to`.
 *
 * Float to float and integer to float round to nearest even, once. Float to integer
 * truncates toward zero; ONNX leaves values outside the integer type open: here they
 * saturate and NaN gives 0. Integer to integer keeps the low bits. To bool is x ≠ 0.
 * CastLike normalises to this.
 */
import { isElementType } from "../scalar/types.js";
import { unsupported } from "../prelude.js";
import type { ElementType } from "../scalar/types.js";
import { op } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { textOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

function target(node: OperatorNode): ElementType {
  const to = textOf(node, "to");
  if (isElementType(to)) return to;
  return unsupported("element-type", `Cast to ${to} is not supported`, node.name, `cast to one of ${anyType.join(", ")}`);
}

export const cast = unary({
  op: "Cast",
  types: anyType,
  result: target,
  value: (x, type, node) => (type === target(node) ? x : op(`cast.${type}.${target(node)}`, x)),
});
