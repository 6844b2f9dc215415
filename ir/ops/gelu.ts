/**
 * Gelu, exact form: Y[o] = X[o]/2 · (1 + erf(X[o]/√2)), the project's own gelu
 * (ir/scalar/functions states its error). Tanh form (`approximate`: tanh):
 *
 *     Y[o] = (½·x) · (1 + tanh(√(2/π) · (x + 0.044715·((x·x)·x)))),  x = X[o]
 *
 * the constants rounded to the element type, each operation rounding once.
 */
import type { ElementType } from "../scalar/types.js";
import { type TensorExpr, constant, op } from "../tensor/meaning.js";
import { textOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

/** √(2/π) to more digits than f64 holds. */
const rootOfTwoOverPi = 0.79788456080286535587989;

function tanhForm(x: TensorExpr, type: ElementType): TensorExpr {
  const times = (a: TensorExpr, b: TensorExpr): TensorExpr => op(`mul.${type}`, a, b);
  const cube = times(constant(type, 0.044715), times(times(x, x), x));
  const angle = times(constant(type, rootOfTwoOverPi), op(`add.${type}`, x, cube));
  return times(times(constant(type, 0.5), x), op(`add.${type}`, constant(type, 1), op(`tanh.${type}`, angle)));
}

export const gelu = unary({
  op: "Gelu",
  types: floatsWith("gelu", "tanh"),
  value: (x, type, node) => (textOf(node, "approximate") === "tanh" ? tanhForm(x, type) : op(`gelu.${type}`, x)),
});
