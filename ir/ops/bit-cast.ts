/** BitCast: Y[o] has the bits of X[o] as an element of type `to`, which has the same size; a NaN counts as the canonical one. */
import { unsupported } from "../prelude.js";
import { reinterprets } from "../scalar/ops.js";
import { type ElementType, isElementType } from "../scalar/types.js";
import { op } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { inputOf, textOf } from "./shared/define.js";
import { anyType } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

function target(node: OperatorNode): ElementType {
  const [from, to] = [inputOf(node, 0).type, textOf(node, "to")];
  if (isElementType(to) && (from === to || reinterprets(from, to))) return to;
  return unsupported("element-type", `BitCast from ${from} to ${to} is not supported`, node.name, "use element types of equal size, none of them bool");
}

export const bitCast = unary({
  op: "BitCast",
  types: anyType,
  result: target,
  value: (x, type, node) => (type === target(node) ? x : op(`bitcast.${type}.${target(node)}`, x)),
});
