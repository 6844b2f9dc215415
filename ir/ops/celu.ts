/**
 * Celu: Y[o] = max(0, X[o]) + min(0, α·(e^(X[o]/α) − 1)).
 *
 * exp is the project's own; each operation rounds once, in the order written.
 */
import { constant, op } from "../tensor/meaning.js";
import { numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const celu = unary({
  op: "Celu",
  types: floatsWith("exp"),
  value: (x, type, node) => {
    const [zero, one, alpha] = [constant(type, 0), constant(type, 1), constant(type, numberOf(node, "alpha"))];
    const power = op(`sub.${type}`, op(`exp.${type}`, op(`div.${type}`, x, alpha)), one);
    return op(`add.${type}`, op(`max.${type}`, zero, x), op(`min.${type}`, zero, op(`mul.${type}`, alpha, power)));
  },
});
