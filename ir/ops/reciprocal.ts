/** Reciprocal: Y[o] = 1 / X[o], one correctly rounded division. ±0 gives an infinity. */
import { constant, op } from "../tensor/meaning.js";
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const reciprocal = unary({
  op: "Reciprocal",
  types: floats,
  value: (x, type) => op(`div.${type}`, constant(type, 1), x),
});
