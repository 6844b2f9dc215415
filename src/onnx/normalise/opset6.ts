/**
 * Opset 6: what opset 7 changed is checked and left out, so that the forms of opset 7
 * remain. Until then operands had one shape unless `broadcast` and `axis` said how one
 * is placed in the other, and some operators were told by `is_test` that they are not in
 * training.
 */
import { flagOf, inputType, intOf, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** In opset 6 operands have one shape unless `broadcast` and `axis` say how one is placed in the other. */
const broadcasting = ["Add", "And", "Div", "Equal", "Gemm", "Greater", "Less", "Mul", "Or", "Pow", "PRelu", "Sub", "Xor"];

/** In opset 6 `is_test` must be 1. */
const trained = ["BatchNormalization", "Dropout"];

export function fromOpset6(node: RawNode): RawNode {
  if (broadcasting.includes(node.op)) {
    checkPlace(node);
    return without(node, "broadcast", "axis");
  }
  if (!trained.includes(node.op)) return node;
  if (flagOf(node, "is_test", 0) === 0) refuseValue(node, "is_test", 0, "export the model for inference");
  return without(node, "is_test");
}

/** Since opset 7 operands are aligned at their last axes; an `axis` that says otherwise is refused. */
function checkPlace(node: RawNode): void {
  const axis = intOf(node, "axis");
  if (flagOf(node, "broadcast", 0) === 0 || axis === undefined) return;
  const [a, b] = [inputType(node, 0).shape.length, inputType(node, 1).shape.length];
  if ((axis < 0 ? axis + a : axis) !== a - b) refuseValue(node, "axis", axis, "convert the model to opset 7 or later");
}

function without(node: RawNode, ...names: readonly string[]): RawNode {
  return { ...node, attributes: new Map([...node.attributes].filter(([name]) => !names.includes(name))) };
}
