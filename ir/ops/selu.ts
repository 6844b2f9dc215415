/**
 * Selu: Y[o] = γ·(X[o] > 0 ? X[o] : α·e^X[o] − α).
 *
 * exp is the project's own; each operation rounds once, in the order written.
 */
import { constant, op } from "../tensor/meaning.js";
import { numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const selu = unary({
  op: "Selu",
  types: floatsWith("exp"),
  value: (x, type, node) => {
    const alpha = constant(type, numberOf(node, "alpha"));
    const below = op(`sub.${type}`, op(`mul.${type}`, alpha, op(`exp.${type}`, x)), alpha);
    const chosen = op(`select.${type}`, op(`lt.${type}`, constant(type, 0), x), x, below);
    return op(`mul.${type}`, constant(type, numberOf(node, "gamma")), chosen);
  },
});
