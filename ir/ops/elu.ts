/**
 * Elu: Y[o] = X[o] < 0 ? α·(e^X[o] − 1) : X[o].
 *
 * exp is the project's own; exp, difference and product each round once, so the
 * relative error grows toward 0 from below as the difference cancels.
 */
import { activate, activation } from "./shared/activations.js";
import { numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const elu = unary({
  op: "Elu",
  types: floatsWith("exp"),
  value: (x, type, node) => activate(x, type, activation("Elu", numberOf(node, "alpha"))),
});
