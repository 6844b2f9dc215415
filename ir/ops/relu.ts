/**
 * Relu: Y[o] = X[o] < 0 ? 0 : X[o].
 *
 * Exact. NaN stays NaN and −0 stays −0, since neither is below 0.
 */
import { op } from "../tensor/meaning.js";
import { isFloat } from "../scalar/types.js";
import { elementOf, signed } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const relu = unary({
  op: "Relu",
  types: signed,
  value: (x, type) => (isFloat(type) ? op(`relu.${type}`, x) : op(`max.${type}`, x, elementOf(type, 0))),
});
