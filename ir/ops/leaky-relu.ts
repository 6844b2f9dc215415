/**
 * LeakyRelu: Y[o] = X[o] < 0 ? α·X[o] : X[o].
 *
 * The product rounds to nearest even. NaN stays NaN, −0 stays −0.
 */
import { constant, op } from "../tensor/meaning.js";
import { numberOf } from "./shared/define.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const leakyRelu = unary({
  op: "LeakyRelu",
  types: floatsWith("leakyrelu"),
  value: (x, type, node) => op(`leakyrelu.${type}`, x, constant(type, numberOf(node, "alpha"))),
});
